resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_116: A dead letter queue is for asynchronous invocations; the mapping has a destination for failures.
  # checkov:skip=CKV_AWS_117: It speaks to AWS's own APIs alone, and to nothing in a VPC.

  function_name = var.name
  description   = "Deletes from ${local.staging_table_name} what has been inserted into the messages table."
  role          = aws_iam_role.function.arn

  filename         = var.package_path
  source_code_hash = filebase64sha256(var.package_path)
  handler          = "scavenger.lambda_function.lambda_handler"
  runtime          = "python3.13"
  architectures    = ["arm64"]

  memory_size                    = var.memory_size
  timeout                        = var.timeout
  reserved_concurrent_executions = var.reserved_concurrent_executions

  kms_key_arn             = var.kms_key_arn
  code_signing_config_arn = var.code_signing_config_arn

  environment {
    variables = merge(
      {
        STAGING_MESSAGES_TABLE_NAME = local.staging_table_name
        STAGING_MESSAGES_TABLE_KEY  = jsonencode(var.staging_table_key_types)
        MAX_REQUESTS_IN_FLIGHT      = var.max_requests_in_flight
        POWERTOOLS_SERVICE_NAME     = var.name
      },
      { for bucket in aws_s3_bucket.failures : "FAILURE_BUCKET_NAME" => bucket.bucket },
    )
  }

  logging_config {
    log_group             = aws_cloudwatch_log_group.function.name
    log_format            = "JSON"
    application_log_level = var.application_log_level
    system_log_level      = "INFO"
  }

  tracing_config {
    mode = "Active"
  }

  tags = var.tags

  # Without its permissions a function that is invoked at once would fail, and its log be lost.
  depends_on = [aws_iam_role_policy.function]
}

resource "aws_cloudwatch_log_group" "function" {
  # checkov:skip=CKV_AWS_338: How long it is kept is an input. It holds figures and faults, which nobody asks for after a year.

  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn

  tags = var.tags
}
