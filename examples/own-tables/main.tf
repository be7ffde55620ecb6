# Your tables, as you have them: nothing here is made by modules/table. Replace both blocks by yours.
resource "aws_dynamodb_table" "messages" {
  # checkov:skip=CKV_AWS_119: The keys are yours to choose. examples/production has one of its own.

  name             = "${var.name}-messages"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "messageId"
  range_key        = "createdAt"
  stream_enabled   = true
  stream_view_type = "KEYS_ONLY"
  tags             = var.tags

  attribute {
    name = "messageId"
    type = "S"
  }

  attribute {
    name = "createdAt"
    type = "N"
  }

  attribute {
    name = "customerId"
    type = "S"
  }

  global_secondary_index {
    name            = "by-customer"
    hash_key        = "customerId"
    projection_type = "KEYS_ONLY"
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_table" "staging" {
  # checkov:skip=CKV_AWS_119: As above.

  name         = "${var.name}-staging"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "messageId"
  range_key    = "createdAt"
  tags         = var.tags

  attribute {
    name = "messageId"
    type = "S"
  }

  attribute {
    name = "createdAt"
    type = "N"
  }

  # The backstop for rows that are never processed.
  ttl {
    enabled        = true
    attribute_name = "expiresAt"
  }

  point_in_time_recovery {
    enabled = true
  }
}

# The tables are described, so nothing has to be looked up. Only the attributes of the key are in key_types.
module "scavenger" {
  source = "../../modules/scavenger"

  name = var.name

  messages_table = {
    name             = aws_dynamodb_table.messages.name
    key_types        = { messageId = "S", createdAt = "N" }
    stream_arn       = aws_dynamodb_table.messages.stream_arn
    stream_view_type = aws_dynamodb_table.messages.stream_view_type
  }

  staging_table = {
    name      = aws_dynamodb_table.staging.name
    key_types = { messageId = "S", createdAt = "N" }
    arn       = aws_dynamodb_table.staging.arn
  }

  tags = var.tags
}

module "monitoring" {
  source = "../../modules/monitoring"

  function_name             = module.scavenger.function_name
  event_source_mapping_uuid = module.scavenger.event_source_mapping_uuid
  messages_table_name       = aws_dynamodb_table.messages.name
  staging_table_arn         = aws_dynamodb_table.staging.arn
  failure_bucket_name       = module.scavenger.failure_bucket_name
  tags                      = var.tags
}
