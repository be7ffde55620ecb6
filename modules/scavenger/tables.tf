# Tables that are given by name are looked up twice. The first look-up has no conditions and is named without a reference to a
# resource, so that Terraform reads it for each plan: whatever else changes of the table in the same apply (tags, capacity, an
# index), key and stream stay known, and nothing is replaced. A table that is not there yet is looked up when it is made.
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

# The second look-up has a condition, so that Terraform puts it off until all is applied that the table's name depends on. If
# nothing is, it is read for the plan, and a table that nobody makes is refused there. outputs.tf compares the two.
data "aws_dynamodb_table" "messages_applied" {
  count = var.messages_table.key_types == null ? 1 : 0

  name = var.messages_table.name

  lifecycle {
    postcondition {
      condition     = self.stream_enabled
      error_message = "Table ${self.name} has no stream, so nothing tells of its inserts. Switch one on where the table is made: stream_enabled = true, and stream_view_type = \"KEYS_ONLY\" or whatever its other readers need. It does no harm to a table in use."
    }
  }
}

data "aws_dynamodb_table" "staging_applied" {
  count = var.staging_table.key_types == null ? 1 : 0

  name = var.staging_table.name

  lifecycle {
    postcondition {
      condition     = self.name == var.staging_table.name
      error_message = "staging_table.name must be the name of a table: DynamoDB has ${self.name} for ${var.staging_table.name}."
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

  # A stream that is switched on in the same apply is not there for the first look-up.
  found_messages = [
    for index, table in local.looked_up.messages : data.aws_dynamodb_table.messages[index].stream_enabled ? table : local.looked_up.messages_applied[index]
  ]

  messages_table = one(concat(local.found_messages, var.messages_table.key_types == null ? [] : [var.messages_table]))
  staging_table  = one(concat(local.looked_up.staging, var.staging_table.key_types == null ? [] : [var.staging_table]))

  # With a key that DynamoDB owns, there is none; one that AWS manages is named, but needs no permission.
  table_kms_key_arns = distinct(compact([local.messages_table.kms_key_arn, local.staging_table.kms_key_arn]))

  # In words, for errors.
  messages_key = join(" and ", [for name, type in local.messages_table.key_types : "${name} (${type})"])
  staging_key  = join(" and ", [for name, type in local.staging_table.key_types : "${name} (${type})"])

  # What is not in every record, but in its new image alone.
  images_needed = setsubtract(values(coalesce(var.key_mapping, {})), keys(local.messages_table.key_types))
  has_new_image = contains(["NEW_IMAGE", "NEW_AND_OLD_IMAGES"], local.messages_table.stream_view_type)
}
