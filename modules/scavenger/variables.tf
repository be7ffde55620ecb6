variable "name" {
  description = "Name of the function, and the beginning of the names of all that belongs to it: 3 to 25 of a-z, 0-9 and hyphen, first a letter, last no hyphen; with a failure bucket, not beginning with xn--, sthree- or amzn-s3-demo-."
  type        = string
  nullable    = false

  # The longest name made of it is the bucket's, 63 at most: 25 + "-failures-" + account (12) + "-" + region (15).
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 25 of a-z, 0-9 and hyphen, begin with a letter and not end with a hyphen."
  }

  # With its hyphen, since the bucket's name goes on with one. The suffixes that S3 reserves cannot occur: the bucket's name ends
  # with the Region. Source: bucketnamingrules.html.
  validation {
    condition     = !var.create_failure_bucket || !can(regex("^(xn--|sthree-|amzn-s3-demo-)", "${var.name}-"))
    error_message = "name must not begin with xn--, sthree- or amzn-s3-demo-, nor be sthree or amzn-s3-demo: S3 reserves these beginnings, and the failure bucket's name begins with name and a hyphen."
  }
}

variable "messages_table" {
  description = "The table whose inserts say what to delete. Of one in the provider's account and Region, its name: key and stream are looked up. Of one of another account, or one that gets another stream in the same apply, everything, as modules/table has it for outputs: types (S, N or B) of the key attributes by name, the stream's ARN and view type, and the ARN of its KMS key, if it has one of your own."
  type = object({
    name             = string
    key_types        = optional(map(string))
    stream_arn       = optional(string)
    stream_view_type = optional(string)
    kms_key_arn      = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.messages_table.name))
    error_message = "messages_table.name must be the name of a table, not an ARN: 3 to 255 of a-z, A-Z, 0-9, underscore, hyphen and dot."
  }

  validation {
    condition     = var.messages_table.key_types == null ? true : contains([1, 2], length(var.messages_table.key_types)) && alltrue([for name, type in var.messages_table.key_types : length(name) >= 1 && length(name) <= 255 && try(contains(["S", "N", "B"], type), false)])
    error_message = "messages_table.key_types must have one or two attribute names of 1 to 255 characters, each with its type: S, N or B."
  }

  validation {
    condition     = var.messages_table.key_types == null ? var.messages_table.stream_arn == null && var.messages_table.stream_view_type == null : can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}/stream/.+$", var.messages_table.stream_arn))
    error_message = "messages_table must have its name alone, if it exists; or else key_types, stream_view_type and, as stream_arn, the ARN of its stream: arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>."
  }

  validation {
    condition     = var.messages_table.stream_arn == null ? true : strcontains(var.messages_table.stream_arn, ":table/${var.messages_table.name}/stream/")
    error_message = "messages_table.stream_arn must be of the table that messages_table.name names."
  }

  validation {
    condition     = var.messages_table.kms_key_arn == null ? true : var.messages_table.key_types != null && can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.messages_table.kms_key_arn))
    error_message = "messages_table.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null; of a table that exists, it is looked up."
  }

  validation {
    condition     = contains(["aws", "aws-us-gov"], try(split(":", var.messages_table.kms_key_arn)[1], "aws"))
    error_message = "messages_table.kms_key_arn must be of partition aws or aws-us-gov: elsewhere DynamoDB has another name, through which the role may not use the key."
  }

  validation {
    condition     = var.messages_table.key_types == null ? true : try(contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], var.messages_table.stream_view_type), false)
    error_message = "messages_table.stream_view_type must be KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES."
  }
}

