mock_provider "aws" {
  source = "./tests/terraform/mocks"
}

mock_provider "aws" {
  alias  = "abroad"
  source = "./tests/terraform/mocks"

  mock_resource "aws_lambda_event_source_mapping" {
    defaults = { uuid = "abroad" }
  }
}

variables {
  name = "scavenger"
  messages_table = {
    name             = "messages"
    key_types        = { messageId = "S", createdAt = "N" }
    stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    stream_view_type = "NEW_AND_OLD_IMAGES"
  }
  staging_table = {
    name      = "staging"
    key_types = { messageId = "S", createdAt = "N" }
    arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
  }
  # Any file works, because nothing is deployed.
  package_path = "build.sh"
}

# First, because no deployed bucket can be removed.
run "without_a_failure_bucket_nothing_refers_to_one" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    create_failure_bucket = false
  }

  assert {
    condition = (output.failure_bucket_name == null
      && length(aws_lambda_event_source_mapping.this.destination_config) == 0
      && !contains(keys(aws_lambda_function.this.environment[0].variables), "FAILURE_BUCKET_NAME")
    && !anytrue([for statement in data.aws_iam_policy_document.function.statement : startswith(tolist(statement.actions)[0], "s3:")]))
    error_message = "Neither the mapping nor the function nor the role may name a bucket."
  }
}

run "the_mapping_has_the_article_s_settings_and_keeps_failed_records" {
  module {
    source = "./modules/scavenger"
  }

  assert {
    condition = (aws_lambda_event_source_mapping.this.batch_size == 100
    && aws_lambda_event_source_mapping.this.maximum_batching_window_in_seconds == 60)
    error_message = "A batch must have 100 records or 60 seconds."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.starting_position == "TRIM_HORIZON"
    error_message = "The mapping must start with the oldest record."
  }

  assert {
    condition     = [for filter in aws_lambda_event_source_mapping.this.filter_criteria[0].filter : jsondecode(filter.pattern)] == [{ eventName = ["INSERT"] }]
    error_message = "Only inserts must reach the function."
  }

  assert {
    condition = (aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"])
    && aws_lambda_event_source_mapping.this.bisect_batch_on_function_error)
    error_message = "Partial batch responses and bisecting must be enabled."
  }

  assert {
    condition = (aws_lambda_event_source_mapping.this.maximum_retry_attempts == 10
    && aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == 72000)
    error_message = "Retries must be limited, and records must expire before the stream deletes them."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.destination_config[0].on_failure[0].destination_arn == aws_s3_bucket.failures[0].arn
    error_message = "Discarded records must go to the failure bucket."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.metrics_config[0].metrics == toset(["EventCount"])
    error_message = "The mapping must report its event counts."
  }
}

run "the_function_knows_what_to_delete_from" {
  module {
    source = "./modules/scavenger"
  }

  assert {
    condition = (aws_lambda_function.this.runtime == "python3.13"
      && aws_lambda_function.this.architectures == tolist(["arm64"])
    && aws_lambda_function.this.handler == "scavenger.lambda_function.lambda_handler")
    error_message = "The function must run on Python 3.13 and arm64."
  }

  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      STAGING_MESSAGES_TABLE_NAME = "staging"
      STAGING_MESSAGES_TABLE_KEY  = "{\"createdAt\":\"N\",\"messageId\":\"S\"}"
      FAILURE_BUCKET_NAME         = aws_s3_bucket.failures[0].bucket
      MAX_REQUESTS_IN_FLIGHT      = "16"
      POWERTOOLS_SERVICE_NAME     = "scavenger"
    })
    error_message = "The function's environment variables must name its table, the table's key, its bucket and itself."
  }

  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Tracing must be active."
  }

  assert {
    condition = (aws_lambda_function.this.logging_config[0].log_format == "JSON"
    && aws_lambda_function.this.logging_config[0].log_group == aws_cloudwatch_log_group.function.name)
    error_message = "The log must be JSON, and go to the log group with a retention."
  }

  assert {
    condition     = aws_cloudwatch_log_group.function.retention_in_days == 30
    error_message = "The log must be kept for 30 days."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "Concurrency must not be reserved by default."
  }
}

