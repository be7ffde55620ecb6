# Tables that are given only by name are looked up twice. The first look-up has no conditions, and its name does not refer to a
# resource, so that Terraform reads it during each plan: key and stream stay known when something else of the table changes in
# the same apply (tags, capacity, an index), and nothing is replaced. A table that does not exist yet is looked up when it is
# created.
data "aws_dynamodb_tables" "existing" {
  count = var.messages_table.key_types == null || var.staging_table.key_types == null ? 1 : 0
}

data "aws_dynamodb_table" "messages" {
  count = var.messages_table.key_types == null ? 1 : 0

  name = contains(local.existing_table_names, var.messages_table.name) ? var.messages_table.name : data.aws_dynamodb_table.messages_applied[0].id
}

data "aws_dynamodb_table" "staging" {
  count = var.staging_table.key_types == null ? 1 : 0

  name = contains(local.existing_table_names, var.staging_table.name) ? var.staging_table.name : data.aws_dynamodb_table.staging_applied[0].id
}

# The second look-up has a condition, so that Terraform defers it until everything that the table's name depends on is applied.
# If nothing needs to be applied, Terraform reads it during the plan, and the plan fails for a table that does not exist.
# outputs.tf compares the two look-ups.
data "aws_dynamodb_table" "messages_applied" {
  count = var.messages_table.key_types == null ? 1 : 0

  name = var.messages_table.name

  lifecycle {
    postcondition {
      condition     = self.stream_enabled
      error_message = "messages_table must have a stream, but table ${self.name} has none, so nothing reports its inserts. Enable a stream where the table is configured: stream_enabled = true, and stream_view_type = \"KEYS_ONLY\" or the view type that its other stream consumers need. It is safe to enable a stream on a table in use."
    }
  }
}

data "aws_dynamodb_table" "staging_applied" {
  count = var.staging_table.key_types == null ? 1 : 0

  name = var.staging_table.name

  lifecycle {
    postcondition {
      condition     = self.name == var.staging_table.name
      error_message = "staging_table.name must be the name of a table, not ${var.staging_table.name}: DynamoDB returned table ${self.name} for it. Use that name."
    }
  }
}

locals {
  existing_table_names = flatten(data.aws_dynamodb_tables.existing[*].names)

  looked_up = {
    for role, tables in {
      messages         = data.aws_dynamodb_table.messages
      messages_applied = data.aws_dynamodb_table.messages_applied
      staging          = data.aws_dynamodb_table.staging
      staging_applied  = data.aws_dynamodb_table.staging_applied
      } : role => [
      for table in tables : {
        name             = table.name
        arn              = table.arn
        key_types        = tomap({ for attribute in table.attribute : attribute.name => attribute.type if contains([table.hash_key, table.range_key], attribute.name) })
        stream_arn       = table.stream_arn
        stream_view_type = table.stream_view_type
        kms_key_arn      = one(table.server_side_encryption[*].kms_key_arn)
      }
    ]
  }

  # The first look-up does not find a stream that is enabled in the same apply.
  found_messages = [
    for index, table in local.looked_up.messages : data.aws_dynamodb_table.messages[index].stream_enabled ? table : local.looked_up.messages_applied[index]
  ]

  messages_table = one(concat(local.found_messages, var.messages_table.key_types == null ? [] : [var.messages_table]))
  staging_table  = one(concat(local.looked_up.staging, var.staging_table.key_types == null ? [] : [var.staging_table]))

  # A table with a key that DynamoDB owns has no key ARN. An AWS managed key has one, but needs no permission.
  table_kms_key_arns = distinct(compact([local.messages_table.kms_key_arn, local.staging_table.kms_key_arn]))

  # For error messages.
  messages_key = join(" and ", [for name, type in local.messages_table.key_types : "${name} (${type})"])
  staging_key  = join(" and ", [for name, type in local.staging_table.key_types : "${name} (${type})"])

  # By input: the attributes that are not in every record, but only in its new image.
  images_needed = {
    for input, sources in { key_mapping = coalesce(var.key_mapping, {}), match_attributes = var.match_attributes } :
    input => setsubtract(values(sources), keys(local.messages_table.key_types))
    if length(setsubtract(values(sources), keys(local.messages_table.key_types))) > 0
  }
  has_new_image = contains(["NEW_IMAGE", "NEW_AND_OLD_IMAGES"], local.messages_table.stream_view_type)
  has_old_image = contains(["OLD_IMAGE", "NEW_AND_OLD_IMAGES"], local.messages_table.stream_view_type)
}
