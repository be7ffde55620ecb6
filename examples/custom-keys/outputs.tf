output "orders_table_name" {
  description = "Name of the table that processing writes to."
  value       = module.orders.name
}

output "requests_table_name" {
  description = "Name of the table that the API writes to and that the function deletes from."
  value       = module.requests.name
}

output "function_name" {
  description = "Name of the function."
  value       = module.scavenger.function_name
}

output "failure_bucket_name" {
  description = "Name of the failure bucket, which keeps records that could not be deleted."
  value       = module.scavenger.failure_bucket_name
}
