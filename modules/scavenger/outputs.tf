output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "messages_table_name" {
  description = "Name of the messages table, whose changes (event_names) determine which rows to delete."
  value       = local.messages_table.name
}

output "messages_table_stream_arn" {
  description = "ARN of the messages table's stream, which is the function's event source."
  value       = local.messages_table.stream_arn

  # This compares the two look-ups of tables.tf after the apply. In the plan, both find the same.
  precondition {
    condition     = [for table in local.found_messages : [table.key_types, table.stream_arn, table.stream_view_type, table.kms_key_arn]] == [for table in local.looked_up.messages_applied : [table.key_types, table.stream_arn, table.stream_view_type, table.kms_key_arn]]
    error_message = "Key, stream, view type or KMS key of messages table ${local.messages_table.name} changed in this apply, after the plan looked the table up: the scavenger still has the old values. Apply again: the plan looks the table up again. To make such changes in one apply, set key_types, stream_arn, stream_view_type and kms_key_arn in messages_table, not only name."
  }
}

output "staging_table_arn" {
  description = "ARN of the table that the function deletes from."
  value       = local.staging_table.arn

  precondition {
    condition     = [for table in local.looked_up.staging : [table.key_types, table.kms_key_arn]] == [for table in local.looked_up.staging_applied : [table.key_types, table.kms_key_arn]]
    error_message = "Key or KMS key of staging table ${local.staging_table.name} changed in this apply, after the plan looked the table up: the scavenger still has the old values. Apply again: the plan looks the table up again. To make such changes in one apply, set key_types, arn and kms_key_arn in staging_table, not only name."
  }
}

# For modules/reconciler, which looks no table up.
output "messages_table" {
  description = "The messages table: name, key_types, stream_arn, stream_view_type and kms_key_arn, as in the input of this name or as looked up."
  value = {
    name             = local.messages_table.name
    key_types        = local.messages_table.key_types
    stream_arn       = local.messages_table.stream_arn
    stream_view_type = local.messages_table.stream_view_type
    kms_key_arn      = local.messages_table.kms_key_arn
  }
}

output "staging_table" {
  description = "The staging table: name, key_types, arn and kms_key_arn, as in the input of this name or as looked up."
  value = {
    name        = local.staging_table.name
    key_types   = local.staging_table.key_types
    arn         = local.staging_table.arn
    kms_key_arn = local.staging_table.kms_key_arn
  }
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.function.name
}

output "event_source_mapping_uuid" {
  description = "UUID of the event source mapping from the stream to the function."
  value       = aws_lambda_event_source_mapping.this.uuid
}

output "failure_bucket_name" {
  description = "Name of the failure bucket, which keeps records that cannot be deleted, and batches that Lambda discarded because their retries were exhausted or their records expired. Null: there is no failure bucket."
  # Terraform knows the bucket's name only after the apply. With format, it knows during the plan that the output is not null.
  value = var.create_failure_bucket ? format("%s", aws_s3_bucket.failures[0].bucket) : null
}

output "role_policy_json" {
  description = "Policy (JSON) that the function's role needs. With role_arn, attach it to that role before the function is created, or in the same apply."
  value       = data.aws_iam_policy_document.function.json
}
