variable "name" {
  description = "Name of the function. The names of all its other resources contain it. 1 to 64 characters of a-z, A-Z, 0-9, underscore and hyphen. If the failure bucket is named after it, which is the default: 1 to 25 characters of a-z, 0-9 and hyphen; the first is not a hyphen; it must not start with xn--, sthree- or amzn-s3-demo-."
  type        = string
  nullable    = false

  # Source: API_CreateFunction.html.
  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "name must have 1 to 64 characters of a-z, A-Z, 0-9, underscore and hyphen."
  }

  # The bucket's name has at most 63: 25 + "-failures-" + account (12) + "-" + region (15). Source: bucketnamingrules.html.
  validation {
    condition     = !local.bucket_has_the_name || can(regex("^[a-z0-9][a-z0-9-]{0,24}$", var.name))
    error_message = "name must have 1 to 25 characters of a-z, 0-9 and hyphen, and not start with a hyphen, because the failure bucket's name contains it. For another name, set failure_bucket_name."
  }

  # The rule adds a hyphen, because the bucket's name continues with one. The suffixes that S3 reserves cannot occur, because
  # the bucket's name ends with the Region. Source: bucketnamingrules.html.
  validation {
    condition     = !local.bucket_has_the_name || !can(regex("^(xn--|sthree-|amzn-s3-demo-)", "${var.name}-"))
    error_message = "name must not start with xn--, sthree- or amzn-s3-demo-, and must not be sthree or amzn-s3-demo: S3 reserves these prefixes, and the failure bucket's name starts with name and a hyphen. For another name, set failure_bucket_name."
  }
}

variable "messages_table" {
  description = "The messages table, whose changes (event_names) determine which rows to delete. For a table in the provider's account and Region, set only name: key and stream are looked up. For a table of another account, or one that gets a new stream in the same apply, set all attributes, as in the outputs of modules/table: the type (S, N or B) of each key attribute by name, the stream's ARN and view type, and the ARN of its customer managed KMS key, if it has one."
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
    error_message = "messages_table.name must be the name of a table, not an ARN: 3 to 255 characters of a-z, A-Z, 0-9, underscore, hyphen and dot."
  }

  validation {
    condition     = var.messages_table.key_types == null ? true : contains([1, 2], length(var.messages_table.key_types)) && alltrue([for name, type in var.messages_table.key_types : length(name) >= 1 && length(name) <= 255 && try(contains(["S", "N", "B"], type), false)])
    error_message = "messages_table.key_types must have one or two attribute names of 1 to 255 characters, each with its type: S, N or B."
  }

  validation {
    condition     = var.messages_table.key_types == null ? var.messages_table.stream_arn == null && var.messages_table.stream_view_type == null : can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}/stream/.+$", var.messages_table.stream_arn))
    error_message = "messages_table must have either only name, for a table to look up, or also key_types, stream_view_type and stream_arn. stream_arn is the ARN of the table's stream: arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>."
  }

  validation {
    condition     = var.messages_table.stream_arn == null ? true : strcontains(var.messages_table.stream_arn, ":table/${var.messages_table.name}/stream/")
    error_message = "messages_table.stream_arn must be the ARN of a stream of the table in messages_table.name."
  }

  validation {
    condition     = var.messages_table.kms_key_arn == null ? true : var.messages_table.key_types != null && can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.messages_table.kms_key_arn))
    error_message = "messages_table.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null. It must be null if messages_table has no key_types: the key of that table is looked up."
  }

  validation {
    condition     = contains(["aws", "aws-us-gov"], try(split(":", var.messages_table.kms_key_arn)[1], "aws"))
    error_message = "messages_table.kms_key_arn must be in the partition aws or aws-us-gov: in other partitions DynamoDB has another service name, and the role's policy does not allow the key for it."
  }

  validation {
    condition     = var.messages_table.key_types == null ? true : try(contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], var.messages_table.stream_view_type), false)
    error_message = "messages_table.stream_view_type must be KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES."
  }
}

