# A pipeline whose messages nobody may lose or read: every input that is not here has its default.
module "pipeline" {
  # It configures the provider by itself: Region and credentials are those of the AWS settings (AWS_REGION, AWS_PROFILE, ...),
  # as here. A provider block of yours would not reach it.
  source = "../.."

  name = var.name

  # What is written varies, and a stream of keys alone keeps the messages out of the function and its failure bucket.
  billing_mode     = "PAY_PER_REQUEST"
  stream_view_type = "KEYS_ONLY"

  # For a busy table (--inserts 1000 --peak 4000), `scavenger plan` recommends large batches, which spare invocations with their
  # log lines and traces, and knows nothing better than this. With the default memory they would have the fifth to spare that it
  # asks for, and not much more; with 512 MB three times the peak is possible, for no more money.
  batch_size  = 2500
  memory_size = 512

  deletion_protection_enabled    = true
  point_in_time_recovery_enabled = true

  kms_key_arn                  = aws_kms_key.this.arn
  failure_bucket_operator_arns = var.operator_arns
  alarm_actions                = var.alarm_actions

  tags = var.tags
}
