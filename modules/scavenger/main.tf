locals {
  # Of an ARN, so that no data source has to be read for a plan: arn:<partition>:dynamodb:<region>:<account>:table/<name>.
  # The function lives where its staging table does; the stream may be another account's.
  staging_table_arn_parts = split(":", var.staging_table_arn)
  region                  = local.staging_table_arn_parts[3]
  account_id              = local.staging_table_arn_parts[4]
  staging_table_name      = split("/", var.staging_table_arn)[1]
}