variable "staging_table" {
  description = "The staging table, from which rows are deleted, in the provider's account and Region. Set only name: the rest is looked up. For a table that is replaced in the same apply, set all attributes, as in the outputs of modules/table: its ARN, the type (S, N or B) of each key attribute by name, and the ARN of its customer managed KMS key, if it has one."
  type = object({
    name        = string
    key_types   = optional(map(string))
    arn         = optional(string)
    kms_key_arn = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.staging_table.name))
    error_message = "staging_table.name must be the name of a table, not an ARN: 3 to 255 characters of a-z, A-Z, 0-9, underscore, hyphen and dot."
  }

  validation {
    condition     = var.staging_table.key_types == null ? true : contains([1, 2], length(var.staging_table.key_types)) && alltrue([for name, type in var.staging_table.key_types : length(name) >= 1 && length(name) <= 255 && try(contains(["S", "N", "B"], type), false)])
    error_message = "staging_table.key_types must have one or two attribute names of 1 to 255 characters, each with its type: S, N or B."
  }

  validation {
    condition     = var.staging_table.key_types == null ? var.staging_table.arn == null : can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}$", var.staging_table.arn))
    error_message = "staging_table must have either only name, for a table to look up, or also key_types and arn. arn is the ARN of the table: arn:aws:dynamodb:<region>:<account>:table/<name>."
  }

  validation {
    condition     = var.staging_table.arn == null ? true : endswith(var.staging_table.arn, ":table/${var.staging_table.name}")
    error_message = "staging_table.arn must be the ARN of the table in staging_table.name."
  }

  validation {
    condition     = var.staging_table.kms_key_arn == null ? true : var.staging_table.key_types != null && can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.staging_table.kms_key_arn))
    error_message = "staging_table.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null. It must be null if staging_table has no key_types: the key of that table is looked up."
  }

  validation {
    condition     = contains(["aws", "aws-us-gov"], try(split(":", var.staging_table.kms_key_arn)[1], "aws"))
    error_message = "staging_table.kms_key_arn must be in the partition aws or aws-us-gov: in other partitions DynamoDB has another service name, and the role's policy does not allow the key for it."
  }
}

variable "key_mapping" {
  description = "Source of a staging row's key, if it differs from the message's key: for each key attribute of the staging table, the name of an attribute in the message's key or new image, such as { requestId = \"origin\" }. Both attributes must have the same type. A record that lacks the attribute goes to the failure bucket. Null: both tables have the same key."
  type        = map(string)
  default     = null

  validation {
    condition     = var.key_mapping == null ? true : contains([1, 2], length(var.key_mapping)) && alltrue([for name in concat(keys(var.key_mapping), values(var.key_mapping)) : name == null ? false : length(name) >= 1 && length(name) <= 255])
    error_message = "key_mapping must map each of the one or two key attributes of the staging table to the name of an attribute of the message: 1 to 255 characters each. Or set it to null, if both tables have the same key."
  }
}

variable "match_attributes" {
  description = "Attributes of a staging row that must equal the message's, for pipelines that stage a key again: for each attribute of the row, the name of an attribute in the message's key or new image, such as { receivedAt = \"receivedAt\" }. The function deletes a row only while all of them are equal, in type and value. It keeps a row that differs, counts it as superseded, and does not try it again. A record that lacks the attribute, or has a set, list or map there, goes to the failure bucket. Each row is then a request of its own, so that 256 MB of memory_size are enough for about 100 rows a second in each shard (scavenger plan), and the role can delete but not put. At most 100. Empty: the function deletes a row whatever it has."
  type        = map(string)
  default     = {}
  nullable    = false

  # The condition of a delete has two operators for each attribute; AWS allows 300. Source: Constraints.html. The function reads
  # the map from an environment variable, and all of them together have at most 4 KB. Source: gettingstarted-limits.html. Base64
  # has 2,732 characters for 2 KB; `length` of the JSON would count characters, not bytes.
  validation {
    condition     = length(var.match_attributes) <= 100 && length(base64encode(jsonencode(var.match_attributes))) <= 2732
    error_message = "match_attributes must have at most 100 attributes, and at most 2 KB as JSON."
  }

  validation {
    condition     = alltrue([for name in concat(keys(var.match_attributes), values(var.match_attributes)) : name == null ? false : length(name) >= 1 && length(name) <= 255])
    error_message = "match_attributes must map each attribute of a staging row to the name of an attribute of the message: 1 to 255 characters each. Or set it to {}, to compare nothing."
  }
}