variable "staging_table" {
  description = "The table to delete from, in the provider's account and Region. Its name is enough: the rest is looked up. Of one that is replaced in the same apply, everything, as modules/table has it for outputs: its ARN, the types (S, N or B) of the key attributes by name, and the ARN of its KMS key, if it has one of your own."
  type = object({
    name        = string
    key_types   = optional(map(string))
    arn         = optional(string)
    kms_key_arn = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.staging_table.name))
    error_message = "staging_table.name must be the name of a table, not an ARN: 3 to 255 of a-z, A-Z, 0-9, underscore, hyphen and dot."
  }

  validation {
    condition     = var.staging_table.key_types == null ? true : contains([1, 2], length(var.staging_table.key_types)) && alltrue([for name, type in var.staging_table.key_types : length(name) >= 1 && length(name) <= 255 && try(contains(["S", "N", "B"], type), false)])
    error_message = "staging_table.key_types must have one or two attribute names of 1 to 255 characters, each with its type: S, N or B."
  }

  validation {
    condition     = var.staging_table.key_types == null ? var.staging_table.arn == null : can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}$", var.staging_table.arn))
    error_message = "staging_table must have its name alone, if it exists; or else key_types and its arn: arn:aws:dynamodb:<region>:<account>:table/<name>."
  }

  validation {
    condition     = var.staging_table.arn == null ? true : endswith(var.staging_table.arn, ":table/${var.staging_table.name}")
    error_message = "staging_table.arn must be of the table that staging_table.name names."
  }

  validation {
    condition     = var.staging_table.kms_key_arn == null ? true : var.staging_table.key_types != null && can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.staging_table.kms_key_arn))
    error_message = "staging_table.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null; of a table that exists, it is looked up."
  }

  validation {
    condition     = contains(["aws", "aws-us-gov"], try(split(":", var.staging_table.kms_key_arn)[1], "aws"))
    error_message = "staging_table.kms_key_arn must be of partition aws or aws-us-gov: elsewhere DynamoDB has another name, through which the role may not use the key."
  }
}

variable "key_mapping" {
  description = "Where the key of a staging row is taken from, if it is not the message's key: for each of its attributes the name of an attribute of the message, in its key or in its new image, such as { requestId = \"origin\" }. The type is kept. A record without it goes to the failure bucket. Null for tables with the same key."
  type        = map(string)
  default     = null

  validation {
    condition     = var.key_mapping == null ? true : contains([1, 2], length(var.key_mapping)) && alltrue([for name in concat(keys(var.key_mapping), values(var.key_mapping)) : name == null ? false : length(name) >= 1 && length(name) <= 255])
    error_message = "key_mapping must have the one or two key attributes of the staging table, and for each the name of an attribute of the message: 1 to 255 characters. Or it is null, for tables with the same key."
  }
}

