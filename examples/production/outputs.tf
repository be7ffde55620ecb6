output "messages_table_name" {
  description = "Name of the table that processing writes to."
  value       = module.pipeline.messages_table_name
}

output "staging_table_name" {
  description = "Name of the table that the API writes to and that the function deletes from."
  value       = module.pipeline.staging_table_name
}

output "function_name" {
  description = "Name of the function that deletes from the staging table."
  value       = module.pipeline.function_name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = module.pipeline.log_group_name
}

output "failure_bucket_name" {
  description = "Name of the failure bucket, which keeps records that could not be deleted."
  value       = module.pipeline.failure_bucket_name
}

output "reconciler_state_machine_arn" {
  description = "ARN of the reconciler's state machine."
  value       = module.pipeline.reconciler_state_machine_arn
}

output "kms_key_arn" {
  description = "ARN of the KMS key that encrypts all stored data."
  value       = aws_kms_key.this.arn
}