run "the_role_has_exactly_the_permissions_that_the_function_needs" {
  module {
    source = "./modules/scavenger"
  }

  assert {
    # Compared as JSON, because JSON does not distinguish a list from a tuple.
    condition = jsonencode({
      for statement in data.aws_iam_policy_document.function.statement :
      statement.sid => [sort(statement.actions), sort(statement.resources)]
      }) == jsonencode({
      DeleteFromStaging    = [["dynamodb:BatchWriteItem"], [var.staging_table.arn]]
      ReadTheStream        = [["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [var.messages_table.stream_arn]]
      ListTheStreams       = [["dynamodb:ListStreams"], ["*"]]
      WriteTheLog          = [["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/scavenger:*"]]
      SendTraces           = [["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]]
      KeepFailedBatches    = [["s3:PutObject"], ["${aws_s3_bucket.failures[0].arn}/*"]]
      FindTheFailureBucket = [["s3:ListBucket"], [aws_s3_bucket.failures[0].arn]]
    })
    error_message = "The role's statements must be exactly these."
  }

  assert {
    condition     = aws_iam_role_policy.function[0].policy == data.aws_iam_policy_document.function.json
    error_message = "The role must have its policy."
  }

  assert {
    condition = (jsonencode([
      for principal in one(data.aws_iam_policy_document.assume_role.statement).principals : [principal.type, principal.identifiers]
      ]) == jsonencode([["Service", ["lambda.amazonaws.com"]]])
    && aws_iam_role.function[0].assume_role_policy == data.aws_iam_policy_document.assume_role.json)
    error_message = "Only Lambda must be able to assume the role."
  }

  assert {
    condition = jsonencode({
      for statement in data.aws_iam_policy_document.function.statement :
      statement.sid => [for condition in statement.condition : [condition.test, condition.variable, condition.values]]
      if length(statement.condition) > 0
      }) == jsonencode({
      KeepFailedBatches    = [["StringEquals", "s3:ResourceAccount", ["123456789012"]]]
      FindTheFailureBucket = [["StringEquals", "s3:ResourceAccount", ["123456789012"]]]
    })
    error_message = "The role must only use a failure bucket of this account."
  }
}

run "the_failure_bucket_is_private_encrypted_and_expires" {
  module {
    source = "./modules/scavenger"
  }

  assert {
    condition     = aws_s3_bucket.failures[0].bucket == "scavenger-failures-123456789012-eu-central-1"
    error_message = "The bucket must be named after function, account and Region."
  }

  assert {
    condition = (aws_s3_bucket_public_access_block.failures[0].block_public_acls
      && aws_s3_bucket_public_access_block.failures[0].block_public_policy
      && aws_s3_bucket_public_access_block.failures[0].ignore_public_acls
    && aws_s3_bucket_public_access_block.failures[0].restrict_public_buckets)
    error_message = "The bucket must not be public."
  }

  assert {
    condition = (one(one(aws_s3_bucket_server_side_encryption_configuration.failures[0].rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    && one(one(aws_s3_bucket_server_side_encryption_configuration.failures[0].rule).apply_server_side_encryption_by_default).kms_master_key_id == null)
    error_message = "The bucket must be encrypted with the AWS managed key."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.failures[0].rule[0].expiration[0].days == 30
    error_message = "The objects of the bucket must expire."
  }

  assert {
    condition = jsonencode([
      for statement in data.aws_iam_policy_document.failures[0].statement : [
        statement.effect, sort(statement.actions), sort(statement.resources),
        [for principal in statement.principals : [principal.type, sort(principal.identifiers)]],
        [for condition in statement.condition : [condition.test, condition.variable, condition.values]],
      ]
      ]) == jsonencode([
      [
        "Deny", ["s3:*"], [aws_s3_bucket.failures[0].arn, "${aws_s3_bucket.failures[0].arn}/*"],
        [["*", ["*"]]], [["Bool", "aws:SecureTransport", ["false"]]],
      ],
      [
        "Deny", ["s3:PutObject"], ["${aws_s3_bucket.failures[0].arn}/*"],
        [["*", ["*"]]], [["ArnNotEquals", "aws:PrincipalArn", ["arn:aws:iam::123456789012:role/scavenger"]]],
      ],
      [
        "Deny", ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion"],
        ["${aws_s3_bucket.failures[0].arn}/*"], [["*", ["*"]]], [],
      ],
    ])
    error_message = "The bucket must deny requests without TLS, all writers except the function's role and, without operators, all readers."
  }

  assert {
    condition     = aws_s3_bucket_policy.failures[0].policy == data.aws_iam_policy_document.failures[0].json
    error_message = "The bucket must have its policy."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.failures[0].rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "The bucket's owner must own what is in it."
  }
}

run "only_operators_can_read_the_failure_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_operator_arns = ["arn:aws:iam::123456789012:role/on-call", "arn:aws:iam::123456789012:user/ops/anna"]
  }

  assert {
    condition = jsonencode([
      for condition in data.aws_iam_policy_document.failures[0].statement[2].condition :
      [condition.test, condition.variable, condition.values]
      ]) == jsonencode([
      ["ArnNotEquals", "aws:PrincipalArn", ["arn:aws:iam::123456789012:role/on-call", "arn:aws:iam::123456789012:user/ops/anna"]],
    ])
    error_message = "The bucket must deny all readers except the operators."
  }
}

run "one_key_encrypts_all_stored_data" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/mine"
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "NEW_AND_OLD_IMAGES"
      kms_key_arn      = "arn:aws:kms:eu-central-1:123456789012:key/mine"
    }
  }

  assert {
    condition = (aws_lambda_function.this.kms_key_arn == var.kms_key_arn
      && aws_cloudwatch_log_group.function.kms_key_id == var.kms_key_arn
      && aws_lambda_event_source_mapping.this.kms_key_arn == var.kms_key_arn
    && one(one(aws_s3_bucket_server_side_encryption_configuration.failures[0].rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn)
    error_message = "The key must encrypt the function's environment variables, its log, the mapping's filter criteria and the bucket."
  }

  assert {
    condition = jsonencode({
      for statement in data.aws_iam_policy_document.function.statement :
      statement.sid => [statement.actions, [for condition in statement.condition : [condition.test, condition.variable, condition.values]]]
      if contains(statement.resources, var.kms_key_arn)
      }) == jsonencode({
      EncryptWhatIsKept  = [["kms:GenerateDataKey"], [["StringEquals", "kms:ViaService", ["s3.eu-central-1.amazonaws.com"]]]]
      UseEncryptedTables = [["kms:Decrypt", "kms:DescribeKey"], [["StringEquals", "kms:ViaService", ["dynamodb.eu-central-1.amazonaws.com"]]]]
    })
    error_message = "The role must be able to use the key only through DynamoDB and S3."
  }
}

run "the_names_of_role_and_bucket_contain_the_region" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  assert {
    condition = (aws_iam_role.function[0].name == "scavenger-eu-central-1"
    && aws_s3_bucket.failures[0].bucket == "scavenger-failures-123456789012-eu-central-1")
    error_message = "The names must contain the Region: role names are unique in an account, and bucket names across all accounts."
  }
}

run "one_name_works_in_two_regions_with_a_provider_for_each" {
  module {
    source = "./tests/terraform/two_regions"
  }

  providers = {
    aws        = aws
    aws.abroad = aws.abroad
  }

  assert {
    condition = (output.buckets.here == "scavenger-failures-123456789012-eu-central-1"
    && output.buckets.abroad == "scavenger-failures-123456789012-us-east-1")
    error_message = "The name of each role must contain its Region."
  }

  assert {
    condition     = output.mappings.here != "abroad" && output.mappings.abroad == "abroad"
    error_message = "Each mapping must be created by the provider that it was given."
  }
}

run "role_and_bucket_are_kept_while_the_staging_table_is_unknown" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    staging_table = {
      name      = "staging"
      key_types = { messageId = "S", createdAt = "N" }
      arn       = "arn:aws:dynamodb:eu-west-1:123456789012:table/staging"
    }
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-west-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "NEW_AND_OLD_IMAGES"
    }
  }

  # Another Region stands for an unknown Region.
  assert {
    condition = (aws_iam_role.function[0].name == "scavenger-eu-central-1"
    && aws_s3_bucket.failures[0].bucket == "scavenger-failures-123456789012-eu-central-1")
    error_message = "Neither the role nor the bucket must be replaced."
  }
}

