# A pipeline whose messages must not be lost or read by others. Inputs that are not set here have their defaults.
module "pipeline" {
  source = "../.."

  name = var.name

  # The load varies. A stream of keys only keeps the messages out of the function and its failure bucket.
  billing_mode     = "PAY_PER_REQUEST"
  stream_view_type = "KEYS_ONLY"

  # For a busy table (--inserts 1000 --peak 4000), `scavenger plan` recommends large batches, which save invocations with their
  # log lines and traces, and has no better advice than these settings. With the default memory, the capacity would have the
  # fifth to spare that the plan requires, and not much more. With 512 MB, three times the peak is possible at no higher cost.
  batch_size  = 2500
  memory_size = 512

  deletion_protection_enabled    = true
  point_in_time_recovery_enabled = true

  # Each night, the reconciler counts the rows that no message matches, and an alarm tells of one that has waited for a day: your
  # processing is stuck. It deletes nothing; with reconcile_apply, it also deletes the rows that no event reported.
  create_reconciler                = true
  reconcile_schedule_expression    = "cron(0 3 * * ? *)"
  oldest_unprocessed_alarm_seconds = 24 * 3600

  kms_key_arn                  = aws_kms_key.this.arn
  failure_bucket_operator_arns = var.operator_arns
  alarm_actions                = var.alarm_actions
}
