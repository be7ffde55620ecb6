variable "name" {
  description = "Name of the function, and the beginning of the names of all that belongs to it."
  type        = string
  default     = "existing-tables"
  nullable    = false
}

variable "messages_table_name" {
  description = "Name of the table that processing writes to. It needs a stream."
  type        = string
  nullable    = false
}

variable "staging_table_name" {
  description = "Name of the table to delete from."
  type        = string
  nullable    = false
}

variable "dry_run" {
  description = "Whether the function only counts what it would delete. True to begin with: tables in use are looked at first."
  type        = bool
  default     = true
  nullable    = false
}

variable "enabled" {
  description = "Whether the stream is read; false is a pause."
  type        = bool
  default     = true
  nullable    = false
}

variable "failure_bucket_operator_arns" {
  description = "ARNs of the IAM roles and users who may redrive what is in the failure bucket."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs of the SNS topics that are told when an alarm begins and when it ends."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "tags" {
  description = "Tags on all that can be tagged."
  type        = map(string)
  default     = {}
  nullable    = false
}
