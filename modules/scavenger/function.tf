resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_116: A dead letter queue is for asynchronous invocations; the mapping has a destination for failures.
  # checkov:skip=CKV_AWS_117: It speaks to AWS's own APIs alone, and to nothing in a VPC.

  function_name = var.name
  description   = substr("Deletes from staging what has been inserted into messages: ${local.staging_table.name}, ${local.messages_table.name}.", 0, 256)
  role          = aws_iam_role.function.arn

  filename         = local.package_path
  source_code_hash = try(filebase64sha256(local.package_path), null)
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
        STAGING_MESSAGES_TABLE_NAME = local.staging_table.name
        STAGING_MESSAGES_TABLE_KEY  = jsonencode(local.staging_table.key_types)
        MAX_REQUESTS_IN_FLIGHT      = var.max_requests_in_flight
        POWERTOOLS_SERVICE_NAME     = var.name
      },
      var.key_mapping == null ? {} : { KEY_MAPPING = jsonencode(var.key_mapping) },
      var.dry_run ? { DRY_RUN = "true" } : {},
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

  lifecycle {
    # Here and not on the variable, since all that does not make the function works without it: validate, destroy, import.
    precondition {
      condition     = can(filebase64sha256(local.package_path))
      error_message = "package_path must name an existing zip, and there is none at ${local.package_path}. Run ./build.sh (or make build) in a clone of the repository, which makes dist/scavenger.zip there; of modules that Terraform fetches by itself it is not beside them, so that package_path has to name it."
    }

    precondition {
      condition     = var.key_mapping != null || local.messages_table.key_types == local.staging_table.key_types
      error_message = "The keys differ: messages table ${local.messages_table.name} has ${local.messages_key}, staging table ${local.staging_table.name} has ${local.staging_key}. Set key_mapping, which says for each key attribute of the staging table which attribute of a message it is; or name the right tables."
    }

    precondition {
      condition     = var.key_mapping == null ? true : keys(var.key_mapping) == keys(local.staging_table.key_types)
      error_message = "key_mapping must have just the key attributes of staging table ${local.staging_table.name}: ${local.staging_key}."
    }

    precondition {
      condition     = alltrue([for name, source in coalesce(var.key_mapping, {}) : try(local.messages_table.key_types[source] == local.staging_table.key_types[name], true)])
      error_message = "key_mapping takes an attribute of another type, and types are kept: messages table ${local.messages_table.name} has ${local.messages_key}, staging table ${local.staging_table.name} has ${local.staging_key}. Map attributes of the same type."
    }
  }
}

resource "aws_cloudwatch_log_group" "function" {
  # checkov:skip=CKV_AWS_338: How long it is kept is an input. It holds figures and faults, which nobody asks for after a year.

  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn

  tags = var.tags
}