variable "filter_patterns" {
  description = "Which inserts count, if not all: those that match any of these patterns, in the JSON of Lambda's event filtering, such as jsonencode({ dynamodb = { NewImage = { status = { S = [\"PROCESSED\"] } } } }). At most 5, or 10 if AWS has raised your quota. What becomes of a message after its insert is not looked at."
  type        = list(string)
  default     = []
  nullable    = false

  # Source: API_Filter.html.
  validation {
    condition     = length(var.filter_patterns) <= 10 && alltrue([for pattern in var.filter_patterns : pattern != null && length(try(jsonencode(merge({ eventName = ["INSERT"] }, jsondecode(pattern))), "")) <= 4096])
    error_message = "filter_patterns must be at most 10 patterns of at most 4096 characters, in the JSON that AWS gets, with eventName."
  }

  validation {
    condition     = alltrue([for pattern in var.filter_patterns : can(keys(jsondecode(pattern)))])
    error_message = "filter_patterns must be JSON objects, such as jsonencode({ dynamodb = { NewImage = { status = { S = [\"PROCESSED\"] } } } })."
  }

  # Anything else that a record has is either always the same for inserts, or known to no filter.
  validation {
    condition     = alltrue([for pattern in var.filter_patterns : can(keys(jsondecode(pattern))) ? try(join(",", keys(jsondecode(pattern))) == "dynamodb" && length(jsondecode(pattern).dynamodb) > 0 && length(setsubtract(keys(jsondecode(pattern).dynamodb), ["Keys", "NewImage"])) == 0, false) : true])
    error_message = "filter_patterns must have dynamodb alone at the top, and Keys or NewImage below it. That eventName is INSERT is added to each; an insert has no OldImage; instead of $or, give several patterns."
  }

  validation {
    condition = alltrue(flatten([
      for pattern in var.filter_patterns : [
        for part in try(values(jsondecode(pattern).dynamodb), []) : try(length(part) > 0 && alltrue([
          for attribute in values(part) : length(attribute) == 1 && length(setsubtract(keys(attribute), ["S", "N", "B", "BOOL", "NULL"])) == 0
        ]), false)
      ]
    ]))
    error_message = "filter_patterns must name for each attribute its one type, as the stream has it: { status = { S = [\"PROCESSED\"] } }, with S, N, B, BOOL or NULL. What is within a set, a list or a map cannot be asked for."
  }

  # As text in JSON, which tells "true" from true and "5" from 5.
  validation {
    condition = alltrue(flatten([
      for pattern in var.filter_patterns : [
        for part in try(values(jsondecode(pattern).dynamodb), []) : [
          for attribute in try(values(part), []) : [
            for type, wanted in try({ for type, wanted in attribute : type => wanted }, {}) : try(length(wanted) > 0 && !can(keys(wanted)) && alltrue([
              for value in wanted : (
                !can(keys(value)) ? (contains(["BOOL", "NULL"], type) ? contains(["true", "false"], jsonencode(value)) : value == null || jsonencode(value) == jsonencode(tostring(value))) :
                length(value) != 1 ? false :
                can(value.exists) ? contains(["true", "false"], jsonencode(value.exists)) :
                contains(["BOOL", "NULL"], type) ? false :
                can(value["anything-but"]) ? length(flatten([value["anything-but"]])) > 0 && alltrue([for other in flatten([value["anything-but"]]) : other != null && jsonencode(other) == jsonencode(tostring(other))]) :
                length(setsubtract(keys(value), ["prefix", "suffix", "equals-ignore-case"])) == 0 && alltrue([for text in values(value) : text != null && jsonencode(text) == jsonencode(tostring(text))])
              )
            ]), false)
          ]
        ]
      ]
    ]))
    error_message = "filter_patterns must have for each attribute a list of texts (true and false for BOOL and NULL), or of conditions: prefix, suffix or equals-ignore-case with a text, anything-but with one or a list of them, exists with true or false. A filter takes numbers for text: write { N = [\"300\"] }; there is no numeric."
  }
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

variable "package_path" {
  description = "Path of the zip that build.sh makes; null for dist/scavenger.zip in the folder that modules/ is in. Give it relative to the folder that Terraform runs in: an absolute path that is another on each machine is a change of the function at each apply."
  type        = string
  default     = null
}

variable "batch_size" {
  description = "Most stream records an invocation gets: 1 to 10000."
  type        = number
  # The article's. On a busy table, 1000 spare nine invocations in ten, with their log lines and traces (docs/how-to/plan.md).
  default  = 100
  nullable = false

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000 && floor(var.batch_size) == var.batch_size
    error_message = "batch_size must be a whole number from 1 to 10000."
  }
}

variable "maximum_batching_window_in_seconds" {
  description = "Seconds that Lambda waits for a batch to fill: 0 to 300."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.maximum_batching_window_in_seconds >= 0 && var.maximum_batching_window_in_seconds <= 300 && floor(var.maximum_batching_window_in_seconds) == var.maximum_batching_window_in_seconds
    error_message = "maximum_batching_window_in_seconds must be a whole number from 0 to 300."
  }
}

variable "parallelization_factor" {
  description = "Batches of one shard that are processed at the same time: 1 to 10. Order is kept for each item."
  type        = number
  # With the default memory and batches of 1,000, one at a time just keeps up with the 1,000 writes a second that a shard takes.
  default  = 1
  nullable = false

  validation {
    condition     = var.parallelization_factor >= 1 && var.parallelization_factor <= 10 && floor(var.parallelization_factor) == var.parallelization_factor
    error_message = "parallelization_factor must be a whole number from 1 to 10."
  }
}

