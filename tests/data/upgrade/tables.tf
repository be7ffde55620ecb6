# The tables of someone who calls the modules.
resource "aws_dynamodb_table" "messages" {
  name             = "orders-messages"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "messageId"
  range_key        = "createdAt"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "messageId"
    type = "S"
  }

  attribute {
    name = "createdAt"
    type = "N"
  }
}

resource "aws_dynamodb_table" "staging" {
  name         = "orders-staging"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "messageId"
  range_key    = "createdAt"

  attribute {
    name = "messageId"
    type = "S"
  }

  attribute {
    name = "createdAt"
    type = "N"
  }
}
