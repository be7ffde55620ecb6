# A pipeline whose messages nobody may lose or read: every input that is not here has its default.
module "pipeline" {
  # It configures the provider by itself: Region and credentials are those of the AWS settings (AWS_REGION, AWS_PROFILE, ...),
  # as here. A provider block of yours would not reach it.
  source = "../.."

  name = var.name

  # What is written varies, and a stream of keys alone keeps the messages out of the function and its failure bucket.
  billing_mode     = "PAY_PER_REQUEST"
  stream_view_type = "KEYS_ONLY"

  # What `scavenger plan` recommends for a busy table (--inserts 1000 --peak 4000), other settings being the defaults: large
  # batches keep up with the 1,000 writes a second that each shard takes, and spare invocations with their log lines and traces.
  batch_size = 5000

  deletion_protection_enabled    = true
  point_in_time_recovery_enabled = true

  kms_key_arn                  = aws_kms_key.this.arn
  failure_bucket_operator_arns = var.operator_arns
  alarm_actions                = var.alarm_actions

  tags = var.tags
}
