# The modules validate the values, so that each rule is written once, beside the variable that it is for.

variable "name" {
  description = "Name of the function. The names of the tables and of all other resources contain it. 1 to 64 characters of a-z, A-Z, 0-9, underscore and hyphen. If the failure bucket is named after it, which is the default: 1 to 25 characters of a-z, 0-9 and hyphen; the first is not a hyphen; it must not start with xn--, sthree- or amzn-s3-demo-."
  type        = string
  default     = "staging-scavenger"
  nullable    = false
}

variable "hash_key" {
  description = "Name of the partition key: 1 to 255 characters. DynamoDB cannot change the attributes of a key or their types: a plan that changes them fails."
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
  description = "Name of the sort key: 1 to 255 characters, different from the partition key. Null: no sort key."
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
  description = "Billing mode: PROVISIONED (uses read_capacity and write_capacity) or PAY_PER_REQUEST (on demand). Do not change it, or a capacity, in the same apply as the stream: AWS may reject both at once."
  type        = string
  default     = "PROVISIONED"
  nullable    = false
}

variable "read_capacity" {
  description = "Provisioned read capacity units (RCU) per second: 1 or more; AWS's default quota is 40000. Not used on demand. Each apply sets this value again, so do not use auto scaling with it: for a variable load, set billing_mode to PAY_PER_REQUEST, or use a table of your own."
  type        = number
  default     = 5
  nullable    = false
}

variable "write_capacity" {
  description = "Provisioned write capacity units (WCU) per second: 1 or more; AWS's default quota is 40000. Not used on demand. Each delete consumes at least one. Each apply sets this value again, so do not use auto scaling with it: for a variable load, set billing_mode to PAY_PER_REQUEST, or use a table of your own."
  type        = number
  default     = 5
  nullable    = false
}

variable "stream_view_type" {
  description = "Contents of a stream record: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES. A different view type creates a new stream: docs/how-to/operate.md has the steps. Do not change it in the same apply as billing_mode or a capacity: AWS may reject both at once."
  type        = string
  default     = "NEW_AND_OLD_IMAGES"
  nullable    = false
}

variable "point_in_time_recovery_enabled" {
  description = "Point-in-time recovery: whether the table can be restored to any second of the last 35 days. Null: not managed here; disabled for a new table. False: disabled, even if someone else enabled it."
  type        = bool
  default     = null
}

variable "deletion_protection_enabled" {
  description = "Deletion protection: whether DynamoDB rejects requests to delete the table. False: disabled, even if someone else enabled it."
  type        = bool
  default     = false
  nullable    = false
}

variable "package_path" {
  description = "Path of the zip file that build.sh creates. Null: dist/scavenger.zip beside main.tf, which is part of each release. Use a path relative to the folder that Terraform runs in: an absolute path that differs between machines updates the function at each apply."
  type        = string
  default     = null
}

variable "package_s3" {
  description = "Place of the zip file in Amazon S3, for runners that get artifacts from there: a bucket in the function's Region, a key, and the version of the object, if the bucket has versions. Terraform notices a new file by a changed key, version or source_code_hash (the base64 text of the file's SHA-256; optional). Null: package_path. Set only one of the two."
  type = object({
    bucket           = string
    key              = string
    object_version   = optional(string)
    source_code_hash = optional(string)
  })
  default = null
}

