output "messages_table_name" {
  description = "Name of the table that processing writes to."
  value       = module.messages_table.name
}

output "messages_table_stream_arn" {
  description = "ARN of the messages table's stream, which is the function's event source."
  value       = module.messages_table.stream_arn
}

output "staging_table_name" {
  description = "Name of the table that the API writes to and that the function deletes from."
  value       = module.staging_table.name
}

output "function_name" {
  description = "Name of the function that deletes from the staging table."
  value       = module.scavenger.function_name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = module.scavenger.log_group_name
}

output "event_source_mapping_uuid" {
  description = "UUID of the event source mapping from the stream to the function."
  value       = module.scavenger.event_source_mapping_uuid
}

output "failure_bucket_name" {
  description = "Name of the failure bucket, which keeps records that cannot be deleted, and batches that Lambda discarded because their retries were exhausted or their records expired. Null: there is no failure bucket."
  value       = module.scavenger.failure_bucket_name
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = module.monitoring.dashboard_name
}

output "reconciler_state_machine_arn" {
  description = "ARN of the reconciler's state machine. Null: there is no reconciler."
  value       = one(module.reconciler[*].state_machine_arn)
}

output "role_policy_json" {
  description = "Policy (JSON) that the function's role needs. With role_arn, attach it to that role before the function is created, or in the same apply."
  value       = module.scavenger.role_policy_json
}