variable "event_names" {
  description = "Changes of a message that make its staging row obsolete: [\"INSERT\"], [\"MODIFY\"] (updates) or both. MODIFY needs filter_patterns on an image, or match_attributes, because any update of a message that is done would delete a row that was staged again."
  type        = list(string)
  default     = ["INSERT"]
  nullable    = false

  validation {
    condition     = length(var.event_names) > 0 && length(var.event_names) == length(distinct(var.event_names)) && alltrue([for name in var.event_names : try(contains(["INSERT", "MODIFY"], name), false)])
    error_message = "event_names must be [\"INSERT\"], [\"MODIFY\"] or both. A message that is removed makes no row obsolete."
  }
}

variable "filter_patterns" {
  description = "Event filter patterns (JSON). Empty: every change in event_names. Otherwise a change must match at least one pattern. The syntax is that of Lambda's event filtering, such as jsonencode({ dynamodb = { NewImage = { status = { S = [\"PROCESSED\"] } } } }). At most 5, or 10 if AWS has raised your quota. Without MODIFY in event_names, changes of a message after its insert are not evaluated. With MODIFY, each later update of a message that matches counts again, and deletes a row that was staged again, unless match_attributes or a condition on OldImage prevents it: OldImage = { status = { S = [{ anything-but = [\"PROCESSED\"] }, { exists = false }] } } lets only the change to PROCESSED through. An insert has no old image: exists = false lets it through, and also an update before which the message had no such attribute."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.filter_patterns) <= 10 && alltrue([for pattern in var.filter_patterns : pattern != null])
    error_message = "filter_patterns must have at most 10 patterns, and none of them can be null."
  }

  # Source: API_Filter.html.
  validation {
    condition     = alltrue([for pattern in var.filter_patterns : length(try(jsonencode(merge({ eventName = var.event_names }, jsondecode(pattern))), "")) <= 4096])
    error_message = "filter_patterns must have patterns of at most 4096 characters each. The limit applies to the JSON that AWS receives, which includes eventName."
  }

  validation {
    condition     = alltrue([for pattern in var.filter_patterns : can(keys(jsondecode(pattern)))])
    error_message = "filter_patterns must be a list of JSON objects, such as jsonencode({ dynamodb = { NewImage = { status = { S = [\"PROCESSED\"] } } } })."
  }

  # Any other field of a record either has the same value for all of them, or cannot be used in a filter.
  validation {
    condition     = alltrue([for pattern in var.filter_patterns : can(keys(jsondecode(pattern))) ? try(join(",", keys(jsondecode(pattern))) == "dynamodb" && length(jsondecode(pattern).dynamodb) > 0 && length(setsubtract(keys(jsondecode(pattern).dynamodb), ["Keys", "NewImage", "OldImage"])) == 0, false) : true])
    error_message = "filter_patterns must have only dynamodb at the top level of each pattern, and only Keys, NewImage or OldImage below it. The module adds eventName to each pattern, from event_names. Instead of $or, use several patterns."
  }

  # On its own, because `terraform validate` does not know event_names, and leaves out a rule that needs it.
  validation {
    condition     = contains(var.event_names, "MODIFY") || !anytrue([for pattern in var.filter_patterns : can(jsondecode(pattern).dynamodb.OldImage)])
    error_message = "filter_patterns must not use OldImage unless event_names has MODIFY: an insert has no old image."
  }

  validation {
    condition = alltrue(flatten([
      for pattern in var.filter_patterns : [
        for part in try(values(jsondecode(pattern).dynamodb), []) : try(length(part) > 0 && alltrue([
          for attribute in values(part) : length(attribute) == 1 && length(setsubtract(keys(attribute), ["S", "N", "B", "BOOL", "NULL"])) == 0
        ]), false)
      ]
    ]))
    error_message = "filter_patterns must name exactly one type for each attribute, as in the stream: { status = { S = [\"PROCESSED\"] } }. The type is S, N, B, BOOL or NULL. A pattern cannot match the contents of a set, a list or a map."
  }

  # The rule compares JSON texts, because they distinguish "true" from true and "5" from 5.
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
    error_message = "filter_patterns must have a list for each attribute. Its elements are strings (for BOOL and NULL: true and false) or conditions: prefix, suffix or equals-ignore-case with a string, anything-but with a string or a list of strings, or exists with true or false. A filter treats numbers as strings: write { N = [\"300\"] }. The condition numeric is not available."
  }
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

