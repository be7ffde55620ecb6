# Of a table that exists, all but its name is looked up when the plan is made.
data "aws_dynamodb_table" "messages" {
  count = var.messages_table.key_types == null ? 1 : 0

  name = var.messages_table.name

  lifecycle {
    postcondition {
      condition     = self.stream_enabled
      error_message = "Table ${self.name} has no stream, so nothing tells of its inserts. Switch one on where the table is made: stream_enabled = true, and stream_view_type = \"KEYS_ONLY\" or whatever its other readers need. It does no harm to a table in use."
    }
  }
}

data "aws_dynamodb_table" "staging" {
  count = var.staging_table.key_types == null ? 1 : 0

  name = var.staging_table.name
}

locals {
  looked_up = {
    for role, tables in { messages = data.aws_dynamodb_table.messages, staging = data.aws_dynamodb_table.staging } : role => [
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
  messages_table = one(concat(local.looked_up.messages, var.messages_table.key_types == null ? [] : [var.messages_table]))
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
