# A deployment with a reconciler, for a table of 100,000 rows. Only the reconciler deletes rows.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {}

variable "schedule_expression" {
  type    = string
  default = null
}

module "messages_table" {
  source = "../../modules/table"

  name             = "reconciled-messages"
  hash_key         = "messageId"
  billing_mode     = "PAY_PER_REQUEST"
  stream_view_type = "NEW_AND_OLD_IMAGES"
}

module "staging_table" {
  source = "../../modules/table"

  name         = "reconciled-staging"
  hash_key     = "messageId"
  billing_mode = "PAY_PER_REQUEST"
}

# Paused.
module "scavenger" {
  source = "../../modules/scavenger"

  name                  = "reconciled"
  messages_table        = module.messages_table
  staging_table         = module.staging_table
  match_attributes      = { version = "version" }
  enabled               = false
  create_failure_bucket = false
}

module "reconciler" {
  source = "../../modules/reconciler"

  function_name       = module.scavenger.function_name
  staging_table       = module.staging_table
  messages_table      = module.messages_table
  schedule_expression = var.schedule_expression
  apply               = var.schedule_expression != null
  max_read_units      = 1000000
  max_write_units     = 1000000
  max_concurrency     = 4
  timeout             = 180
}

output "state_machine_arn" {
  value = module.reconciler.state_machine_arn
}
