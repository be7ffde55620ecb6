output "name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.this.arn
}

output "key_types" {
  description = "Type (S, N or B) of each key attribute, by name."
  value       = tomap(local.key_types)
}

output "stream_arn" {
  description = "ARN of the table's current stream. Null: there is no stream."
  value       = var.stream_view_type == null ? null : aws_dynamodb_table.this.stream_arn
}

output "stream_view_type" {
  description = "View type of the stream. Null: there is no stream."
  value       = var.stream_view_type
}

output "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the table. Null: the AWS managed key."
  value       = var.kms_key_arn
}