variable "package_path" {
  description = "Path of the zip file that build.sh creates. Null: dist/scavenger.zip in the folder that contains modules/, which is part of each release. Use a path relative to the folder that Terraform runs in: an absolute path that differs between machines updates the function at each apply."
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

  validation {
    condition     = var.package_s3 == null || var.package_path == null
    error_message = "package_s3 and package_path must not both be set: the function has one package. Remove one of them."
  }

  # Source: API_FunctionCode.html.
  validation {
    condition     = var.package_s3 == null ? true : can(regex("^[a-zA-Z0-9._-]{3,63}$", var.package_s3.bucket)) && try(length(var.package_s3.key) >= 1 && length(var.package_s3.key) <= 1024, false) && (var.package_s3.object_version == null ? true : length(var.package_s3.object_version) >= 1 && length(var.package_s3.object_version) <= 1024)
    error_message = "package_s3 must have the name of a bucket (3 to 63 characters; not an ARN or a URL), a key of 1 to 1024 characters, and, if set, an object_version of 1 to 1024 characters."
  }

  validation {
    condition     = try(var.package_s3.source_code_hash, null) == null ? true : can(regex("^[A-Za-z0-9+/]{43}=$", var.package_s3.source_code_hash))
    error_message = "package_s3.source_code_hash must be the base64 text of the zip file's SHA-256, which has 44 characters, as filebase64sha256 returns it. For a hexadecimal SHA-256, run: xxd -r -p <<< <SHA-256> | base64"
  }
}

variable "batch_size" {
  description = "Maximum number of stream records per invocation: 1 to 10000."
  type        = number
  # The article's value. On a busy table, 1000 saves nine of ten invocations, with their log lines and traces
  # (docs/how-to/plan.md).
  default  = 100
  nullable = false

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000 && floor(var.batch_size) == var.batch_size
    error_message = "batch_size must be a whole number from 1 to 10000."
  }
}

variable "maximum_batching_window_in_seconds" {
  description = "Maximum time in seconds that Lambda waits for a batch to fill: 0 to 300."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.maximum_batching_window_in_seconds >= 0 && var.maximum_batching_window_in_seconds <= 300 && floor(var.maximum_batching_window_in_seconds) == var.maximum_batching_window_in_seconds
    error_message = "maximum_batching_window_in_seconds must be a whole number from 0 to 300."
  }
}

variable "parallelization_factor" {
  description = "Number of batches per shard that Lambda processes concurrently: 1 to 10. Lambda keeps the order of each item's records."
  type        = number
  # With the default memory and batches of 1,000, one batch at a time just keeps up with the 1,000 writes per second that a
  # shard takes.
  default  = 1
  nullable = false

  validation {
    condition     = var.parallelization_factor >= 1 && var.parallelization_factor <= 10 && floor(var.parallelization_factor) == var.parallelization_factor
    error_message = "parallelization_factor must be a whole number from 1 to 10."
  }
}

variable "starting_position" {
  description = "Position in the stream where a new event source mapping starts: TRIM_HORIZON (the oldest record that the stream still has) or LATEST, which misses records that are written in the minutes before polling starts. An existing mapping continues where it is."
  type        = string
  default     = "TRIM_HORIZON"
  nullable    = false

  validation {
    condition     = contains(["TRIM_HORIZON", "LATEST"], var.starting_position)
    error_message = "starting_position must be TRIM_HORIZON or LATEST: DynamoDB streams support no other position."
  }
}

