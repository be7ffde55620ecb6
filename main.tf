# Processing writes its results to this table. Its stream reports each change.
module "messages_table" {
  source = "./modules/table"

  name                           = "${var.name}-messages"
  hash_key                       = var.hash_key
  hash_key_type                  = var.hash_key_type
  range_key                      = var.range_key
  range_key_type                 = var.range_key_type
  billing_mode                   = var.billing_mode
  read_capacity                  = var.read_capacity
  write_capacity                 = var.write_capacity
  stream_view_type               = var.stream_view_type
  kms_key_arn                    = var.kms_key_arn
  point_in_time_recovery_enabled = var.point_in_time_recovery_enabled
  deletion_protection_enabled    = var.deletion_protection_enabled
  tags                           = var.tags
}

# The API writes raw messages to this table. A row is obsolete once its message is in the messages table.
module "staging_table" {
  source = "./modules/table"

  name           = "${var.name}-staging"
  hash_key       = var.hash_key
  hash_key_type  = var.hash_key_type
  range_key      = var.range_key
  range_key_type = var.range_key_type
  billing_mode   = var.billing_mode
  read_capacity  = var.read_capacity
  write_capacity = var.write_capacity
  # The backstop for rows that are never processed, and that the function therefore never deletes.
  ttl_attribute_name             = "expiresAt"
  kms_key_arn                    = var.kms_key_arn
  point_in_time_recovery_enabled = var.point_in_time_recovery_enabled
  deletion_protection_enabled    = var.deletion_protection_enabled
  tags                           = var.tags
}

module "scavenger" {
  source = "./modules/scavenger"

  name           = var.name
  messages_table = module.messages_table
  staging_table  = module.staging_table
  package_path   = var.package_path
  package_s3     = var.package_s3

  match_attributes                   = var.match_attributes
  event_names                        = var.event_names
  filter_patterns                    = var.filter_patterns
  dry_run                            = var.dry_run
  enabled                            = var.enabled
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.maximum_batching_window_in_seconds
  parallelization_factor             = var.parallelization_factor
  starting_position                  = var.starting_position
  maximum_retry_attempts             = var.maximum_retry_attempts
  maximum_record_age_in_seconds      = var.maximum_record_age_in_seconds
  memory_size                        = var.memory_size
  timeout                            = var.timeout
  reserved_concurrent_executions     = var.reserved_concurrent_executions
  max_requests_in_flight             = var.max_requests_in_flight
  application_log_level              = var.application_log_level
  log_retention_in_days              = var.log_retention_in_days
  create_failure_bucket              = var.create_failure_bucket
  failure_bucket_name                = var.failure_bucket_name
  failure_bucket_force_destroy       = var.failure_bucket_force_destroy
  failure_retention_in_days          = var.failure_retention_in_days
  failure_bucket_operator_arns       = var.failure_bucket_operator_arns
  kms_key_arn                        = var.kms_key_arn
  code_signing_config_arn            = var.code_signing_config_arn
  role_arn                           = var.role_arn
  role_path                          = var.role_path
  permissions_boundary_arn           = var.permissions_boundary_arn
  vpc_config                         = var.vpc_config
  tags                               = var.tags
}

# Compares the tables at any size, and deletes the rows that no event reported.
module "reconciler" {
  source = "./modules/reconciler"
  count  = var.create_reconciler ? 1 : 0

  function_name  = module.scavenger.function_name
  staging_table  = module.staging_table
  messages_table = module.messages_table
  package_path   = var.package_path
  package_s3     = var.package_s3

  schedule_expression      = var.reconcile_schedule_expression
  apply                    = var.reconcile_apply
  age_attribute            = var.reconcile_age_attribute
  older_than_in_seconds    = var.reconcile_older_than_in_seconds
  max_read_units           = var.reconcile_max_read_units
  max_write_units          = var.reconcile_max_write_units
  max_concurrency          = var.reconcile_max_concurrency
  log_retention_in_days    = var.log_retention_in_days
  kms_key_arn              = var.kms_key_arn
  code_signing_config_arn  = var.code_signing_config_arn
  role_path                = var.role_path
  permissions_boundary_arn = var.permissions_boundary_arn
  vpc_config               = var.vpc_config
  tags                     = var.tags
}

module "monitoring" {
  source = "./modules/monitoring"

  function_name                    = module.scavenger.function_name
  event_source_mapping_uuid        = module.scavenger.event_source_mapping_uuid
  staging_table_arn                = module.staging_table.arn
  messages_table_name              = module.messages_table.name
  failure_bucket_name              = module.scavenger.failure_bucket_name
  reports_unprocessed_rows         = anytrue(module.reconciler[*].reports_unprocessed_rows)
  oldest_unprocessed_alarm_seconds = var.oldest_unprocessed_alarm_seconds
  alarm_actions                    = var.alarm_actions
  tags                             = var.tags
}

# A warning, not an error: Terraform does not know how much of the capacity the API leaves for deletes. Retries do not bound a
# batch from which each invocation deletes something. The age of its records and the 24 hours of the stream do.
check "a_batch_can_be_deleted_before_its_records_are_too_old" {
  assert {
    condition = anytrue([
      var.billing_mode == "PAY_PER_REQUEST",
      var.batch_size <= var.write_capacity * min(86400, var.maximum_record_age_in_seconds == -1 ? 86400 : var.maximum_record_age_in_seconds),
    ])
    error_message = "write_capacity is too low for batch_size. To delete a full batch takes at least batch_size write capacity units (WCU), but write_capacity provides fewer before the records reach maximum_record_age_in_seconds or the stream's 24 hours: the remaining records of the batch would go to the failure bucket. Raise write_capacity or maximum_record_age_in_seconds, lower batch_size, or set billing_mode to PAY_PER_REQUEST."
  }
}
