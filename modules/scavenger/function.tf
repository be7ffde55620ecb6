resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_116: A dead-letter queue is for asynchronous invocations; the mapping has a failure destination.
  # checkov:skip=CKV_AWS_117: The VPC is an input, because the function calls only AWS APIs, and nothing in a VPC.

  function_name = var.name
  description   = substr("Deletes rows of staging table ${local.staging_table.name} whose messages were ${local.were_changed} ${local.messages_table.name}.", 0, 256)
  role          = local.role_arn

  filename          = var.package_s3 == null ? local.package_path : null
  s3_bucket         = try(var.package_s3.bucket, null)
  s3_key            = try(var.package_s3.key, null)
  s3_object_version = try(var.package_s3.object_version, null)
  source_code_hash  = var.package_s3 == null ? try(filebase64sha256(local.package_path), null) : var.package_s3.source_code_hash
  handler           = "scavenger.lambda_function.lambda_handler"
  runtime           = "python3.13"
  architectures     = ["arm64"]

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
      length(var.match_attributes) == 0 ? {} : { MATCH_ATTRIBUTES = jsonencode(var.match_attributes) },
      local.only_inserts ? {} : { EVENT_NAMES = jsonencode(local.event_names) },
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

  dynamic "vpc_config" {
    for_each = var.vpc_config == null ? [] : [var.vpc_config]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  tags = var.tags

  # Without its permissions, a function that is invoked immediately would fail, and its log would be lost.
  depends_on = [aws_iam_role_policy.function]

  lifecycle {
    # Here and not on the variable, because commands that do not create the function work without the package: validate,
    # destroy, import.
    precondition {
      condition     = var.package_s3 != null || can(filebase64sha256(local.package_path))
      error_message = "package_path must name an existing zip file, but there is none at ${local.package_path}. A release includes the zip file: end the module's source with ?ref= and a release, such as ?ref=v0.2.0. In a clone of the repository, run ./build.sh (or make build): it creates dist/scavenger.zip there. Or set package_path to the path of a zip file, or package_s3 to its place in Amazon S3."
    }

    precondition {
      condition     = var.key_mapping != null || local.messages_table.key_types == local.staging_table.key_types
      error_message = "messages_table and staging_table must have the same key, or key_mapping must be set: messages table ${local.messages_table.name} has ${local.messages_key}, staging table ${local.staging_table.name} has ${local.staging_key}. Set key_mapping to map each key attribute of the staging table to an attribute of a message, or correct the names of the tables."
    }

    precondition {
      condition     = var.key_mapping == null ? true : keys(var.key_mapping) == keys(local.staging_table.key_types)
      error_message = "key_mapping must have exactly the key attributes of staging table ${local.staging_table.name}: ${local.staging_key}."
    }

    precondition {
      condition     = alltrue([for name, source in coalesce(var.key_mapping, {}) : try(local.messages_table.key_types[source] == local.staging_table.key_types[name], true)])
      error_message = "key_mapping must map attributes of the same type: messages table ${local.messages_table.name} has ${local.messages_key}, staging table ${local.staging_table.name} has ${local.staging_key}. The function does not convert types."
    }

    # With a key attribute alone, every row that is staged again would match.
    precondition {
      condition     = length(setintersection(keys(var.match_attributes), keys(local.staging_table.key_types))) == 0
      error_message = "match_attributes must not have key attributes of staging table ${local.staging_table.name}: ${local.staging_key}. The function finds a row by its key, so a row that was staged again has the same. Use an attribute that differs each time a key is staged, such as a time or a version."
    }
  }
}

resource "aws_cloudwatch_log_group" "function" {
  # checkov:skip=CKV_AWS_338: The retention is an input. The log has figures and errors, which nobody needs after a year.

  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn

  tags = var.tags
}
