output "tables" {
  description = "Names of the tables, by what they are for."
  value       = { for purpose, table in aws_dynamodb_table.this : purpose => table.name }
}

output "mappings" {
  description = "UUIDs of the mappings, by the table."
  value       = { for purpose, mapping in aws_lambda_event_source_mapping.this : purpose => mapping.uuid }
}

output "bucket_name" {
  description = "Name of the bucket with discarded batches."
  value       = aws_s3_bucket.failures.bucket
}
