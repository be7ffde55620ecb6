resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn  = local.messages_table.stream_arn
  function_name     = aws_lambda_function.this.arn
  starting_position = var.starting_position
  enabled           = var.enabled

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
    dynamic "filter" {
      for_each = local.filters

      content {
        pattern = jsonencode(filter.value)
      }
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

  lifecycle {
    # It counts for a new mapping only. Of one that exists, the provider would make a new one: one that reads everything again
    # or, from LATEST on, misses what has not been read.
    ignore_changes = [starting_position]

    # The provider plans to take the bucket away, as an ARN that becomes null, and does nothing.
    precondition {
      condition     = var.create_failure_bucket || !local.has_failure_bucket
      error_message = "create_failure_bucket must stay true: the provider does not take the failure bucket away from an event source mapping, which would go on writing to a bucket that is gone. Set it back. Or, if it is meant, redrive what is in the bucket, empty it, destroy the scavenger (terraform destroy -target=<its module>), and apply."
    }

    precondition {
      condition     = local.has_new_image || length(local.images_needed) == 0
      error_message = "key_mapping takes ${join(" and ", local.images_needed)} from the new image, since it is no key attribute of messages table ${local.messages_table.name}, but that table's stream has the view type ${local.messages_table.stream_view_type}. Give it a stream of NEW_IMAGE or NEW_AND_OLD_IMAGES; docs/how-to/operate.md says how to change it."
    }

    precondition {
      condition     = local.has_new_image || !anytrue([for filter in local.filters : can(filter.dynamodb.NewImage)])
      error_message = "filter_patterns asks for NewImage, but the stream of messages table ${local.messages_table.name} has the view type ${local.messages_table.stream_view_type}: no record would match. Give it a stream of NEW_IMAGE or NEW_AND_OLD_IMAGES; docs/how-to/operate.md says how to change it."
    }

    precondition {
      condition = alltrue(flatten([
        for filter in local.filters : [
          for name, attribute in try(filter.dynamodb.Keys, {}) : try(contains(keys(attribute), local.messages_table.key_types[name]), false)
        ]
      ]))
      error_message = "filter_patterns asks below Keys for what is not the key of messages table ${local.messages_table.name}: that has ${local.messages_key}, so that no record would match. Other attributes are below NewImage."
    }

    precondition {
      condition = alltrue(flatten([
        for filter in local.filters : [
          for name, attribute in try(filter.dynamodb.NewImage, {}) : try(contains(keys(attribute), local.messages_table.key_types[name]), true)
        ]
      ]))
      error_message = "filter_patterns asks for a key attribute with another type than messages table ${local.messages_table.name} has: ${local.messages_key}. No record would match."
    }

    # Were they one table, each insert would be deleted as soon as it is reported.
    precondition {
      condition     = !startswith(local.messages_table.stream_arn, "${local.staging_table.arn}/stream/")
      error_message = "staging_table and messages_table must not be the same table: every new item of ${local.staging_table.name} would be deleted."
    }

    precondition {
      condition     = split(":", local.messages_table.stream_arn)[3] == local.region
      error_message = "staging_table must be in the Region of messages_table: Lambda reads no stream of another one."
    }
  }
}

locals {
  # Whether there was a bucket before this plan. The provider reads all policies of a role, not only its own, and in the plan they
  # are still what they were: no resource tells what it was before a change of its own.
  has_failure_bucket = anytrue([for policy in aws_iam_role.function.inline_policy : strcontains(policy.policy, "s3:PutObject")])

  # A record has to match one of them; each asks for an insert too.
  filters = [
    for pattern in coalescelist(var.filter_patterns, ["{}"]) : merge({ eventName = ["INSERT"] }, jsondecode(pattern))
  ]
}

