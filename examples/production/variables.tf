variable "name" {
  description = "Name of the function, and the beginning of the names of the tables and all else."
  type        = string
  default     = "production"
  nullable    = false
}

variable "operator_arns" {
  description = "ARNs of the IAM roles and users who may redrive what is in the failure bucket."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.operator_arns) > 0
    error_message = "operator_arns must name at least one role or user: without any, nobody could redrive what has failed."
  }
}

variable "alarm_actions" {
  description = "ARNs of the SNS topics that are told when an alarm begins and when it ends."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alarm_actions) > 0
    error_message = "alarm_actions must name at least one topic: without any, nobody would be told of an alarm."
  }
}

variable "tags" {
  description = "Tags on all that can be tagged."
  type        = map(string)
  default     = {}
  nullable    = false
}
