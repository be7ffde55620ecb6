variable "name" {
  description = "Name of the table: 3 to 255 of a-z, A-Z, 0-9, underscore, hyphen and dot."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.name))
    error_message = "name must be 3 to 255 of a-z, A-Z, 0-9, underscore, hyphen and dot."
  }
}

variable "hash_key" {
  description = "Name of the partition key: 1 to 255 characters. DynamoDB changes neither names nor types of the key: a plan that asks for it is refused."
  type        = string
  default     = "messageId"
  nullable    = false

  validation {
    condition     = length(var.hash_key) >= 1 && length(var.hash_key) <= 255
    error_message = "hash_key must be 1 to 255 characters long."
  }
}

variable "hash_key_type" {
  description = "Type of the partition key: S (string), N (number) or B (binary)."
  type        = string
  default     = "S"
  nullable    = false

  validation {
    condition     = contains(["S", "N", "B"], var.hash_key_type)
    error_message = "hash_key_type must be S, N or B."
  }
}

variable "range_key" {
  description = "Name of the sort key: 1 to 255 characters, not that of the partition key; null for a table without one."
  type        = string
  default     = "createdAt"

  validation {
    condition     = var.range_key == null ? true : length(var.range_key) >= 1 && length(var.range_key) <= 255
    error_message = "range_key must be 1 to 255 characters long, or null for a table without a sort key."
  }

  validation {
    condition     = var.range_key == null ? true : var.range_key != var.hash_key
    error_message = "range_key must differ from hash_key: one attribute cannot be both."
  }
}

variable "range_key_type" {
  description = "Type of the sort key: S (string), N (number) or B (binary)."
  type        = string
  default     = "N"
  nullable    = false

  validation {
    condition     = contains(["S", "N", "B"], var.range_key_type)
    error_message = "range_key_type must be S, N or B."
  }
}

# To switch a stream on or off, the provider asks in the same UpdateTable (hashicorp/terraform-provider-aws issue 35673).
variable "billing_mode" {
  description = "How throughput is paid for: PROVISIONED (read_capacity and write_capacity apply) or PAY_PER_REQUEST (on demand). Change it, or a capacity, in another apply than the stream: AWS may refuse both at once."
  type        = string
  default     = "PROVISIONED"
  nullable    = false

  validation {
    condition     = contains(["PROVISIONED", "PAY_PER_REQUEST"], var.billing_mode)
    error_message = "billing_mode must be PROVISIONED or PAY_PER_REQUEST."
  }
}

variable "read_capacity" {
  description = "Provisioned read units a second: 1 or more; AWS's quota is 40000 unless raised. Without effect on demand. Each apply sets them again, so do not let autoscaling change them: for a load that varies, set billing_mode to PAY_PER_REQUEST, or bring a table of your own."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.read_capacity >= 1 && floor(var.read_capacity) == var.read_capacity
    error_message = "read_capacity must be a whole number, 1 or more."
  }
}

variable "write_capacity" {
  description = "Provisioned write units a second: 1 or more; AWS's quota is 40000 unless raised. Without effect on demand. A delete costs at least one. Each apply sets them again, so do not let autoscaling change them: for a load that varies, set billing_mode to PAY_PER_REQUEST, or bring a table of your own."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.write_capacity >= 1 && floor(var.write_capacity) == var.write_capacity
    error_message = "write_capacity must be a whole number, 1 or more."
  }
}

variable "stream_view_type" {
  description = "What a stream record holds: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES; null for a table without a stream, whose stream is switched off, even if others switched it on. Replicas need NEW_AND_OLD_IMAGES. Another view type makes another stream: docs/how-to/operate.md says what that takes. Change it in another apply than billing_mode and capacity: AWS may refuse both at once."
  type        = string
  default     = null

  validation {
    condition     = var.stream_view_type == null ? true : contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], var.stream_view_type)
    error_message = "stream_view_type must be KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES, or null for no stream."
  }
}

variable "ttl_attribute_name" {
  description = "Attribute with an item's time to live in epoch seconds: 1 to 255 characters; null leaves that to others, and switches nothing off; in a new table items stay. A plan that changes it to another attribute is refused, and says how to: DynamoDB takes one at a time."
  type        = string
  default     = null

  validation {
    condition     = var.ttl_attribute_name == null ? true : length(var.ttl_attribute_name) >= 1 && length(var.ttl_attribute_name) <= 255
    error_message = "ttl_attribute_name must be 1 to 255 characters long, or null for items that stay."
  }
}

# The number of exchanges: limits.html, "DynamoDB encryption at rest"; one more after six hours without any.
variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts all that is kept; null for keys that AWS manages. docs/explanation/security.md has the policy that it needs. It can be exchanged later, for a table four times in 24 hours, but not taken away: the provider leaves tables on the key that they have."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null for keys that AWS manages."
  }
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
