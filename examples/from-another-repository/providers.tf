# A provider for each Region. Credentials come from the AWS settings (AWS_PROFILE, ...).
locals {
  default_tags = {
    team       = "messages"
    repository = "orders"
  }
}

provider "aws" {
  alias  = "frankfurt"
  region = "eu-central-1"
  # With the credentials of another account, nothing is planned or applied.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.default_tags
  }
}

provider "aws" {
  alias               = "virginia"
  region              = "us-east-1"
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.default_tags
  }
}