variable "maximum_retry_attempts" {
  description = "Number of times that Lambda retries a batch before it sends the batch to the failure bucket: 0 to 10000. Only an invocation that does not get past the first record of its batch counts. -1: retry until the records expire."
  type        = number
  # Ten invocations that each last as long as the timeout survive ten minutes in which the table accepts no delete. An
  # invocation that deletes something consumes no retry (docs/decisions/0003-*.md): the age of its records then bounds a batch.
  default  = 10
  nullable = false

  validation {
    condition     = var.maximum_retry_attempts >= -1 && var.maximum_retry_attempts <= 10000 && floor(var.maximum_retry_attempts) == var.maximum_retry_attempts
    error_message = "maximum_retry_attempts must be a whole number from 0 to 10000, or -1 to retry until the records expire."
  }
}

variable "maximum_record_age_in_seconds" {
  description = "Maximum age of a record in seconds: 60 to 604800. Lambda sends older records to the failure bucket instead of the function. -1: no maximum."
  type        = number
  # 20 hours: Lambda saves older records in the bucket, four hours before the stream deletes them. `scavenger status` reports a
  # lag of LOSING_LAG_S (ops/scavenger_ops/status/thresholds.py), one hour less; tests/unit/test_thresholds.py compares them.
  default  = 72000
  nullable = false

  validation {
    condition     = var.maximum_record_age_in_seconds == -1 || (var.maximum_record_age_in_seconds >= 60 && var.maximum_record_age_in_seconds <= 604800 && floor(var.maximum_record_age_in_seconds) == var.maximum_record_age_in_seconds)
    error_message = "maximum_record_age_in_seconds must be a whole number from 60 to 604800, or -1 for no maximum."
  }
}

variable "memory_size" {
  description = "Memory of the function in MB: 128 to 10240. It also determines the function's share of a CPU."
  type        = number
  # 256 MB just keep up with the 1,000 writes per second that a shard takes at most, with batches of 100 and of 1,000
  # (docs/explanation/performance.md). Up to 1,769 MB, which is one whole CPU, more memory makes a busy function cheaper, but
  # it makes waiting for a throttled table more expensive.
  default  = 256
  nullable = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "memory_size must be a whole number from 128 to 10240."
  }
}

variable "timeout" {
  description = "Timeout of an invocation in seconds: 15 to 900."
  type        = number
  # About seven times what a batch of 10,000 takes with the default memory. The rest is for a throttled table.
  default  = 60
  nullable = false

  # AWS's minimum is 1. The function starts no request in its last 10 s, so fewer than 15 s would leave it little time to work.
  validation {
    condition     = var.timeout >= 15 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout must be a whole number from 15 to 900."
  }
}

variable "reserved_concurrent_executions" {
  description = "Maximum number of concurrent invocations, reserved from the account's quota: 0 (stops the function) or more. -1: nothing is reserved, and the function has no limit of its own."
  type        = number
  # The number of shards times parallelization_factor already limits them.
  default  = -1
  nullable = false

  validation {
    condition     = var.reserved_concurrent_executions >= -1 && floor(var.reserved_concurrent_executions) == var.reserved_concurrent_executions
    error_message = "reserved_concurrent_executions must be a whole number, 0 or more, or -1 to reserve nothing."
  }
}

variable "max_requests_in_flight" {
  description = "Maximum number of delete requests, of 25 rows each (with match_attributes, of one row), that an invocation sends concurrently: 1 to 50."
  type        = number
  # With 16, the CPU is the limit and not the waiting, up to one whole CPU at 1,769 MB, even if each row is a request. With
  # the default memory, 4 would be enough; the others are for responses that take longer. More would not be faster, and
  # would leave more requests half done when the table is throttled.
  default  = 16
  nullable = false

  validation {
    condition     = var.max_requests_in_flight >= 1 && var.max_requests_in_flight <= 50 && floor(var.max_requests_in_flight) == var.max_requests_in_flight
    error_message = "max_requests_in_flight must be a whole number from 1 to 50."
  }
}

variable "application_log_level" {
  description = "Minimum level of the function's log lines: INFO or DEBUG. DEBUG also logs the keys of deleted rows."
  type        = string
  default     = "INFO"
  nullable    = false

  # Lambda treats a line without a level as INFO. Lines in embedded metric format have no level: a higher level drops the
  # metrics.
  validation {
    condition     = contains(["DEBUG", "INFO"], var.application_log_level)
    error_message = "application_log_level must be DEBUG or INFO: with a higher level, Lambda would also drop the function's metrics."
  }
}

