# The configuration of an adopter: it creates the tables too, and changes them now and then.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {}

variable "changes" {
  description = "Changes since the first apply: settings (of all tables, and other harmless changes), view_type."
  type        = set(string)
  default     = []
}

locals {
  tags      = contains(var.changes, "settings") ? { team = "messages" } : {}
  capacity  = contains(var.changes, "settings") ? 6 : 5
  index     = contains(var.changes, "settings") ? ["owner"] : []
  ttl       = contains(var.changes, "settings") ? ["expiresAt"] : []
  view_type = contains(var.changes, "view_type") ? "NEW_IMAGE" : "KEYS_ONLY"
}

resource "aws_dynamodb_table" "messages" {
  name             = "adopter-messages"
  read_capacity    = local.capacity
  write_capacity   = local.capacity
  hash_key         = "messageId"
  range_key        = "createdAt"
  stream_enabled   = true
  stream_view_type = local.view_type
  tags             = local.tags

  attribute {
    name = "messageId"
    type = "S"
  }

  attribute {
    name = "createdAt"
    type = "N"
  }

  dynamic "attribute" {
    for_each = local.index

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.index

    content {
      name            = "by-owner"
      hash_key        = global_secondary_index.value
      projection_type = "KEYS_ONLY"
      read_capacity   = 1
      write_capacity  = 1
    }
  }

  dynamic "ttl" {
    for_each = local.ttl

    content {
      enabled        = true
      attribute_name = ttl.value
    }
  }

  point_in_time_recovery {
    enabled = contains(var.changes, "settings")
  }
}

resource "aws_dynamodb_table" "staging" {
  name         = "adopter-staging"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "messageId"
  range_key    = "createdAt"
  tags         = local.tags

  attribute {
    name = "messageId"
    type = "S"
  }

  attribute {
    name = "createdAt"
    type = "N"
  }

  dynamic "ttl" {
    for_each = local.ttl

    content {
      enabled        = true
      attribute_name = ttl.value
    }
  }
}

module "scavenger" {
  source = "../../modules/scavenger"

  name              = "adopter"
  messages_table    = { name = aws_dynamodb_table.messages.name }
  staging_table     = { name = aws_dynamodb_table.staging.name }
  starting_position = contains(var.changes, "settings") ? "LATEST" : "TRIM_HORIZON"
  tags              = local.tags
}

resource "aws_dynamodb_table" "described" {
  for_each = toset(["messages", "staging"])

  name             = "adopter-described-${each.key}"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "messageId"
  stream_enabled   = each.key == "messages"
  stream_view_type = each.key == "messages" ? local.view_type : null

  attribute {
    name = "messageId"
    type = "S"
  }
}

# With a full description of its tables.
module "described" {
  source = "../../modules/scavenger"

  name = "adopter-described"
  messages_table = {
    name             = aws_dynamodb_table.described["messages"].name
    key_types        = { messageId = "S" }
    stream_arn       = aws_dynamodb_table.described["messages"].stream_arn
    stream_view_type = local.view_type
  }
  staging_table = {
    name      = aws_dynamodb_table.described["staging"].name
    key_types = { messageId = "S" }
    arn       = aws_dynamodb_table.described["staging"].arn
  }
  create_failure_bucket = false
  tags                  = local.tags
}

output "failure_bucket_name" {
  value = module.scavenger.failure_bucket_name
}

output "mappings" {
  value = {
    named     = module.scavenger.event_source_mapping_uuid
    described = module.described.event_source_mapping_uuid
  }
}

output "streams" {
  value = {
    named     = module.scavenger.messages_table_stream_arn
    described = module.described.messages_table_stream_arn
  }
}
