# The worker: it prepares a run, compares segments of the tables, and summarizes the results. One invocation does one step.
resource "aws_lambda_function" "worker" {
  # checkov:skip=CKV_AWS_115: The state machine limits the concurrency (max_concurrency).
  # checkov:skip=CKV_AWS_116: A dead-letter queue is for asynchronous invocations; the state machine waits for each result.
  # checkov:skip=CKV_AWS_117: The VPC is an input, because the function calls only AWS APIs, and nothing in a VPC.

  function_name = local.name
  description   = substr("Compares staging table ${var.staging_table.name} with ${var.messages_table.name} for state machine ${local.name}.", 0, 256)
  role          = aws_iam_role.this["worker"].arn

  filename          = var.package_s3 == null ? local.package_path : null
  s3_bucket         = try(var.package_s3.bucket, null)
  s3_key            = try(var.package_s3.key, null)
  s3_object_version = try(var.package_s3.object_version, null)
  source_code_hash  = var.package_s3 == null ? try(filebase64sha256(local.package_path), null) : var.package_s3.source_code_hash
  handler           = "reconciler.lambda_function.lambda_handler"
  runtime           = "python3.13"
  architectures     = ["arm64"]

  memory_size = var.memory_size
  timeout     = var.timeout

  kms_key_arn             = var.kms_key_arn
  code_signing_config_arn = var.code_signing_config_arn

  # Tables, key mapping, match attributes and filters are not here: the worker reads them from the settings of the function, so
  # that both delete by the same rule.
  environment {
    variables = merge(
      {
        SCAVENGER_FUNCTION_NAME = var.function_name
        AGE_ATTRIBUTE           = var.age_attribute
        OLDER_THAN_S            = var.older_than_in_seconds
        MAX_CONCURRENCY         = var.max_concurrency
        # The dimension of the metrics, as for those of the function.
        POWERTOOLS_SERVICE_NAME = var.function_name
      },
      var.max_read_units == null ? {} : { MAX_READ_UNITS = var.max_read_units },
      var.max_write_units == null ? {} : { MAX_WRITE_UNITS = var.max_write_units },
    )
  }

  logging_config {
    log_group             = aws_cloudwatch_log_group.worker.name
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO"
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "vpc_config" {
    for_each = var.vpc_config == null ? [] : [var.vpc_config]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  tags = var.tags

  depends_on = [aws_iam_role_policy.worker]

  lifecycle {
    # Here and not on the variable, because commands that do not create the function work without the package: validate,
    # destroy, import.
    precondition {
      condition     = var.package_s3 != null || can(filebase64sha256(local.package_path))
      error_message = "package_path must name an existing zip file, but there is none at ${local.package_path}. A release includes the zip file: end the module's source with ?ref= and a release. In a clone of the repository, run ./build.sh (or make build): it creates dist/scavenger.zip there. Or set package_path to the path of a zip file, or package_s3 to its place in Amazon S3."
    }
  }
}

resource "aws_cloudwatch_log_group" "worker" {
  # checkov:skip=CKV_AWS_338: The retention is an input. The log has figures and errors, which nobody needs after a year.

  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn

  tags = var.tags
}
