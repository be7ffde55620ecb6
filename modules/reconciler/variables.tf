variable "function_name" {
  description = "Name of the scavenger's function. The names of all resources contain it. 1 to 53 characters of a-z, A-Z, 0-9, underscore and hyphen."
  type        = string
  nullable    = false

  # The worker's name is 11 characters longer, and a function's has at most 64. Source: API_CreateFunction.html.
  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,53}$", var.function_name))
    error_message = "function_name must have 1 to 53 characters of a-z, A-Z, 0-9, underscore and hyphen, because the worker's name is <function_name>-reconciler. Deploy the scavenger under a shorter name, or use the command scavenger reconcile instead of this module."
  }
}

variable "staging_table" {
  description = "The staging table, as in the output staging_table of modules/scavenger or in the outputs of modules/table: its name, its ARN, and the ARN of its customer managed KMS key, if it has one."
  type = object({
    name        = string
    arn         = string
    kms_key_arn = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}$", var.staging_table.arn)) && try(endswith(var.staging_table.arn, ":table/${var.staging_table.name}"), false)
    error_message = "staging_table must have the name of a table and its ARN: arn:aws:dynamodb:<region>:<account>:table/<name>."
  }
}

variable "messages_table" {
  description = "The messages table, in the account and Region of staging_table, as in the output messages_table of modules/scavenger or in the outputs of modules/table: its name, the type (S, N or B) of each key attribute by name, the ARN of its stream, and the ARN of its customer managed KMS key, if it has one."
  type = object({
    name        = string
    key_types   = map(string)
    stream_arn  = string
    kms_key_arn = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}/stream/.+$", var.messages_table.stream_arn)) && try(strcontains(var.messages_table.stream_arn, ":table/${var.messages_table.name}/stream/"), false)
    error_message = "messages_table must have the name of a table and the ARN of its stream: arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>."
  }

  validation {
    condition     = try(contains([1, 2], length(var.messages_table.key_types)) && alltrue([for type in values(var.messages_table.key_types) : contains(["S", "N", "B"], type)]), false)
    error_message = "messages_table.key_types must have one or two key attributes, each with its type: S, N or B."
  }

  # The worker looks the tables up by their names.
  validation {
    condition     = try(slice(split(":", var.messages_table.stream_arn), 0, 5) == slice(split(":", var.staging_table.arn), 0, 5), true)
    error_message = "messages_table must be in the account and Region of staging_table: tables of two accounts or Regions cannot be reconciled."
  }
}

variable "key_mapping" {
  description = "The key_mapping of the scavenger. It determines which table the worker scans, and so what its role may read. Null: both tables have the same key."
  type        = map(string)
  default     = null

  validation {
    condition     = var.key_mapping == null ? true : contains([1, 2], length(var.key_mapping)) && alltrue([for name in values(var.key_mapping) : name == null ? false : length(name) >= 1 && length(name) <= 255])
    error_message = "key_mapping must be that of the scavenger: each of the one or two key attributes of the staging table, with the name of an attribute of the message (1 to 255 characters). Or null, if both tables have the same key."
  }
}

variable "age_attribute" {
  description = "Attribute with the time of a row: an epoch time in seconds, milliseconds or microseconds, or an ISO 8601 time. A row without it is never deleted, unless older_than_in_seconds is 0. 1 to 255 characters."
  type        = string
  default     = "createdAt"
  nullable    = false

  validation {
    condition     = length(var.age_attribute) >= 1 && length(var.age_attribute) <= 255
    error_message = "age_attribute must be the name of an attribute: 1 to 255 characters."
  }
}

variable "older_than_in_seconds" {
  description = "Age in seconds from which a row is deleted, or counted as unprocessed: 0 to 315360000. The function has that time to delete a row itself. 0: the age does not matter."
  type        = number
  default     = 3600
  nullable    = false

  # Ten years, more than a TTL leaves any row.
  validation {
    condition     = var.older_than_in_seconds >= 0 && var.older_than_in_seconds <= 315360000 && floor(var.older_than_in_seconds) == var.older_than_in_seconds
    error_message = "older_than_in_seconds must be a whole number from 0 to 315360000."
  }
}

variable "max_read_units" {
  description = "Maximum number of read capacity units per second that all workers together consume of each table: 0.1 to 1000000000. Null: a quarter of what the table has."
  type        = number
  default     = null

  validation {
    condition     = var.max_read_units == null ? true : var.max_read_units >= 0.1 && var.max_read_units <= 1000000000 && can(regex("^[0-9]+([.][0-9]{1,3})?$", tostring(var.max_read_units)))
    error_message = "max_read_units must be a number from 0.1 to 1000000000 with at most three decimal places, or null for a quarter of what the table has."
  }
}

