resource "aws_dynamodb_table" "this" {
  # checkov:skip=CKV_AWS_28: Recovery is an input, because its cost depends on the table size. examples/production enables it.
  # checkov:skip=CKV2_AWS_16: Capacity is an input. For a variable load, use on-demand capacity, as in examples/production.

  name           = var.name
  billing_mode   = var.billing_mode
  read_capacity  = var.billing_mode == "PROVISIONED" ? var.read_capacity : null
  write_capacity = var.billing_mode == "PROVISIONED" ? var.write_capacity : null

  hash_key  = var.hash_key
  range_key = var.range_key

  stream_enabled   = var.stream_view_type != null
  stream_view_type = var.stream_view_type

  deletion_protection_enabled = var.deletion_protection_enabled

  attribute {
    name = var.hash_key
    type = var.hash_key_type
  }

  dynamic "attribute" {
    for_each = var.range_key == null ? [] : [var.range_key]

    content {
      name = attribute.value
      type = var.range_key_type
    }
  }

  dynamic "ttl" {
    for_each = var.ttl_attribute_name == null ? [] : [var.ttl_attribute_name]

    content {
      enabled        = true
      attribute_name = ttl.value
    }
  }

  # Enabled without a key means the AWS managed key. Disabled would mean a key that DynamoDB owns.
  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  dynamic "point_in_time_recovery" {
    for_each = var.point_in_time_recovery_enabled == null ? [] : [var.point_in_time_recovery_enabled]

    content {
      enabled = point_in_time_recovery.value
    }
  }

  tags = var.tags

  lifecycle {
    ignore_changes = [
      # Other configurations may add indexes, with their key attributes, and replicas, and may change the table class and the
      # on-demand limits.
      attribute,
      global_secondary_index,
      local_secondary_index,
      on_demand_throughput,
      replica,
      table_class,
      # The postcondition below compares the key.
      hash_key,
      range_key,
    ]

    # If changes of the key were not ignored, another key would replace the table. Another type of a key attribute would not
    # change the table, but the function would receive it. A table that this plan creates or replaces has the configured key.
    postcondition {
      condition     = self.hash_key == var.hash_key && (self.range_key == null ? "" : self.range_key) == (var.range_key == null ? "" : var.range_key) && alltrue([for name, type in local.key_types : contains([for attribute in self.attribute : "${attribute.name} ${attribute.type}"], "${name} ${type}")])
      error_message = "hash_key, hash_key_type, range_key and range_key_type must match the key of table ${self.name}, because DynamoDB cannot change a key: it has ${join(" and ", [for attribute in self.attribute : "${attribute.name} (${attribute.type})" if contains([self.hash_key, self.range_key], attribute.name)])}. Revert the change. For a table with another key, use another module block. To delete this table with all its items and create a new one, apply with -replace=<address of the module>.aws_dynamodb_table.this."
    }

    # DynamoDB rejects the deletion of a protected table, but only during the apply, when other resources are already deleted.
    precondition {
      condition     = alltrue([for protected in terraform_data.protected : protected.output == local.identity])
      error_message = "name, hash_key, hash_key_type, range_key and range_key_type of a protected table cannot change: the apply would delete table ${join("", terraform_data.protected[*].output.name)} with all its items and create a new one. Revert the change. If you do want to replace the table, copy the items that you need, apply only deletion_protection_enabled = false, and then apply the change."
    }
  }
}

locals {
  key_types = merge(
    { (var.hash_key) = var.hash_key_type },
    var.range_key == null ? {} : { (var.range_key) = var.range_key_type },
  )

  # Properties that DynamoDB cannot change.
  identity = {
    name           = var.name
    hash_key       = var.hash_key
    hash_key_type  = var.hash_key_type
    range_key      = var.range_key
    range_key_type = var.range_key == null ? null : var.range_key_type
  }
}

# Stores the table's properties from when its protection was enabled.
resource "terraform_data" "protected" {
  count = var.deletion_protection_enabled ? 1 : 0

  input = local.identity

  lifecycle {
    ignore_changes = [input]
  }
}

# Stores the attribute for which the table's TTL was enabled. It depends on the table, so that nothing is stored if the table
# could not be created.
resource "terraform_data" "ttl_attribute" {
  count = var.ttl_attribute_name == null ? 0 : 1

  input = var.ttl_attribute_name

  # A new table has no TTL attribute yet.
  triggers_replace = local.identity

  depends_on = [aws_dynamodb_table.this]

  lifecycle {
    ignore_changes = [input]

    # DynamoDB rejects a second attribute, but only during the apply.
    postcondition {
      condition     = self.output == var.ttl_attribute_name
      error_message = "ttl_attribute_name cannot change from ${self.output} to ${var.ttl_attribute_name} in one apply: DynamoDB accepts no second TTL attribute while one is active, and only about one change per hour. Set ttl_attribute_name to null and apply, which leaves the TTL as it is. Disable the TTL: aws dynamodb update-time-to-live --table-name ${var.name} --time-to-live-specification Enabled=false,AttributeName=${self.output}. After an hour, set the new name and apply."
    }
  }
}
