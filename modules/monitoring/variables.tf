variable "function_name" {
  description = "Name of the function, and the beginning of the names of the alarms: 1 to 64 of a-z, A-Z, 0-9, underscore and hyphen."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.function_name))
    error_message = "function_name must be 1 to 64 of a-z, A-Z, 0-9, underscore and hyphen."
  }
}

variable "event_source_mapping_uuid" {
  description = "UUID of the mapping from the stream to the function. It must have EventCount in its metrics_config."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.event_source_mapping_uuid))
    error_message = "event_source_mapping_uuid must be a UUID such as 12345678-90ab-cdef-1234-567890abcdef."
  }
}

variable "staging_table_arn" {
  description = "ARN of the table that the function deletes from, in the function's own Region and account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}$", var.staging_table_arn))
    error_message = "staging_table_arn must be the ARN of a DynamoDB table: arn:aws:dynamodb:<region>:<account>:table/<name>."
  }
}

variable "messages_table_name" {
  description = "Name of the table whose stream the mapping reads: 3 to 255 of a-z, A-Z, 0-9, underscore, hyphen and dot. If it is in another account, the alarm stopped has no metrics to see."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.messages_table_name))
    error_message = "messages_table_name must be 3 to 255 of a-z, A-Z, 0-9, underscore, hyphen and dot."
  }
}

variable "failure_bucket_name" {
  description = "Name of the bucket that keeps what Lambda and the function give up on: 3 to 63 characters; null without one."
  type        = string
  default     = null

  validation {
    condition     = var.failure_bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.failure_bucket_name))
    error_message = "failure_bucket_name must be the name of a bucket (3 to 63 of a-z, 0-9, dot and hyphen), or null without one."
  }
}

variable "alarm_actions" {
  description = "ARNs of the SNS topics that are told when an alarm begins and when it ends: at most 5, of the deployment's Region."
  type        = list(string)
  default     = []
  nullable    = false

  # AWS's limit. Source: API_PutMetricAlarm.html.
  validation {
    condition = (
      length(var.alarm_actions) <= 5
      && alltrue([for arn in var.alarm_actions : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_.-]{1,256}$", arn))])
    )
    error_message = "alarm_actions must be at most 5 ARNs of SNS topics: arn:aws:sns:<region>:<account>:<name>."
  }

  validation {
    condition     = try(alltrue([for arn in var.alarm_actions : split(":", arn)[3] == split(":", var.staging_table_arn)[3]]), true)
    error_message = "alarm_actions must be topics of the Region that the alarms are in, which is that of staging_table_arn: CloudWatch refuses others."
  }
}

variable "tags" {
  description = "Tags on all that can be tagged."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, value in var.tags : can(regex("^.{1,128}$", key)) && can(regex("^.{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "tags must have keys of 1 to 128 characters that do not begin with aws:, and values of at most 256."
  }
}
