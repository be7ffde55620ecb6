output "messages_table_name" {
  description = "Name of the table that processing writes to."
  value       = module.pipeline.messages_table_name
}

output "staging_table_name" {
  description = "Name of the table that the API writes to and that the function deletes from."
  value       = module.pipeline.staging_table_name
}

output "function_name" {
  description = "Name of the function."
  value       = module.pipeline.function_name
}
