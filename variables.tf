# The modules check the values: a rule stands once, beside the variable that it is for.

variable "name" {
  description = "Name of the function, and the beginning of the names of the tables and all else: 3 to 25 of a-z, 0-9 and hyphen, first a letter, last no hyphen; with a failure bucket, not beginning with xn--, sthree- or amzn-s3-demo-."
  type        = string
  default     = "staging-scavenger"
  nullable    = false
}

variable "region" {
  description = "AWS Region to deploy to; null for that of the AWS settings (AWS_REGION, profile)."
  type        = string
  default     = null

  validation {
    condition     = var.region == null ? true : can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS Region such as eu-central-1, or null for that of the AWS settings."
  }
}

variable "hash_key" {
  description = "Name of the partition key: 1 to 255 characters. DynamoDB changes neither names nor types of the key: a plan that asks for it is refused."
  type        = string
  default     = "messageId"
  nullable    = false
}

variable "hash_key_type" {
  description = "Type of the partition key: S (string), N (number) or B (binary)."
  type        = string
  default     = "S"
  nullable    = false
}

variable "range_key" {
  description = "Name of the sort key: 1 to 255 characters, not that of the partition key; null for a table without one."
  type        = string
  default     = "createdAt"
}

variable "range_key_type" {
  description = "Type of the sort key: S (string), N (number) or B (binary)."
  type        = string
  default     = "N"
  nullable    = false
}

variable "billing_mode" {
  description = "How throughput is paid for: PROVISIONED (read_capacity and write_capacity apply) or PAY_PER_REQUEST (on demand). Change it, or a capacity, in another apply than the stream: AWS may refuse both at once."
  type        = string
  default     = "PROVISIONED"
  nullable    = false
}

variable "read_capacity" {
  description = "Provisioned read units a second: 1 or more; AWS's quota is 40000 unless raised. Without effect on demand. Each apply sets them again, so do not let autoscaling change them: for a load that varies, set billing_mode to PAY_PER_REQUEST, or bring a table of your own."
  type        = number
  default     = 5
  nullable    = false
}

variable "write_capacity" {
  description = "Provisioned write units a second: 1 or more; AWS's quota is 40000 unless raised. Without effect on demand. A delete costs at least one. Each apply sets them again, so do not let autoscaling change them: for a load that varies, set billing_mode to PAY_PER_REQUEST, or bring a table of your own."
  type        = number
  default     = 5
  nullable    = false
}

variable "stream_view_type" {
  description = "What a stream record holds: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES. Another view type makes another stream: docs/how-to/operate.md says what that takes. Change it in another apply than billing_mode and capacity: AWS may refuse both at once."
  type        = string
  default     = "NEW_AND_OLD_IMAGES"
  nullable    = false
}

variable "point_in_time_recovery_enabled" {
  description = "Whether the table can be restored to any second of the last 35 days. Null leaves that to others; for a new table it is off. False switches it off, even if others switched it on."
  type        = bool
  default     = null
}

variable "deletion_protection_enabled" {
  description = "Whether DynamoDB refuses to delete the table. False switches that off, even if others switched it on."
  type        = bool
  default     = false
  nullable    = false
}

variable "package_path" {
  description = "Path of the zip that build.sh makes; null for dist/scavenger.zip. Give it relative to the folder that Terraform runs in: an absolute path that is another on each machine is a change of the function at each apply."
  type        = string
  default     = null
}