variable "match_attributes" {
  description = "Attributes of a staging row that must equal the message's, for pipelines that stage a key again: for each attribute of the row, the name of an attribute in the message's key or new image, such as { receivedAt = \"receivedAt\" }. The function deletes a row only while all of them are equal, in type and value. It keeps a row that differs, counts it as superseded, and does not try it again. A record that lacks the attribute, or has a set, list or map there, goes to the failure bucket. Each row is then a request of its own, so that 256 MB of memory_size are enough for about 100 rows a second in each shard (scavenger plan), and the role can delete but not put. At most 100. Empty: the function deletes a row whatever it has."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "event_names" {
  description = "Changes of a message that make its staging row obsolete: [\"INSERT\"], [\"MODIFY\"] (updates) or both. MODIFY needs filter_patterns on an image, or match_attributes, because any update of a message that is done would delete a row that was staged again."
  type        = list(string)
  default     = ["INSERT"]
  nullable    = false
}

variable "filter_patterns" {
  description = "Event filter patterns (JSON). Empty: every change in event_names. Otherwise a change must match at least one pattern. The syntax is that of Lambda's event filtering, such as jsonencode({ dynamodb = { NewImage = { status = { S = [\"PROCESSED\"] } } } }). At most 5, or 10 if AWS has raised your quota. Without MODIFY in event_names, changes of a message after its insert are not evaluated. With MODIFY, each later update of a message that matches counts again, and deletes a row that was staged again, unless match_attributes or a condition on OldImage prevents it: OldImage = { status = { S = [{ anything-but = [\"PROCESSED\"] }, { exists = false }] } } lets only the change to PROCESSED through. An insert has no old image: exists = false lets it through, and also an update before which the message had no such attribute."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "dry_run" {
  description = "Dry run: whether the function only counts what it would delete, in its log and in the metric WouldDelete. Its role then lacks the permission to delete. The counted rows are not deleted later: see docs/how-to/adopt.md."
  type        = bool
  default     = false
  nullable    = false
}

variable "enabled" {
  description = "Whether the event source mapping reads the stream. False: paused. The stream keeps records for 24 hours, and records that are older than maximum_record_age_in_seconds go to the failure bucket."
  type        = bool
  default     = true
  nullable    = false
}

variable "batch_size" {
  description = "Maximum number of stream records per invocation: 1 to 10000."
  type        = number
  default     = 100
  nullable    = false
}

variable "maximum_batching_window_in_seconds" {
  description = "Maximum time in seconds that Lambda waits for a batch to fill: 0 to 300."
  type        = number
  default     = 60
  nullable    = false
}

variable "parallelization_factor" {
  description = "Number of batches per shard that Lambda processes concurrently: 1 to 10. Lambda keeps the order of each item's records."
  type        = number
  default     = 1
  nullable    = false
}

variable "starting_position" {
  description = "Position in the stream where a new event source mapping starts: TRIM_HORIZON (the oldest record that the stream still has) or LATEST, which misses records that are written in the minutes before polling starts. An existing mapping continues where it is."
  type        = string
  default     = "TRIM_HORIZON"
  nullable    = false
}

variable "maximum_retry_attempts" {
  description = "Number of times that Lambda retries a batch before it sends the batch to the failure bucket: 0 to 10000. Only an invocation that does not get past the first record of its batch counts. -1: retry until the records expire."
  type        = number
  default     = 10
  nullable    = false
}

variable "maximum_record_age_in_seconds" {
  description = "Maximum age of a record in seconds: 60 to 604800. Lambda sends older records to the failure bucket instead of the function. -1: no maximum."
  type        = number
  default     = 72000
  nullable    = false
}

variable "memory_size" {
  description = "Memory of the function in MB: 128 to 10240. It also determines the function's share of a CPU."
  type        = number
  default     = 256
  nullable    = false
}

variable "timeout" {
  description = "Timeout of an invocation in seconds: 15 to 900."
  type        = number
  default     = 60
  nullable    = false
}

variable "reserved_concurrent_executions" {
  description = "Maximum number of concurrent invocations, reserved from the account's quota: 0 (stops the function) or more. -1: nothing is reserved, and the function has no limit of its own."
  type        = number
  default     = -1
  nullable    = false
}

variable "max_requests_in_flight" {
  description = "Maximum number of delete requests, of 25 rows each (with match_attributes, of one row), that an invocation sends concurrently: 1 to 50."
  type        = number
  default     = 16
  nullable    = false
}

variable "application_log_level" {
  description = "Minimum level of the function's log lines: INFO or DEBUG. DEBUG also logs the keys of deleted rows."
  type        = string
  default     = "INFO"
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Number of days to keep the function's log: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653. 0: forever."
  type        = number
  default     = 30
  nullable    = false
}

variable "create_failure_bucket" {
  description = "Whether to create the failure bucket. It keeps records that cannot be deleted, and batches that Lambda discards because their retries are exhausted or their records expired. Without it they are lost: use false only for throwaway deployments. You cannot change true to false later: the provider does not remove the bucket from an existing event source mapping, so that plan fails."
  type        = bool
  default     = true
  nullable    = false
}

variable "failure_bucket_name" {
  description = "Name of the failure bucket that is created: 3 to 63 characters of a-z, 0-9 and hyphen. Null: <name>-failures-<account>-<region>. A deployed bucket keeps its name: a plan that changes it fails, and says what to do."
  type        = string
  default     = null
}

variable "failure_bucket_force_destroy" {
  description = "Whether Terraform deletes the objects of the failure bucket when it deletes or replaces the bucket: records that were not redriven are then lost. False: the destroy fails while the bucket has objects. Takes effect when it is applied, so apply it before the destroy."
  type        = bool
  default     = false
  nullable    = false
}

variable "failure_retention_in_days" {
  description = "Number of days that the failure bucket keeps an object: 1 to 3650."
  type        = number
  default     = 30
  nullable    = false
}

variable "failure_bucket_operator_arns" {
  description = "ARNs of IAM roles and users of this account that can read and delete objects in the failure bucket, if IAM allows it too. The bucket denies everyone else. Empty: nobody can."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts all stored data. Null: AWS managed keys. docs/reference/permissions.md has the key policy that it needs. You can replace the key later (for a table, four times in 24 hours), but not remove it: the provider leaves tables on the key that they have."
  type        = string
  default     = null
}

variable "code_signing_config_arn" {
  description = "ARN of the code signing configuration that the function's package must satisfy. package_path or package_s3 must then name the signed zip file. Null: no code signing."
  type        = string
  default     = null
}

variable "role_arn" {
  description = "ARN of a role that you create for the function, in the account of staging_table. Lambda must be able to assume it, and it needs the policy in the output role_policy_json. For a role of the same configuration, write format(\"%s\", aws_iam_role.<name>.arn): then Terraform knows during the plan that it is not null. Null: the module creates the role."
  type        = string
  default     = null
}

variable "role_path" {
  description = "Path of the role that the module creates. It begins and ends with /, such as /service/."
  type        = string
  default     = "/"
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that is the permissions boundary of the role that the module creates. The boundary must allow what the output role_policy_json allows. Null: no boundary."
  type        = string
  default     = null
}

variable "vpc_config" {
  description = "VPC subnets and security groups of the function, for organizations that require a VPC: the function does not need one. From the subnets, it must reach DynamoDB and S3, for example by their gateway endpoints. Null: no VPC."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null
}

variable "create_reconciler" {
  description = "Whether to create the reconciler: a state machine that compares the tables at any size and deletes the rows that no event reported. With it, name has at most 53 characters. The role_arn of the function is not used for it: it has three roles of its own."
  type        = bool
  default     = false
  nullable    = false
}

variable "reconcile_schedule_expression" {
  description = "Schedule of the reconciler's runs, in UTC, such as cron(0 3 * * ? *) or rate(1 day). A run that begins while another one works ends at once. Null: no schedule."
  type        = string
  default     = null

  # Here, because without a reconciler no module gets the value, and nothing would run.
  validation {
    condition     = var.reconcile_schedule_expression == null || var.create_reconciler
    error_message = "reconcile_schedule_expression must be null without create_reconciler: there is nothing to start. Set create_reconciler = true."
  }
}

variable "reconcile_apply" {
  description = "Whether the reconciler's scheduled runs delete. False: they only count."
  type        = bool
  default     = false
  nullable    = false

  # As above.
  validation {
    condition     = !var.reconcile_apply || var.reconcile_schedule_expression != null
    error_message = "reconcile_apply must be false without reconcile_schedule_expression: it is for scheduled runs. Set reconcile_schedule_expression and create_reconciler, or start a run that deletes: scavenger reconcile --on-aws --apply."
  }
}

variable "reconcile_age_attribute" {
  description = "Attribute with the time of a row, for the reconciler: an epoch time in seconds, milliseconds or microseconds, or an ISO 8601 time. A row without it is never deleted, unless reconcile_older_than_in_seconds is 0. 1 to 255 characters."
  type        = string
  default     = "createdAt"
  nullable    = false
}

variable "reconcile_older_than_in_seconds" {
  description = "Age in seconds from which the reconciler deletes a row, or counts it as unprocessed: 0 to 315360000. The function has that time to delete a row itself. 0: the age does not matter."
  type        = number
  default     = 3600
  nullable    = false
}

variable "reconcile_max_read_units" {
  description = "Maximum number of read capacity units per second that the reconciler consumes of each table: 0.1 to 1000000000. Null: a quarter of what the table has."
  type        = number
  default     = null
}

variable "reconcile_max_write_units" {
  description = "Maximum number of write capacity units per second that the reconciler's deletes consume: 0.1 to 1000000000. Null: a quarter of what the staging table has."
  type        = number
  default     = null
}

variable "reconcile_max_concurrency" {
  description = "Maximum number of the reconciler's workers at the same time: 1 to 1000. They take concurrency from the account's quota, 1000 by default, and share the units."
  type        = number
  default     = 10
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs of the actions of each alarm: at most 5, in the Region of the deployment (response plans have no Region). SNS topics and Lambda functions are notified when an alarm starts and when it ends. OpsItems, incident response plans, investigation groups and scaling policies are started when it starts."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "oldest_unprocessed_alarm_seconds" {
  description = "Age in seconds of the oldest unprocessed row from which the alarm oldest-unprocessed starts: a row of the staging table that no message matches, as of the reconciler's last run. Choose less than the time after which the TTL deletes it. More than 0. Null: no such alarm."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags for all resources that support tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
