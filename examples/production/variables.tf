variable "name" {
  description = "Name of the function. The names of the tables and of all other resources contain it."
  type        = string
  default     = "production"
  nullable    = false
}

variable "operator_arns" {
  description = "ARNs of the IAM roles and users that can redrive the objects of the failure bucket."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.operator_arns) > 0
    error_message = "operator_arns must have the ARN of at least one IAM role or user: without one, nobody could redrive failed records."
  }
}

variable "alarm_actions" {
  description = "ARNs of the SNS topics to notify when an alarm starts and when it ends."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alarm_actions) > 0
    error_message = "alarm_actions must have the ARN of at least one SNS topic: without one, nobody would be notified of an alarm."
  }
}

variable "tags" {
  description = "Tags for all resources that support tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
