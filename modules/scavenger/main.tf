locals {
  # Of an ARN, so that no data source has to be read for a plan: arn:<partition>:dynamodb:<region>:<account>:table/<name>
  stream_arn_parts   = split(":", var.stream_arn)
  partition          = local.stream_arn_parts[1]
  region             = local.stream_arn_parts[3]
  account_id         = local.stream_arn_parts[4]
  staging_table_name = split("/", var.staging_table_arn)[1]
}