variable "filter_patterns" {
  description = "Which inserts count, if not all: those that match any of these patterns, in the JSON of Lambda's event filtering, such as jsonencode({ dynamodb = { NewImage = { status = { S = [\"PROCESSED\"] } } } }). At most 5, or 10 if AWS has raised your quota. What becomes of a message after its insert is not looked at."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "dry_run" {
  description = "Whether the function only counts what it would delete, in its log and the metric WouldDelete, and lacks the permission to delete. What it has counted is not deleted later on: see docs/how-to/adopt.md."
  type        = bool
  default     = false
  nullable    = false
}

variable "enabled" {
  description = "Whether the stream is read. False is a pause: the stream remembers for 24 hours, and what is older than maximum_record_age_in_seconds goes to the failure bucket."
  type        = bool
  default     = true
  nullable    = false
}

variable "batch_size" {
  description = "Most stream records an invocation gets: 1 to 10000."
  type        = number
  default     = 100
  nullable    = false
}

variable "maximum_batching_window_in_seconds" {
  description = "Seconds that Lambda waits for a batch to fill: 0 to 300."
  type        = number
  default     = 60
  nullable    = false
}

variable "parallelization_factor" {
  description = "Batches of one shard that are processed at the same time: 1 to 10. Order is kept for each item."
  type        = number
  default     = 1
  nullable    = false
}

variable "starting_position" {
  description = "Where a new mapping begins; one that exists goes on where it is: TRIM_HORIZON (the oldest record that the stream still has) or LATEST, which misses what is written in the minutes until polling has begun."
  type        = string
  default     = "TRIM_HORIZON"
  nullable    = false
}

variable "maximum_retry_attempts" {
  description = "Times that a batch is tried again after an invocation that gets no further, not past its first record, before it goes to the failure bucket: 0 to 10000, or -1 for until its records expire."
  type        = number
  default     = 10
  nullable    = false
}

variable "maximum_record_age_in_seconds" {
  description = "Age in seconds at which a record goes to the failure bucket instead of the function: 60 to 604800, or -1 for never."
  type        = number
  default     = 72000
  nullable    = false
}

variable "memory_size" {
  description = "Memory of the function in MB, which sets its share of a CPU too: 128 to 10240."
  type        = number
  default     = 256
  nullable    = false
}

variable "timeout" {
  description = "Seconds that one invocation may take: 15 to 900."
  type        = number
  default     = 60
  nullable    = false
}

variable "reserved_concurrent_executions" {
  description = "Most invocations at the same time, taken out of the account's quota: 0 (stops the function) or more; -1 for no limit of its own."
  type        = number
  default     = -1
  nullable    = false
}

variable "max_requests_in_flight" {
  description = "Most delete requests, of 25 rows each, that one invocation has under way at the same time: 1 to 50."
  type        = number
  default     = 8
  nullable    = false
}

variable "application_log_level" {
  description = "Least severe of the function's log lines that are kept: INFO, or DEBUG, which logs the keys of what is deleted."
  type        = string
  default     = "INFO"
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days that the function's log is kept: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653; 0 for ever."
  type        = number
  default     = 30
  nullable    = false
}

variable "create_failure_bucket" {
  description = "Whether there is a bucket that keeps records that cannot be deleted, and batches that Lambda gives up on. Without it they are lost; for throwaway deployments only. Chosen for good: the provider does not take the bucket away from an existing mapping, so that a plan that asks for it is refused."
  type        = bool
  default     = true
  nullable    = false
}

variable "failure_retention_in_days" {
  description = "Days that the failure bucket keeps an object: 1 to 3650."
  type        = number
  default     = 30
  nullable    = false
}

variable "failure_bucket_operator_arns" {
  description = "ARNs of the account's IAM roles and users who alone may read and delete what is in the failure bucket, if IAM allows them too. Without any, nobody may."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts all that is kept; null for keys that AWS manages. docs/explanation/security.md has the policy that it needs. It can be exchanged later, for a table four times in 24 hours, but not taken away: the provider leaves tables on the key that they have."
  type        = string
  default     = null
}

variable "code_signing_config_arn" {
  description = "ARN of the code signing configuration that the function's package has to meet; null for none. package_path then names the signed zip."
  type        = string
  default     = null
}

variable "alarm_actions" {
  description = "ARNs of the SNS topics that are told when an alarm begins and when it ends: at most 5, of the deployment's Region."
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
