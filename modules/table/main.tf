resource "aws_dynamodb_table" "this" {
  # checkov:skip=CKV_AWS_28: Recovery is an input, since it costs by the size of the table. It is on in examples/production.
  # checkov:skip=CKV2_AWS_16: Capacity is an input. A table whose load varies is on demand, as in examples/production.

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

  # Enabled without a key means the AWS managed key; not enabled would be a key that DynamoDB owns.
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
      # Others add indexes, with the attributes of their keys, and replicas, and move what is paid for storage.
      attribute,
      global_secondary_index,
      local_secondary_index,
      on_demand_throughput,
      replica,
      table_class,
      # The key that the table has is compared below.
      hash_key,
      range_key,
    ]

    # Were it not ignored, another key would replace the table, and another type of a key attribute would change nothing at all,
    # but be told to the function. A table that is made or replaced in this plan has the configured key.
    postcondition {
      condition     = self.hash_key == var.hash_key && (self.range_key == null ? "" : self.range_key) == (var.range_key == null ? "" : var.range_key) && alltrue([for name, type in local.key_types : contains([for attribute in self.attribute : "${attribute.name} ${attribute.type}"], "${name} ${type}")])
      error_message = "hash_key, hash_key_type, range_key and range_key_type must be those that table ${self.name} has, since DynamoDB changes no key: it has ${join(" and ", [for attribute in self.attribute : "${attribute.name} (${attribute.type})" if contains([self.hash_key, self.range_key], attribute.name)])}. Take the change back; a table with another key takes a module of its own. To delete this one with all that is in it and make another, apply with -replace=<address of the module>.aws_dynamodb_table.this."
    }

    # DynamoDB refuses to delete a protected table, but only while the plan is carried out, and by then more is gone.
    precondition {
      condition     = alltrue([for protected in terraform_data.protected : protected.output == local.identity])
      error_message = "Name and key of a table cannot be changed: this would delete table ${join("", terraform_data.protected[*].output.name)} with all that is in it, and make another. Take the change back. Or, if it is meant, copy what you need, apply deletion_protection_enabled = false alone, and then the change."
    }
  }
}

locals {
  key_types = merge(
    { (var.hash_key) = var.hash_key_type },
    var.range_key == null ? {} : { (var.range_key) = var.range_key_type },
  )

  # What DynamoDB cannot change of a table.
  identity = {
    name           = var.name
    hash_key       = var.hash_key
    hash_key_type  = var.hash_key_type
    range_key      = var.range_key
    range_key_type = var.range_key == null ? null : var.range_key_type
  }
}

# Remembers the table as it was when its protection was switched on.
resource "terraform_data" "protected" {
  count = var.deletion_protection_enabled ? 1 : 0

  input = local.identity

  lifecycle {
    ignore_changes = [input]
  }
}

# Remembers the attribute that the table's time to live was switched on for. After the table, so that of one that could not be
# made nothing is remembered.
resource "terraform_data" "ttl_attribute" {
  count = var.ttl_attribute_name == null ? 0 : 1

  input = var.ttl_attribute_name

  # Another table has none yet.
  triggers_replace = local.identity

  depends_on = [aws_dynamodb_table.this]

  lifecycle {
    ignore_changes = [input]

    # DynamoDB refuses a second attribute, but only while the plan is carried out.
    postcondition {
      condition     = self.output == var.ttl_attribute_name
      error_message = "ttl_attribute_name cannot be changed from ${self.output} to ${var.ttl_attribute_name} in one apply: DynamoDB takes no second attribute while one is active, and about one change an hour. Set it to null, and apply, which leaves the time to live as it is. Switch that off: aws dynamodb update-time-to-live --table-name ${var.name} --time-to-live-specification Enabled=false,AttributeName=${self.output}. After an hour, set the new name, and apply."
    }
  }
}
