variable "name" {
  description = "Name of the function. The names of the tables and of all other resources contain it."
  type        = string
  default     = "production"
  nullable    = false
}

variable "account_id" {
  description = "ID of the AWS account to deploy to: 12 digits. With the credentials of another account, the plan fails."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the ID of an AWS account: 12 digits."
  }
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
  description = "ARNs of what each alarm starts: SNS topics, Lambda functions, OpsItems, incident response plans and others."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alarm_actions) > 0
    error_message = "alarm_actions must have at least one ARN, such as that of an SNS topic: without one, nobody would be notified of an alarm."
  }
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
