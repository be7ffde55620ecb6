# For each purpose a table, whose single shard has the records in order, and a mapping of it. Provisioned tables of a few
# units have one shard.
locals {
  tables = toset(["failing", "filtered", "partial", "plain", "quiet"])
}

resource "aws_dynamodb_table" "this" {
  for_each = local.tables

  name             = "${var.name}-${each.key}"
  billing_mode     = "PROVISIONED"
  read_capacity    = 1
  write_capacity   = 5
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  filename      = var.package_path
  handler       = "probe_function.handler"
  role          = aws_iam_role.this.arn
  runtime       = "python3.13"
  architectures = ["arm64"]
  timeout       = 10

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 1
}

resource "aws_lambda_event_source_mapping" "this" {
  for_each = local.tables

  function_name     = aws_lambda_function.this.arn
  event_source_arn  = aws_dynamodb_table.this[each.key].stream_arn
  starting_position = "TRIM_HORIZON"
  # All records of a table fit into one batch, so into one line of the log: another line could arrive after that of the last
  # record, and what is in it would be taken for filtered out.
  batch_size                         = 100
  maximum_batching_window_in_seconds = 5
  maximum_retry_attempts             = var.maximum_retry_attempts[each.key]
  function_response_types            = ["ReportBatchItemFailures"]

  dynamic "filter_criteria" {
    for_each = each.key == "filtered" ? [var.filter_patterns] : []

    content {
      dynamic "filter" {
        for_each = filter_criteria.value

        content {
          pattern = filter.value
        }
      }
    }
  }

  destination_config {
    on_failure {
      destination_arn = aws_s3_bucket.failures.arn
    }
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_s3_bucket" "failures" {
  bucket        = "${var.name}-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.name}"
  force_destroy = true
}
