output "alarm_names" {
  description = "Name of each alarm by its key. docs/how-to/alarms.md has a section for each key."
  value       = { for key, alarm in local.alarm_resources : key => alarm.alarm_name }
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
