output "alarm_names" {
  description = "Name of each alarm, by its key, which is its section in docs/how-to/alarms.md."
  value       = { for key, alarm in local.alarm_resources : key => alarm.alarm_name }
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
