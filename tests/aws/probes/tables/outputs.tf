output "tables" {
  description = "Names of the tables, by what they are for."
  value       = { for purpose, table in aws_dynamodb_table.this : purpose => table.name }
}