variable "starting_position" {
  description = "Where a new mapping begins; one that exists goes on where it is: TRIM_HORIZON (the oldest record that the stream still has) or LATEST, which misses what is written in the minutes until polling has begun."
  type        = string
  default     = "TRIM_HORIZON"
  nullable    = false

  validation {
    condition     = contains(["TRIM_HORIZON", "LATEST"], var.starting_position)
    error_message = "starting_position must be TRIM_HORIZON or LATEST: DynamoDB streams know no other."
  }
}

variable "maximum_retry_attempts" {
  description = "Times that a batch is tried again after an invocation that gets no further, not past its first record, before it goes to the failure bucket: 0 to 10000, or -1 for until its records expire."
  type        = number
  # Ten invocations that each last as long as the timeout ride out ten minutes of a table that takes no delete. One that
  # deletes something uses up no retry (docs/decisions/README.md): what bounds a batch then is its records' age.
  default  = 10
  nullable = false

  validation {
    condition     = var.maximum_retry_attempts >= -1 && var.maximum_retry_attempts <= 10000 && floor(var.maximum_retry_attempts) == var.maximum_retry_attempts
    error_message = "maximum_retry_attempts must be a whole number from 0 to 10000, or -1 for until its records expire."
  }
}

variable "maximum_record_age_in_seconds" {
  description = "Age in seconds at which a record goes to the failure bucket instead of the function: 60 to 604800, or -1 for never."
  type        = number
  # 20 h: what waits longer is saved in the bucket, four hours before the stream forgets it.
  default  = 72000
  nullable = false

  validation {
    condition     = var.maximum_record_age_in_seconds == -1 || (var.maximum_record_age_in_seconds >= 60 && var.maximum_record_age_in_seconds <= 604800 && floor(var.maximum_record_age_in_seconds) == var.maximum_record_age_in_seconds)
    error_message = "maximum_record_age_in_seconds must be a whole number from 60 to 604800, or -1 for never."
  }
}

variable "memory_size" {
  description = "Memory of the function in MB, which sets its share of a CPU too: 128 to 10240."
  type        = number
  # 256 MB just keep up with the 1,000 writes a second that a shard takes at most, with batches of 100 and of 1,000 alike
  # (docs/explanation/performance.md). Up to 1,769 MB, a whole CPU, more is cheaper for a function that is busy, but makes it dearer to wait
  # for a table that pushes back.
  default  = 256
  nullable = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "memory_size must be a whole number from 128 to 10240."
  }
}

variable "timeout" {
  description = "Seconds that one invocation may take: 15 to 900."
  type        = number
  # Some seven times what a batch of 10,000 takes with the default memory: the rest is for a table that pushes back.
  default  = 60
  nullable = false

  # AWS's minimum is 1. The function starts no request in its last 10 s, so fewer than 15 would leave it little to work in.
  validation {
    condition     = var.timeout >= 15 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout must be a whole number from 15 to 900."
  }
}

variable "reserved_concurrent_executions" {
  description = "Most invocations at the same time, taken out of the account's quota: 0 (stops the function) or more; -1 for no limit of its own."
  type        = number
  # Shards times parallelization_factor bound them already.
  default  = -1
  nullable = false

  validation {
    condition     = var.reserved_concurrent_executions >= -1 && floor(var.reserved_concurrent_executions) == var.reserved_concurrent_executions
    error_message = "reserved_concurrent_executions must be a whole number, 0 or more, or -1 for no limit of its own."
  }
}

variable "max_requests_in_flight" {
  description = "Most delete requests, of 25 rows each, that one invocation has under way at the same time: 1 to 50."
  type        = number
  # With 8, the CPU counts and not the waiting, up to a whole one at 1,769 MB; with the default memory, 4 would do, and 8 are
  # for answers that take longer. More would not be faster, and would leave more half done when a table pushes back.
  default  = 8
  nullable = false

  validation {
    condition     = var.max_requests_in_flight >= 1 && var.max_requests_in_flight <= 50 && floor(var.max_requests_in_flight) == var.max_requests_in_flight
    error_message = "max_requests_in_flight must be a whole number from 1 to 50."
  }
}

