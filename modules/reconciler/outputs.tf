output "state_machine_arn" {
  description = "ARN of the state machine."
  value       = aws_sfn_state_machine.this.arn
}

output "function_name" {
  description = "Name of the worker, the function that compares the tables."
  value       = aws_lambda_function.worker.function_name
}

output "log_group_name" {
  description = "Name of the worker's log group."
  value       = aws_cloudwatch_log_group.worker.name
}

output "reports_unprocessed_rows" {
  description = "Whether each run writes the metrics UnprocessedRows and OldestUnprocessedAge. False: key_mapping makes it scan the messages table, so it does not see unprocessed rows."
  value       = !local.scans_messages
}
