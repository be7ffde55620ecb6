# The event source mapping from the messages table's stream to the function, with its event filter: filter_criteria is made from
# local.filters, at the end of this file, and from var.filter_patterns.
resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn  = local.messages_table.stream_arn
  function_name     = aws_lambda_function.this.arn
  starting_position = var.starting_position
  enabled           = var.enabled

  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.maximum_batching_window_in_seconds
  parallelization_factor             = var.parallelization_factor

  # Lambda retries a failed batch from its first record that was not deleted, or by halves after an error. The number of retries
  # is limited, so that a batch cannot block its shard for a day.
  function_response_types        = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = var.maximum_retry_attempts
  maximum_record_age_in_seconds  = var.maximum_record_age_in_seconds

  # The key encrypts the filter criteria. The stream encrypts the records.
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

  # When the mapping is created, Lambda checks that the role can read the stream and write to the bucket.
  depends_on = [aws_iam_role_policy.function]

  lifecycle {
    # The starting position applies only to a new mapping. If it changed, the provider would replace the mapping: the new one
    # would read everything again or, with LATEST, miss the records that were not read yet.
    ignore_changes = [starting_position]

    # The provider plans to remove the bucket, as an ARN that becomes null, but the apply changes nothing.
    precondition {
      condition     = var.create_failure_bucket || !anytrue(local.had_failure_bucket)
      error_message = "create_failure_bucket must stay true: the provider does not remove the failure bucket from an event source mapping, which would continue to write to a deleted bucket. Set it to true again. If you do want to remove the bucket, redrive its objects, empty it, destroy the scavenger (terraform destroy -target=<its module>), and apply."
    }

    precondition {
      condition     = local.has_new_image || length(local.images_needed) == 0
      error_message = "${join(" and ", [for input, names in local.images_needed : "${input} needs the new image for ${join(" and ", names)}"])}, which is not in the key of messages table ${local.messages_table.name}, but the view type of that table's stream is ${local.messages_table.stream_view_type}. Change the view type to NEW_IMAGE or NEW_AND_OLD_IMAGES; docs/how-to/operate.md has the steps."
    }

    precondition {
      condition     = local.has_new_image || !anytrue([for filter in local.filters : can(filter.dynamodb.NewImage)])
      error_message = "filter_patterns must not use NewImage with this stream: the view type of the stream of messages table ${local.messages_table.name} is ${local.messages_table.stream_view_type}, so no record would match. Change the view type to NEW_IMAGE or NEW_AND_OLD_IMAGES; docs/how-to/operate.md has the steps."
    }

    # With exists = false, every record would match; with any other condition, none.
    precondition {
      condition     = local.has_old_image || !anytrue([for filter in local.filters : can(filter.dynamodb.OldImage)])
      error_message = "filter_patterns must not use OldImage with this stream: the view type of the stream of messages table ${local.messages_table.name} is ${local.messages_table.stream_view_type}, so no record has an old image. Change the view type to NEW_AND_OLD_IMAGES; docs/how-to/operate.md has the steps."
    }

    precondition {
      condition = alltrue(flatten([
        for filter in local.filters : [
          for name, attribute in try(filter.dynamodb.Keys, {}) : try(contains(keys(attribute), local.messages_table.key_types[name]), false)
        ]
      ]))
      error_message = "filter_patterns must have only key attributes of messages table ${local.messages_table.name} below Keys, with their types: ${local.messages_key}. With others, no record would match. Put other attributes below NewImage."
    }

    precondition {
      condition = alltrue(flatten([
        for filter in local.filters : [
          for image in ["NewImage", "OldImage"] : [
            for name, attribute in try(filter.dynamodb[image], {}) : try(contains(keys(attribute), local.messages_table.key_types[name]), true)
          ]
        ]
      ]))
      error_message = "filter_patterns must use the types that the key attributes of messages table ${local.messages_table.name} have: ${local.messages_key}. With another type, no record would match."
    }

    precondition {
      condition     = !contains(var.event_names, "MODIFY") || length(var.filter_patterns) > 0 || length(var.match_attributes) > 0
      error_message = "event_names must not have MODIFY without filter_patterns or match_attributes: any update of a message that is done would delete a row that was staged again under its key. Set filter_patterns to the change that makes a row obsolete, with conditions on NewImage and OldImage, or match_attributes."
    }

    # The key of a message is the same before and after an update.
    precondition {
      condition     = !contains(var.event_names, "MODIFY") || length(var.match_attributes) > 0 || alltrue([for filter in local.filters : length(setsubtract(keys(merge(try(filter.dynamodb.NewImage, {}), try(filter.dynamodb.OldImage, {}))), keys(local.messages_table.key_types))) > 0])
      error_message = "filter_patterns must have conditions on NewImage or OldImage in each pattern, on other attributes than the key's, if event_names has MODIFY and match_attributes is empty: a pattern of the key alone matches any update of a message, which would delete a row that was staged again under its key. Add the conditions, or set match_attributes."
    }

    # If both were the same table, the function would delete each item as soon as the stream reports its insert.
    precondition {
      condition     = !startswith(local.messages_table.stream_arn, "${local.staging_table.arn}/stream/")
      error_message = "staging_table and messages_table must be different tables: the function would delete every new item of ${local.staging_table.name}."
    }

    precondition {
      condition     = split(":", local.messages_table.stream_arn)[3] == local.region
      error_message = "staging_table must be in the Region of messages_table: Lambda cannot read a stream of another Region."
    }
  }
}

locals {
  # Whether there was a bucket before this plan. The provider reads all inline policies of a role, and in the plan they still
  # have their old values. No resource shows its own values from before a change. A role that is made elsewhere is not in the
  # plan: then only what the deployment was created with is known.
  had_failure_bucket = concat(
    [for policy in flatten([for role in aws_iam_role.function : tolist(role.inline_policy)]) : strcontains(policy.policy, "s3:PutObject")],
    [terraform_data.created_with_failure_bucket.output],
  )

  # Sorted, so that another order in the input changes nothing.
  event_names  = sort(var.event_names)
  only_inserts = local.event_names == tolist(["INSERT"])

  # The event filter: a record must match at least one of these patterns. Each pattern also requires one of the changes.
  filters = [
    for pattern in coalescelist(var.filter_patterns, ["{}"]) : merge({ eventName = local.event_names }, jsondecode(pattern))
  ]

  # What happened to a message before its row is deleted, in words.
  were_changed = join(" or ", [for name in local.event_names : { INSERT = "inserted into", MODIFY = "changed in" }[name]])
}

# Keeps its first value, so that the plan knows it.
resource "terraform_data" "created_with_failure_bucket" {
  input = var.create_failure_bucket

  lifecycle {
    ignore_changes = [input]
  }
}
