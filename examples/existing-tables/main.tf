# The tables belong to another configuration: nothing here creates, changes or destroys them. Their keys and the stream are
# looked up, and the plan fails if the tables cannot work together.
module "scavenger" {
  source = "../../modules/scavenger"

  name           = var.name
  messages_table = { name = var.messages_table_name }
  staging_table  = { name = var.staging_table_name }

  dry_run = var.dry_run
  enabled = var.enabled

  failure_bucket_operator_arns = var.failure_bucket_operator_arns
  tags                         = var.tags
}

module "monitoring" {
  source = "../../modules/monitoring"

  function_name             = module.scavenger.function_name
  event_source_mapping_uuid = module.scavenger.event_source_mapping_uuid
  messages_table_name       = module.scavenger.messages_table_name
  staging_table_arn         = module.scavenger.staging_table_arn
  failure_bucket_name       = module.scavenger.failure_bucket_name
  alarm_actions             = var.alarm_actions
  tags                      = var.tags
}
