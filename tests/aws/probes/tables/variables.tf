variable "name" {
  description = "Beginning of the names of the tables."
  type        = string
  nullable    = false
}