variable "max_write_units" {
  description = "Maximum number of write capacity units per second that the deletes of all workers together consume: 0.1 to 1000000000. Null: a quarter of what the staging table has."
  type        = number
  default     = null

  validation {
    condition     = var.max_write_units == null ? true : var.max_write_units >= 0.1 && var.max_write_units <= 1000000000 && can(regex("^[0-9]+([.][0-9]{1,3})?$", tostring(var.max_write_units)))
    error_message = "max_write_units must be a number from 0.1 to 1000000000 with at most three decimal places, or null for a quarter of what the staging table has."
  }
}

variable "max_concurrency" {
  description = "Maximum number of workers at the same time: 1 to 1000. They take concurrency from the account's quota, 1000 by default, and share max_read_units and max_write_units."
  type        = number
  # Ten read about 100,000 rows a second, far more than a quarter of a usual table's capacity allows.
  default  = 10
  nullable = false

  validation {
    condition     = var.max_concurrency >= 1 && var.max_concurrency <= 1000 && floor(var.max_concurrency) == var.max_concurrency
    error_message = "max_concurrency must be a whole number from 1 to 1000."
  }
}

variable "schedule_expression" {
  description = "Schedule of the runs, in UTC, such as cron(0 3 * * ? *) or rate(1 day). A run that begins while another one works ends at once. Null: no schedule."
  type        = string
  default     = null

  # Source: API_CreateSchedule.html of EventBridge Scheduler.
  validation {
    condition     = var.schedule_expression == null ? true : can(regex("^(cron|rate|at)\\(.+\\)$", var.schedule_expression)) && length(var.schedule_expression) <= 256
    error_message = "schedule_expression must be an expression of EventBridge Scheduler, such as cron(0 3 * * ? *), rate(1 day) or at(2030-01-01T03:00:00), with at most 256 characters. Or null for no schedule."
  }
}

variable "apply" {
  description = "Whether the scheduled runs delete. False: they only count."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.apply || var.schedule_expression != null
    error_message = "apply must be false without schedule_expression: it is for scheduled runs. Set schedule_expression, or start a run that deletes: scavenger reconcile --on-aws --apply."
  }
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

variable "memory_size" {
  description = "Memory of the worker in MB: 128 to 10240. It also determines the worker's share of a CPU."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "memory_size must be a whole number from 128 to 10240."
  }
}

variable "timeout" {
  description = "Timeout of an invocation of the worker in seconds: 180 to 900. It works for a third of that time, and hands the rest of its segment on."
  type        = number
  default     = 900
  nullable    = false

  # Beside that third, a throttled table may take 60 seconds for a page, and 60 more for its last deletes.
  validation {
    condition     = var.timeout >= 180 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout must be a whole number from 180 to 900."
  }
}

variable "log_retention_in_days" {
  description = "Number of days to keep the worker's log: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653. 0: forever."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_in_days)
    error_message = "log_retention_in_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653, or 0 to keep the log forever."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the environment variables of both functions, the worker's log, and the history of the runs. Set the kms_key_arn of the scavenger, so that the worker can read its settings. Null: AWS managed keys. docs/reference/permissions.md has the key policy that it needs."
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

  # As in modules/scavenger: in other partitions the services that use the key have other names.
  validation {
    condition     = contains(["aws", "aws-us-gov"], try(split(":", var.kms_key_arn)[1], "aws"))
    error_message = "kms_key_arn must be in the partition aws or aws-us-gov: in other partitions Lambda and DynamoDB have other service names, and the worker's policy does not allow the key for them."
  }
}

variable "code_signing_config_arn" {
  description = "ARN of the code signing configuration that the worker's package must satisfy. package_path or package_s3 must then name the signed zip file. Null: no code signing."
  type        = string
  default     = null

  validation {
    condition     = var.code_signing_config_arn == null ? true : can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:code-signing-config:csc-[a-z0-9]{17}$", var.code_signing_config_arn))
    error_message = "code_signing_config_arn must be the ARN of a code signing configuration (arn:aws:lambda:<region>:<account>:code-signing-config:csc-<id>), or null for no code signing."
  }
}

variable "role_path" {
  description = "Path of the three roles. It begins and ends with /, such as /service/."
  type        = string
  default     = "/"
  nullable    = false

  # Lambda accepts fewer characters than IAM. Sources: API_CreateRole.html of IAM, API_CreateFunction.html of Lambda.
  validation {
    condition     = can(regex("^/([a-zA-Z0-9+=,.@_/-]+/)?$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path must begin and end with /, such as /service/, and have at most 512 characters: letters, digits and + = , . @ _ / -."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that is the permissions boundary of the three roles. docs/reference/permissions.md has what it must allow. Null: no boundary."
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
}

variable "vpc_config" {
  description = "VPC subnets and security groups of the worker, for organizations that require a VPC: the worker does not need one. From the subnets, it must reach DynamoDB, Lambda and Step Functions, for example by their endpoints. Null: no VPC."
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