run "role_and_bucket_are_replaced_when_the_name_changes" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "renamed"
  }

  assert {
    condition = (aws_iam_role.function[0].name == "renamed-eu-central-1"
    && aws_s3_bucket.failures[0].bucket == "renamed-failures-123456789012-eu-central-1")
    error_message = "After a deployment is renamed, others must be able to use its old name."
  }
}

run "rejects_another_name_of_a_deployed_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "acme-failures"
  }

  expect_failures = [aws_s3_bucket.failures]
}

run "accepts_the_name_that_a_deployed_bucket_has" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "scavenger-failures-123456789012-eu-central-1"
  }

  assert {
    condition     = aws_s3_bucket.failures[0].bucket == var.failure_bucket_name
    error_message = "The name must be what the bucket has."
  }
}

run "a_deployed_bucket_can_be_replaced_by_one_of_another_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  plan_options {
    replace = [aws_s3_bucket.failures[0]]
  }

  variables {
    failure_bucket_name = "acme-failures"
  }

  assert {
    condition     = aws_s3_bucket.failures[0].bucket == "acme-failures"
    error_message = "With -replace, the bucket must get the name."
  }
}

run "the_function_has_the_code_signing_configuration" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    code_signing_config_arn = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"
  }

  assert {
    condition     = aws_lambda_function.this.code_signing_config_arn == var.code_signing_config_arn
    error_message = "The function must have the code signing configuration."
  }
}

