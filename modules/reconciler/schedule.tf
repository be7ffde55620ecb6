resource "aws_scheduler_schedule" "this" {
  # checkov:skip=CKV_AWS_297: The schedule stores no data: its input says only whether rows are deleted.

  count = var.schedule_expression == null ? 0 : 1

  name                = local.name
  group_name          = local.schedule_group
  description         = "Starts the state machine ${local.name}."
  schedule_expression = var.schedule_expression

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.this.arn
    role_arn = aws_iam_role.this["schedule"].arn
    input    = jsonencode({ apply = var.apply })
  }

  depends_on = [aws_iam_role_policy.schedule]
}

locals {
  # Each account has this group. Source: managing-schedule-group.html.
  schedule_group = "default"
}