variable "application_log_level" {
  description = "Least severe of the function's log lines that are kept: INFO, or DEBUG, which logs the keys of what is deleted."
  type        = string
  default     = "INFO"
  nullable    = false

  # Lambda takes a line without a level, as those in embedded metric format are, for INFO: a higher level drops the metrics.
  validation {
    condition     = contains(["DEBUG", "INFO"], var.application_log_level)
    error_message = "application_log_level must be DEBUG or INFO: above INFO, Lambda would drop the function's metrics too."
  }
}

variable "log_retention_in_days" {
  description = "Days that the function's log is kept: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653; 0 for ever."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_in_days)
    error_message = "log_retention_in_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653, or 0 for ever."
  }
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

  validation {
    condition     = var.failure_retention_in_days >= 1 && var.failure_retention_in_days <= 3650 && floor(var.failure_retention_in_days) == var.failure_retention_in_days
    error_message = "failure_retention_in_days must be a whole number from 1 to 3650."
  }
}

variable "failure_bucket_operator_arns" {
  description = "ARNs of the account's IAM roles and users who alone may read and delete what is in the failure bucket, if IAM allows them too. Without any, nobody may."
  type        = list(string)
  default     = []
  nullable    = false

  # S3 refuses a policy of more than 20 KB.
  validation {
    condition     = length(var.failure_bucket_operator_arns) <= 50 && alltrue([for arn in var.failure_bucket_operator_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[a-zA-Z0-9+=,.@_/-]+$", arn))])
    error_message = "failure_bucket_operator_arns must have at most 50 ARNs of IAM roles and users: arn:aws:iam::<account>:role/<path and name>. Of who has assumed a role, name the role."
  }

  # What IAM compares has the path, which the ARN of a session does not show.
  validation {
    condition     = !anytrue([for arn in var.failure_bucket_operator_arns : strcontains(arn, ":role/AWSReservedSSO_")])
    error_message = "failure_bucket_operator_arns must name roles of IAM Identity Center with their path, as `aws iam get-role` shows it: arn:aws:iam::<account>:role/aws-reserved/sso.amazonaws.com/<region>/AWSReservedSSO_<name>."
  }

  # The bucket's policy only refuses, and without its word no other account gets in.
  validation {
    condition     = alltrue([for arn in var.failure_bucket_operator_arns : try(split(":", arn)[4], local.account_id) == local.account_id])
    error_message = "failure_bucket_operator_arns must be of the account of staging_table; others assume a role there, which you name."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts all that is kept; null for keys that AWS manages. docs/explanation/security.md has the policy that it needs. It can be exchanged later, for a table four times in 24 hours, but not taken away: the provider leaves tables on the key that they have."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null for keys that AWS manages."
  }

  validation {
    condition     = try(split(":", var.kms_key_arn)[3], local.region) == local.region
    error_message = "kms_key_arn must be of the same Region as staging_table."
  }

  # The role may use it through dynamodb.<region>.amazonaws.com and s3.<region>.amazonaws.com (kms:ViaService); in China, for one, the
  # names end with amazonaws.com.cn.
  validation {
    condition     = contains(["aws", "aws-us-gov"], try(split(":", var.kms_key_arn)[1], "aws"))
    error_message = "kms_key_arn must be of partition aws or aws-us-gov: elsewhere DynamoDB and S3 have other names, through which the role may not use the key."
  }
}

variable "code_signing_config_arn" {
  description = "ARN of the code signing configuration that the function's package has to meet; null for none. package_path then names the signed zip."
  type        = string
  default     = null

  validation {
    condition     = var.code_signing_config_arn == null ? true : can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:code-signing-config:csc-[a-z0-9]{17}$", var.code_signing_config_arn))
    error_message = "code_signing_config_arn must be the ARN of a code signing configuration (arn:aws:lambda:<region>:<account>:code-signing-config:csc-<id>), or null for none."
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
