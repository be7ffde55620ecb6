# One table per name, even if several pipelines read it.
module "messages_table" {
  source   = "../../modules/table"
  for_each = toset([for pipeline in var.pipelines : pipeline.messages])

  name             = "${each.key}-messages"
  billing_mode     = "PAY_PER_REQUEST"
  stream_view_type = "NEW_IMAGE"
  tags             = var.tags
}

module "staging_table" {
  source   = "../../modules/table"
  for_each = var.pipelines

  name         = "${each.key}-staging"
  billing_mode = "PAY_PER_REQUEST"
  # The backstop for rows that are never processed.
  ttl_attribute_name = "expiresAt"
  tags               = var.tags
}

# Each pipeline has its own function, failure bucket and event source mapping, so that no pipeline affects another.
module "scavenger" {
  source   = "../../modules/scavenger"
  for_each = var.pipelines

  name            = each.key
  messages_table  = module.messages_table[each.value.messages]
  staging_table   = module.staging_table[each.key]
  filter_patterns = each.value.filter_patterns
  tags            = var.tags
}

module "monitoring" {
  source   = "../../modules/monitoring"
  for_each = var.pipelines

  function_name             = module.scavenger[each.key].function_name
  event_source_mapping_uuid = module.scavenger[each.key].event_source_mapping_uuid
  messages_table_name       = module.scavenger[each.key].messages_table_name
  staging_table_arn         = module.staging_table[each.key].arn
  failure_bucket_name       = module.scavenger[each.key].failure_bucket_name
  tags                      = var.tags
}
