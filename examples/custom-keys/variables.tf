variable "name" {
  description = "Name of the function, and the beginning of the names of the tables and all else."
  type        = string
  default     = "custom-keys"
  nullable    = false
}

variable "tags" {
  description = "Tags on all that can be tagged."
  type        = map(string)
  default     = {}
  nullable    = false
}
