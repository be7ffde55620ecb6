variable "name" {
  description = "Name of the table: 3 to 255 characters of a-z, A-Z, 0-9, underscore, hyphen and dot."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.name))
    error_message = "name must have 3 to 255 characters of a-z, A-Z, 0-9, underscore, hyphen and dot."
  }
}

variable "hash_key" {
  description = "Name of the partition key: 1 to 255 characters. DynamoDB cannot change the attributes of a key or their types: a plan that changes them fails."
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
  description = "Name of the sort key: 1 to 255 characters, different from the partition key. Null: no sort key."
  type        = string
  default     = "createdAt"

  validation {
    condition     = var.range_key == null ? true : length(var.range_key) >= 1 && length(var.range_key) <= 255
    error_message = "range_key must be 1 to 255 characters long, or null for a table without a sort key."
  }

  validation {
    condition     = var.range_key == null ? true : var.range_key != var.hash_key
    error_message = "range_key must differ from hash_key: an attribute cannot be both keys."
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

# The provider sends a change of the stream in the same UpdateTable request (hashicorp/terraform-provider-aws issue 35673).
variable "billing_mode" {
  description = "Billing mode: PROVISIONED (uses read_capacity and write_capacity) or PAY_PER_REQUEST (on demand). Do not change it, or a capacity, in the same apply as the stream: AWS may reject both at once."
  type        = string
  default     = "PROVISIONED"
  nullable    = false

  validation {
    condition     = contains(["PROVISIONED", "PAY_PER_REQUEST"], var.billing_mode)
    error_message = "billing_mode must be PROVISIONED or PAY_PER_REQUEST."
  }
}

variable "read_capacity" {
  description = "Provisioned read capacity units (RCU) per second: 1 or more; AWS's default quota is 40000. Not used on demand. Each apply sets this value again, so do not use auto scaling with it: for a variable load, set billing_mode to PAY_PER_REQUEST, or use a table of your own."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.read_capacity >= 1 && floor(var.read_capacity) == var.read_capacity
    error_message = "read_capacity must be a whole number, 1 or more."
  }
}

variable "write_capacity" {
  description = "Provisioned write capacity units (WCU) per second: 1 or more; AWS's default quota is 40000. Not used on demand. Each delete consumes at least one. Each apply sets this value again, so do not use auto scaling with it: for a variable load, set billing_mode to PAY_PER_REQUEST, or use a table of your own."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.write_capacity >= 1 && floor(var.write_capacity) == var.write_capacity
    error_message = "write_capacity must be a whole number, 1 or more."
  }
}

variable "stream_view_type" {
  description = "Contents of a stream record: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES. Null: no stream; an existing stream is disabled, even if someone else enabled it. Replicas need NEW_AND_OLD_IMAGES. A different view type creates a new stream: docs/how-to/operate.md has the steps. Do not change it in the same apply as billing_mode or a capacity: AWS may reject both at once."
  type        = string
  default     = null

  validation {
    condition     = var.stream_view_type == null ? true : contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], var.stream_view_type)
    error_message = "stream_view_type must be KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES, or null for no stream."
  }
}

variable "ttl_attribute_name" {
  description = "Name of the time to live (TTL) attribute, which has an item's expiry time in epoch seconds: 1 to 255 characters. Null: not managed here, and an existing TTL stays enabled; items of a new table do not expire. A plan that changes it to another attribute fails with the steps to follow: DynamoDB allows one TTL attribute at a time."
  type        = string
  default     = null

  validation {
    condition     = var.ttl_attribute_name == null ? true : length(var.ttl_attribute_name) >= 1 && length(var.ttl_attribute_name) <= 255
    error_message = "ttl_attribute_name must be 1 to 255 characters long, or null for no TTL attribute."
  }
}

# Source of the number of replacements: limits.html, "DynamoDB encryption at rest". One more is possible after six hours without
# any.
variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts all stored data. Null: AWS managed keys. docs/reference/permissions.md has the key policy that it needs. You can replace the key later (for a table, four times in 24 hours), but not remove it: the provider leaves tables on the key that they have."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null for AWS managed keys."
  }
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