run "the_bucket_is_named_after_the_account_of_the_staging_table" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  # A change of the name of an existing bucket is ignored.
  plan_options {
    replace = [aws_s3_bucket.failures[0]]
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:999999999999:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "NEW_AND_OLD_IMAGES"
    }
  }

  assert {
    condition     = aws_s3_bucket.failures[0].bucket == "scavenger-failures-123456789012-eu-central-1"
    error_message = "The bucket must be named after the staging table's account, not the stream's."
  }
}

run "rejects_to_remove_a_deployed_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    create_failure_bucket = false
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "another_starting_position_keeps_an_existing_mapping" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    starting_position = "LATEST"
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.starting_position == "TRIM_HORIZON"
    error_message = "Another starting position must not replace the mapping, which would skip what it has not read."
  }
}

run "the_options_reach_their_resources" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  # The starting position applies only to a new mapping.
  plan_options {
    replace = [aws_lambda_event_source_mapping.this]
  }

  variables {
    batch_size                         = 10000
    maximum_batching_window_in_seconds = 0
    parallelization_factor             = 10
    starting_position                  = "LATEST"
    maximum_retry_attempts             = -1
    maximum_record_age_in_seconds      = -1
    memory_size                        = 512
    timeout                            = 900
    reserved_concurrent_executions     = 5
    max_requests_in_flight             = 50
    application_log_level              = "DEBUG"
    log_retention_in_days              = 0
    failure_retention_in_days          = 7
    tags                               = { team = "messages" }
  }

  assert {
    condition = (aws_lambda_event_source_mapping.this.batch_size == 10000
      && aws_lambda_event_source_mapping.this.maximum_batching_window_in_seconds == 0
      && aws_lambda_event_source_mapping.this.parallelization_factor == 10
      && aws_lambda_event_source_mapping.this.starting_position == "LATEST"
      && aws_lambda_event_source_mapping.this.maximum_retry_attempts == -1
    && aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == -1)
    error_message = "The mapping must have the given options."
  }

  assert {
    condition = (aws_lambda_function.this.memory_size == 512
      && aws_lambda_function.this.timeout == 900
      && aws_lambda_function.this.reserved_concurrent_executions == 5
      && aws_lambda_function.this.environment[0].variables["MAX_REQUESTS_IN_FLIGHT"] == "50"
    && aws_lambda_function.this.logging_config[0].application_log_level == "DEBUG")
    error_message = "The function must have the given options."
  }

  assert {
    condition = (aws_cloudwatch_log_group.function.retention_in_days == 0
    && aws_s3_bucket_lifecycle_configuration.failures[0].rule[0].expiration[0].days == 7)
    error_message = "The log and the bucket must have the given retention."
  }

  assert {
    condition = alltrue([for tags in [
      aws_lambda_function.this.tags, aws_lambda_event_source_mapping.this.tags, aws_cloudwatch_log_group.function.tags,
      aws_iam_role.function[0].tags, aws_s3_bucket.failures[0].tags
    ] : tags == tomap({ team = "messages" })])
    error_message = "All resources that support tags must have the tags."
  }
}

run "rejects_numbers_below_the_minimum" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    batch_size                         = 0
    maximum_batching_window_in_seconds = -1
    parallelization_factor             = 0
    maximum_retry_attempts             = -2
    maximum_record_age_in_seconds      = 59
    memory_size                        = 127
    timeout                            = 14
    reserved_concurrent_executions     = -2
    max_requests_in_flight             = 0
    failure_retention_in_days          = 0
  }

  expect_failures = [
    var.batch_size,
    var.maximum_batching_window_in_seconds,
    var.parallelization_factor,
    var.maximum_retry_attempts,
    var.maximum_record_age_in_seconds,
    var.memory_size,
    var.timeout,
    var.reserved_concurrent_executions,
    var.max_requests_in_flight,
    var.failure_retention_in_days,
  ]
}

