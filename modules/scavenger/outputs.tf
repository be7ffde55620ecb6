output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "messages_table_name" {
  description = "Name of the table whose inserts say what to delete."
  value       = local.messages_table.name
}

output "messages_table_stream_arn" {
  description = "ARN of the messages table's stream, which triggers the function."
  value       = local.messages_table.stream_arn

  # After the apply; for the plan, both look-ups find the same.
  precondition {
    condition     = [for table in local.found_messages : [table.key_types, table.stream_arn, table.stream_view_type, table.kms_key_arn]] == [for table in local.looked_up.messages_applied : [table.key_types, table.stream_arn, table.stream_view_type, table.kms_key_arn]]
    error_message = "Key, stream, view type or KMS key of messages table ${local.messages_table.name} changed in this apply, after the plan had looked it up: the scavenger has what was before. Apply again, which looks it up anew. To have such changes in one apply, give messages_table not the name alone, but key_types, stream_arn, stream_view_type and kms_key_arn too."
  }
}

output "staging_table_arn" {
  description = "ARN of the table that the function deletes from."
  value       = local.staging_table.arn

  precondition {
    condition     = [for table in local.looked_up.staging : [table.key_types, table.kms_key_arn]] == [for table in local.looked_up.staging_applied : [table.key_types, table.kms_key_arn]]
    error_message = "Key or KMS key of staging table ${local.staging_table.name} changed in this apply, after the plan had looked it up: the scavenger has what was before. Apply again, which looks it up anew. To have such changes in one apply, give staging_table not the name alone, but key_types, arn and kms_key_arn too."
  }
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.function.name
}

output "event_source_mapping_uuid" {
  description = "UUID of the mapping from the stream to the function."
  value       = aws_lambda_event_source_mapping.this.uuid
}

output "failure_bucket_name" {
  description = "Name of the bucket that keeps records that cannot be deleted, and batches that Lambda gave up on; null without one."
  # Through format, whose result Terraform knows not to be null before it knows the name, which is only when applied.
  value = var.create_failure_bucket ? format("%s", aws_s3_bucket.failures[0].bucket) : null
}
