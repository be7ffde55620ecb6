# Credentials come from the AWS settings (AWS_PROFILE, ...), and so does a Region that is null (AWS_REGION).
provider "aws" {
  region = var.region
  # With the credentials of another account, nothing is planned or applied.
  allowed_account_ids = [var.account_id]

  # Every resource that supports tags has these, also those of the modules.
  default_tags {
    tags = var.tags
  }
}