run "rejects_numbers_above_the_maximum" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    batch_size                         = 10001
    maximum_batching_window_in_seconds = 301
    parallelization_factor             = 11
    maximum_retry_attempts             = 10001
    maximum_record_age_in_seconds      = 604801
    memory_size                        = 10241
    timeout                            = 901
    max_requests_in_flight             = 51
    failure_retention_in_days          = 3651
  }

  expect_failures = [
    var.batch_size,
    var.maximum_batching_window_in_seconds,
    var.parallelization_factor,
    var.maximum_retry_attempts,
    var.maximum_record_age_in_seconds,
    var.memory_size,
    var.timeout,
    var.max_requests_in_flight,
    var.failure_retention_in_days,
  ]
}

run "rejects_fractions" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    batch_size                         = 1.5
    maximum_batching_window_in_seconds = 1.5
    parallelization_factor             = 1.5
    maximum_retry_attempts             = 1.5
    maximum_record_age_in_seconds      = 60.5
    memory_size                        = 128.5
    timeout                            = 15.5
    reserved_concurrent_executions     = 1.5
    max_requests_in_flight             = 1.5
    failure_retention_in_days          = 1.5
  }

  expect_failures = [
    var.batch_size,
    var.maximum_batching_window_in_seconds,
    var.parallelization_factor,
    var.maximum_retry_attempts,
    var.maximum_record_age_in_seconds,
    var.memory_size,
    var.timeout,
    var.reserved_concurrent_executions,
    var.max_requests_in_flight,
    var.failure_retention_in_days,
  ]
}

run "rejects_values_that_are_not_listed" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    # Only Kinesis supports this value.
    starting_position = "AT_TIMESTAMP"
    # Lambda supports this level, but would drop the metrics.
    application_log_level = "WARN"
    log_retention_in_days = 31
  }

  expect_failures = [
    var.starting_position,
    var.application_log_level,
    var.log_retention_in_days,
  ]
}

run "rejects_tags_without_a_key" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    tags = { "" = "x" }
  }

  expect_failures = [var.tags]
}

run "rejects_arns_of_other_resources" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    # The ARN of an alias.
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:alias/mine"
    # Only the ID.
    code_signing_config_arn = "csc-0123456789abcdef0"
    # The ARN of a session.
    failure_bucket_operator_arns = ["arn:aws:sts::123456789012:assumed-role/on-call/anna"]
  }

  expect_failures = [
    var.kms_key_arn,
    var.code_signing_config_arn,
    var.failure_bucket_operator_arns,
  ]
}

run "rejects_a_wildcard_operator" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_operator_arns = ["arn:aws:iam::123456789012:role/*"]
  }

  expect_failures = [var.failure_bucket_operator_arns]
}

run "rejects_more_operators_than_fit_into_a_bucket_policy" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_operator_arns = [for number in range(51) : "arn:aws:iam::123456789012:user/${number}"]
  }

  expect_failures = [var.failure_bucket_operator_arns]
}

run "rejects_a_kms_key_of_another_region" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/mine"
  }

  expect_failures = [var.kms_key_arn]
}

run "rejects_a_kms_key_of_another_partition" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    kms_key_arn = "arn:aws-cn:kms:eu-central-1:123456789012:key/mine"
  }

  expect_failures = [var.kms_key_arn]
}

run "rejects_tables_with_kms_keys_of_another_partition" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "NEW_AND_OLD_IMAGES"
      kms_key_arn      = "arn:aws-cn:kms:eu-central-1:123456789012:key/mine"
    }
    staging_table = {
      name        = "staging"
      key_types   = { messageId = "S", createdAt = "N" }
      arn         = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      kms_key_arn = "arn:aws-cn:kms:eu-central-1:123456789012:key/mine"
    }
  }

  expect_failures = [var.messages_table, var.staging_table]
}

run "accepts_a_kms_key_of_govcloud" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    kms_key_arn = "arn:aws-us-gov:kms:eu-central-1:123456789012:key/mine"
  }

  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.kms_key_arn
    error_message = "In GovCloud, services must have the same names as in other Regions."
  }
}

run "rejects_an_identity_center_role_without_its_path" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_operator_arns = ["arn:aws:iam::123456789012:role/AWSReservedSSO_OnCall_0123456789abcdef"]
  }

  expect_failures = [var.failure_bucket_operator_arns]
}

run "rejects_an_operator_of_another_account" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_operator_arns = ["arn:aws:iam::999999999999:role/on-call"]
  }

  expect_failures = [var.failure_bucket_operator_arns]
}
