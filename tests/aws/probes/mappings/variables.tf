variable "name" {
  description = "Name of the function, and beginning of the other names."
  type        = string
  nullable    = false
}

variable "package_path" {
  description = "The function's zip."
  type        = string
  nullable    = false
}

variable "filter_patterns" {
  description = "Filter patterns of the mapping of the table `filtered`."
  type        = list(string)
  nullable    = false
}

variable "maximum_retry_attempts" {
  description = "For each table, how often its mapping tries a failed batch again."
  type        = map(number)
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role; null for none."
  type        = string
  default     = null
}
