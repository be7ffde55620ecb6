# Two tables of modules/table that others also change.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {}

variable "changes" {
  description = "Changes since the first apply: key_type, no_ttl, other_ttl."
  type        = set(string)
  default     = []
}

module "table" {
  source = "../../modules/table"

  name             = "adopter-others-change-it"
  stream_view_type = "NEW_AND_OLD_IMAGES"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key_type    = contains(var.changes, "key_type") ? "B" : "S"
}

module "expiring" {
  source = "../../modules/table"

  name               = "adopter-expiring"
  billing_mode       = "PAY_PER_REQUEST"
  ttl_attribute_name = contains(var.changes, "no_ttl") ? null : contains(var.changes, "other_ttl") ? "deleteAt" : "expiresAt"
}
