locals {
  # The function lives where its staging table does; the stream may be another account's. Of an ARN, so that no more has to be
  # looked up: arn:<partition>:dynamodb:<region>:<account>:table/<name>.
  region     = split(":", local.staging_table.arn)[3]
  account_id = split(":", local.staging_table.arn)[4]

  package_path = coalesce(var.package_path, "${path.module}/../../dist/scavenger.zip")
}