variable "log_retention_in_days" {
  description = "Number of days to keep the function's log: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653. 0: forever."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_in_days)
    error_message = "log_retention_in_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653, or 0 to keep the log forever."
  }
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

  validation {
    condition     = var.failure_bucket_name == null || var.create_failure_bucket
    error_message = "failure_bucket_name must be null if create_failure_bucket is false: no bucket is created. Use failure_bucket_name only with create_failure_bucket = true."
  }

  # S3 also allows dots, but advises against them: its TLS certificates do not match such host names.
  # Source: bucketnamingrules.html.
  validation {
    condition     = var.failure_bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.failure_bucket_name))
    error_message = "failure_bucket_name must have 3 to 63 characters of a-z, 0-9 and hyphen, and start and end with a letter or digit. It is a name, not an ARN. Dots are not supported."
  }

  validation {
    condition     = var.failure_bucket_name == null ? true : !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3|-an)$", var.failure_bucket_name))
    error_message = "failure_bucket_name must not start with xn--, sthree- or amzn-s3-demo-, or end with -s3alias, --ol-s3, --x-s3, --table-s3 or -an: S3 reserves these."
  }
}

variable "failure_bucket_force_destroy" {
  description = "Whether Terraform deletes the objects of the failure bucket when it deletes or replaces the bucket: records that were not redriven are then lost. False: the destroy fails while the bucket has objects. Takes effect when it is applied, so apply it before the destroy."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.failure_bucket_force_destroy || var.create_failure_bucket
    error_message = "failure_bucket_force_destroy must be false if create_failure_bucket is false: there is no bucket."
  }
}

variable "failure_retention_in_days" {
  description = "Number of days that the failure bucket keeps an object: 1 to 3650."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.failure_retention_in_days >= 1 && var.failure_retention_in_days <= 3650 && floor(var.failure_retention_in_days) == var.failure_retention_in_days
    error_message = "failure_retention_in_days must be a whole number from 1 to 3650."
  }
}

