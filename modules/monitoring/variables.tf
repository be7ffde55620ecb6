variable "function_name" {
  description = "Name of the function. The names of the alarms start with it. 1 to 64 characters of a-z, A-Z, 0-9, underscore and hyphen."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.function_name))
    error_message = "function_name must have 1 to 64 characters of a-z, A-Z, 0-9, underscore and hyphen."
  }
}

variable "event_source_mapping_uuid" {
  description = "UUID of the event source mapping from the stream to the function. The metrics_config of the mapping must include EventCount."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.event_source_mapping_uuid))
    error_message = "event_source_mapping_uuid must be a UUID, such as 12345678-90ab-cdef-1234-567890abcdef."
  }
}

variable "staging_table_arn" {
  description = "ARN of the staging table, in the Region and account of the function."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}$", var.staging_table_arn))
    error_message = "staging_table_arn must be the ARN of a DynamoDB table: arn:aws:dynamodb:<region>:<account>:table/<name>."
  }
}

variable "messages_table_name" {
  description = "Name of the messages table, whose stream the mapping reads: 3 to 255 characters of a-z, A-Z, 0-9, underscore, hyphen and dot. If the table is in another account, the alarm stopped has no metrics and never starts."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.messages_table_name))
    error_message = "messages_table_name must have 3 to 255 characters of a-z, A-Z, 0-9, underscore, hyphen and dot."
  }
}

variable "failure_bucket_name" {
  description = "Name of the failure bucket, which keeps records that Lambda discards or the function quarantines: 3 to 63 characters. Null: there is none."
  type        = string
  default     = null

  validation {
    condition     = var.failure_bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.failure_bucket_name))
    error_message = "failure_bucket_name must be the name of a bucket (3 to 63 characters of a-z, 0-9, dot and hyphen), or null if there is none."
  }
}

variable "reports_unprocessed_rows" {
  description = "Whether a reconciler writes the metrics UnprocessedRows and OldestUnprocessedAge of this function: the output of that name of modules/reconciler. The dashboard then shows them."
  type        = bool
  default     = false
  nullable    = false
}

variable "oldest_unprocessed_alarm_seconds" {
  description = "Age in seconds of the oldest unprocessed row from which the alarm oldest-unprocessed starts: a row of the staging table that no message matches, as of the reconciler's last run. Choose less than the time after which the TTL deletes it. More than 0. Null: no such alarm."
  type        = number
  default     = null

  validation {
    condition     = var.oldest_unprocessed_alarm_seconds == null ? true : var.oldest_unprocessed_alarm_seconds > 0
    error_message = "oldest_unprocessed_alarm_seconds must be more than 0, or null for no such alarm."
  }

  validation {
    condition     = var.oldest_unprocessed_alarm_seconds == null || var.reports_unprocessed_rows
    error_message = "oldest_unprocessed_alarm_seconds must be null unless a reconciler writes the metric: nothing would start the alarm. Create a reconciler: create_reconciler = true in the root, or modules/reconciler with reports_unprocessed_rows = module.<its name>.reports_unprocessed_rows here. A reconciler that scans the messages table, because key_mapping takes the key from a message's image, does not see unprocessed rows and writes no such metric."
  }
}

variable "alarm_actions" {
  description = "ARNs of the actions of each alarm: at most 5, in the Region of the deployment (response plans have no Region). SNS topics and Lambda functions are notified when an alarm starts and when it ends. OpsItems, incident response plans, investigation groups and scaling policies are started when it starts."
  type        = list(string)
  default     = []
  nullable    = false

  # AWS's limit. Source: API_PutMetricAlarm.html.
  validation {
    condition     = length(var.alarm_actions) <= 5
    error_message = "alarm_actions must have at most 5 ARNs."
  }

  # For two kinds, both spellings: that of API_PutMetricAlarm.html, and that of the ARNs that AWS returns (responseplan and
  # response-plan, investigation-group: and investigation-group/).
  validation {
    condition = alltrue([
      for arn in var.alarm_actions : anytrue([
        for kind in [
          "sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_.-]{1,256}",
          "lambda:[a-z0-9-]+:[0-9]{12}:function:[a-zA-Z0-9_-]{1,64}(:[a-zA-Z0-9_-]{1,128})?",
          "ssm:[a-z0-9-]+:[0-9]{12}:opsitem:[1-4](#CATEGORY=.+)?",
          "ssm-incidents::[0-9]{12}:response-?plan/.+",
          "aiops:[a-z0-9-]+:[0-9]{12}:investigation-group[:/].+",
          "autoscaling:[a-z0-9-]+:[0-9]{12}:scalingPolicy:.+",
        ] : can(regex("^arn:[a-z-]+:${kind}$", arn))
      ])
    ])
    error_message = "alarm_actions must have ARNs of SNS topics (arn:aws:sns:<region>:<account>:<name>), Lambda functions (arn:aws:lambda:<region>:<account>:function:<name>, also with a version or alias), OpsItems (arn:aws:ssm:<region>:<account>:opsitem:<severity>), incident response plans, investigation groups or scaling policies. CloudWatch accepts EC2 actions only for metrics of EC2 instances."
  }

  validation {
    condition     = try(alltrue([for arn in var.alarm_actions : contains(["", split(":", var.staging_table_arn)[3]], split(":", arn)[3])]), true)
    error_message = "alarm_actions must be in the Region of the alarms, which is that of staging_table_arn."
  }
}

variable "tags" {
  description = "Tags for all resources that support tags."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, value in var.tags : can(regex("^.{1,128}$", key)) && can(regex("^.{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "tags must have keys of 1 to 128 characters that do not start with aws:, and values of at most 256 characters."
  }
}
