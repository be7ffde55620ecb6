resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn  = var.stream_arn
  function_name     = aws_lambda_function.this.arn
  starting_position = var.starting_position

  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.maximum_batching_window_in_seconds
  parallelization_factor             = var.parallelization_factor

  # A failed batch is tried again from its first undeleted record, or by halves after an error; the number of tries is
  # bounded, so that it cannot hold up its shard for a day.
  function_response_types        = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = var.maximum_retry_attempts
  maximum_record_age_in_seconds  = var.maximum_record_age_in_seconds

  # Of the filter criteria; the records are encrypted by the stream.
  kms_key_arn = var.kms_key_arn

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = ["INSERT"] })
    }
  }

  dynamic "destination_config" {
    for_each = aws_s3_bucket.failures

    content {
      on_failure {
        destination_arn = destination_config.value.arn
      }
    }
  }

  metrics_config {
    metrics = ["EventCount"]
  }

  tags = var.tags

  # Lambda checks at creation that the role may read the stream and write to the bucket.
  depends_on = [aws_iam_role_policy.function]
}
