variable "name" {
  description = "Name of the function. The names of all its other resources contain it."
  type        = string
  default     = "existing-tables"
  nullable    = false
}

variable "messages_table_name" {
  description = "Name of the table that processing writes to. The table must have a stream."
  type        = string
  nullable    = false
}

variable "staging_table_name" {
  description = "Name of the table to delete rows from."
  type        = string
  nullable    = false
}

variable "dry_run" {
  description = "Dry run: whether the function only counts what it would delete. Start with true on tables in use, and check the counts first."
  type        = bool
  default     = true
  nullable    = false
}

variable "enabled" {
  description = "Whether the event source mapping reads the stream. False: paused."
  type        = bool
  default     = true
  nullable    = false
}

variable "failure_bucket_operator_arns" {
  description = "ARNs of the IAM roles and users that can redrive the objects of the failure bucket."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs of what each alarm starts: SNS topics, Lambda functions, OpsItems, incident response plans and others."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "region" {
  description = "AWS Region to deploy to. Null: the Region of the AWS settings (AWS_REGION, profile)."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for all resources that support tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
