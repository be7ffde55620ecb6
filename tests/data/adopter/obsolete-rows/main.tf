# Two deployments of the root for pipelines that stage keys again: one compares rows with messages, and one has messages that are
# done when an update says so.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {}

variable "event_names" {
  type    = list(string)
  default = ["INSERT", "MODIFY"]
}

module "compared" {
  source = "../.."

  name                  = "compared"
  match_attributes      = { receivedAt = "receivedAt" }
  create_failure_bucket = false
}

module "updated" {
  source = "../.."

  name                  = "updated"
  event_names           = var.event_names
  create_failure_bucket = false

  filter_patterns = [jsonencode({ dynamodb = {
    NewImage = { status = { S = ["PROCESSED"] } }
    OldImage = { status = { S = [{ anything-but = ["PROCESSED"] }, { exists = false }] } }
  } })]
}
