variable "name" {
  description = "Name of the function. The names of the tables and of all other resources contain it."
  type        = string
  default     = "custom-keys"
  nullable    = false
}

variable "tags" {
  description = "Tags for all resources that support tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
