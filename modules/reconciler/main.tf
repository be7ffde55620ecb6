# The parts have one name, so that `scavenger reconcile --on-aws` finds them by the name of the deployment.
locals {
  name = "${var.function_name}-reconciler"

  # From the ARN, so that no other look-up is needed: arn:<partition>:dynamodb:<region>:<account>:table/<name>.
  partition  = split(":", var.staging_table.arn)[1]
  region     = split(":", var.staging_table.arn)[3]
  account_id = split(":", var.staging_table.arn)[4]

  messages_table_arn = split("/stream/", var.messages_table.stream_arn)[0]
  # A table with a key that DynamoDB owns has no key ARN.
  table_kms_key_arns = distinct(compact([var.staging_table.kms_key_arn, var.messages_table.kms_key_arn]))

  # A row's key must have each key attribute of its message, so that rows can be scanned and their messages looked up. Otherwise
  # messages are scanned and their rows looked up. The worker decides in the same way, from the settings of the function.
  scans_messages    = var.key_mapping == null ? false : length(setsubtract(keys(var.messages_table.key_types), values(coalesce(var.key_mapping, {})))) > 0
  scanned_table_arn = local.scans_messages ? local.messages_table_arn : var.staging_table.arn
  other_table_arn   = local.scans_messages ? var.staging_table.arn : local.messages_table_arn

  # Built from names, which Terraform knows before the resources exist: the first plan already shows the roles' policies.
  scavenger_arn     = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.function_name}"
  worker_arn        = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${local.name}"
  log_group_arn     = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/${local.name}"
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${local.name}"
  execution_arn     = "arn:${local.partition}:states:${local.region}:${local.account_id}:execution:${local.name}"

  # Without the path of the working directory, which differs between machines: to the provider, another path is a change.
  package_path = trimprefix(coalesce(var.package_path, "${path.module}/../../dist/scavenger.zip"), "${abspath(".")}/")
}