variable "failure_bucket_operator_arns" {
  description = "ARNs of IAM roles and users of this account that can read and delete objects in the failure bucket, if IAM allows it too. The bucket denies everyone else. Empty: nobody can."
  type        = list(string)
  default     = []
  nullable    = false

  # S3 rejects a bucket policy of more than 20 KB.
  validation {
    condition     = length(var.failure_bucket_operator_arns) <= 50 && alltrue([for arn in var.failure_bucket_operator_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[a-zA-Z0-9+=,.@_/-]+$", arn))])
    error_message = "failure_bucket_operator_arns must have at most 50 ARNs of IAM roles and users: arn:aws:iam::<account>:role/<path and name>. For the session of an assumed role, use the ARN of the role."
  }

  # IAM compares an ARN that includes the path. The ARN of a session does not show the path.
  validation {
    condition     = !anytrue([for arn in var.failure_bucket_operator_arns : strcontains(arn, ":role/AWSReservedSSO_")])
    error_message = "failure_bucket_operator_arns must have the ARNs of IAM Identity Center roles with their path, as `aws iam get-role` shows it: arn:aws:iam::<account>:role/aws-reserved/sso.amazonaws.com/<region>/AWSReservedSSO_<name>."
  }

  # The bucket's policy has only Deny statements. Another account would need an Allow there.
  validation {
    condition     = alltrue([for arn in var.failure_bucket_operator_arns : try(split(":", arn)[4], local.account_id) == local.account_id])
    error_message = "failure_bucket_operator_arns must be in the account of staging_table. Operators of another account assume a role in that account: use the ARN of that role."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts all stored data. Null: AWS managed keys. docs/reference/permissions.md has the key policy that it needs. You can replace the key later (for a table, four times in 24 hours), but not remove it: the provider leaves tables on the key that they have."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null for AWS managed keys."
  }

  validation {
    condition     = try(split(":", var.kms_key_arn)[3], local.region) == local.region
    error_message = "kms_key_arn must be the ARN of a key in the Region of staging_table."
  }

  # The role can use the key through dynamodb.<region>.amazonaws.com and s3.<region>.amazonaws.com (kms:ViaService). In other
  # partitions the names differ: in China they end with amazonaws.com.cn.
  validation {
    condition     = contains(["aws", "aws-us-gov"], try(split(":", var.kms_key_arn)[1], "aws"))
    error_message = "kms_key_arn must be in the partition aws or aws-us-gov: in other partitions DynamoDB and S3 have other service names, and the role's policy does not allow the key for them."
  }
}

variable "code_signing_config_arn" {
  description = "ARN of the code signing configuration that the function's package must satisfy. package_path or package_s3 must then name the signed zip file. Null: no code signing."
  type        = string
  default     = null

  validation {
    condition     = var.code_signing_config_arn == null ? true : can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:code-signing-config:csc-[a-z0-9]{17}$", var.code_signing_config_arn))
    error_message = "code_signing_config_arn must be the ARN of a code signing configuration (arn:aws:lambda:<region>:<account>:code-signing-config:csc-<id>), or null for no code signing."
  }
}

variable "role_arn" {
  description = "ARN of a role that you create for the function, in the account of staging_table. Lambda must be able to assume it, and it needs the policy in the output role_policy_json. For a role of the same configuration, write format(\"%s\", aws_iam_role.<name>.arn): then Terraform knows during the plan that it is not null. Null: the module creates the role."
  type        = string
  default     = null

  validation {
    condition     = var.role_arn == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$", var.role_arn))
    error_message = "role_arn must be the ARN of an IAM role (arn:aws:iam::<account>:role/<path and name>), or null."
  }

  validation {
    condition     = try(split(":", var.role_arn)[4], local.account_id) == local.account_id
    error_message = "role_arn must be a role in the account of staging_table: Lambda uses only roles of the function's account."
  }
}

variable "role_path" {
  description = "Path of the role that the module creates. It begins and ends with /, such as /service/."
  type        = string
  default     = "/"
  nullable    = false

  # Lambda accepts fewer characters than IAM. Sources: API_CreateRole.html of IAM, API_CreateFunction.html of Lambda.
  validation {
    condition     = can(regex("^/([a-zA-Z0-9+=,.@_/-]+/)?$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path must begin and end with /, such as /service/, and have at most 512 characters: letters, digits and + = , . @ _ / -."
  }

  validation {
    condition     = var.role_path == "/" || var.role_arn == null
    error_message = "role_path must not be set with role_arn: the module then creates no role. The path is part of role_arn."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that is the permissions boundary of the role that the module creates. The boundary must allow what the output role_policy_json allows. Null: no boundary."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[a-zA-Z0-9+=,.@_/-]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy (arn:aws:iam::<account>:policy/<path and name>), or null."
  }

  validation {
    condition     = contains(["aws", local.account_id], try(split(":", var.permissions_boundary_arn)[4], "aws"))
    error_message = "permissions_boundary_arn must be a policy in the account of staging_table, or one of AWS's: IAM uses no policy of another account."
  }

  validation {
    condition     = var.permissions_boundary_arn == null || var.role_arn == null
    error_message = "permissions_boundary_arn must be null if role_arn is set: the module then creates no role. Set the boundary where that role is created."
  }
}

variable "vpc_config" {
  description = "VPC subnets and security groups of the function, for organizations that require a VPC: the function does not need one. From the subnets, it must reach DynamoDB and S3, for example by their gateway endpoints. Null: no VPC."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null

  # Source: API_VpcConfig.html.
  validation {
    condition     = var.vpc_config == null ? true : try(contains(range(1, 17), length(var.vpc_config.subnet_ids)) && alltrue([for id in var.vpc_config.subnet_ids : can(regex("^subnet-[0-9a-z]+$", id))]), false)
    error_message = "vpc_config.subnet_ids must have 1 to 16 IDs of subnets (subnet-...)."
  }

  validation {
    condition     = var.vpc_config == null ? true : try(contains(range(1, 6), length(var.vpc_config.security_group_ids)) && alltrue([for id in var.vpc_config.security_group_ids : can(regex("^sg-[0-9a-zA-Z]+$", id))]), false)
    error_message = "vpc_config.security_group_ids must have 1 to 5 IDs of security groups (sg-...)."
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
