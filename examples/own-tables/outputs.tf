output "messages_table_name" {
  description = "Name of the table that processing writes to."
  value       = aws_dynamodb_table.messages.name
}

output "staging_table_name" {
  description = "Name of the table that the API writes to and that the function deletes from."
  value       = aws_dynamodb_table.staging.name
}

output "function_name" {
  description = "Name of the function."
  value       = module.scavenger.function_name
}

output "event_source_mapping_uuid" {
  description = "UUID of the event source mapping from the stream to the function."
  value       = module.scavenger.event_source_mapping_uuid
}

output "failure_bucket_name" {
  description = "Name of the failure bucket, which keeps records that could not be deleted."
  value       = module.scavenger.failure_bucket_name
}
