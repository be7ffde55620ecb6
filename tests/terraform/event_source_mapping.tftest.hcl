mock_provider "aws" {
  source = "./tests/terraform/mocks"
}

variables {
  name = "scavenger"
  messages_table = {
    name             = "messages"
    key_types        = { messageId = "S", createdAt = "N" }
    stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    stream_view_type = "NEW_IMAGE"
  }
  staging_table = {
    name      = "staging"
    key_types = { messageId = "S", createdAt = "N" }
    arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
  }
  create_failure_bucket = false
  # Any file works, because nothing is deployed.
  package_path = "build.sh"
}

run "each_pattern_also_requires_an_insert" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [
      jsonencode({ dynamodb = { NewImage = { status = { S = ["PROCESSED"] } } } }),
      jsonencode({ dynamodb = { Keys = { messageId = { S = [{ prefix = "urgent-" }] } } } }),
    ]
  }

  assert {
    condition     = toset([for filter in aws_lambda_event_source_mapping.this.filter_criteria[0].filter : filter.pattern]) == toset([jsonencode(merge({ eventName = ["INSERT"] }, { dynamodb = { NewImage = { status = { S = ["PROCESSED"] } } } })), jsonencode({ eventName = ["INSERT"], dynamodb = { Keys = { messageId = { S = [{ prefix = "urgent-" }] } } } })])
    error_message = "The filter must have each pattern, and each must also require an insert."
  }
}

run "accepts_every_condition_that_a_filter_supports" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [
      jsonencode({ dynamodb = { NewImage = { a = { S = ["x", "", { anything-but = ["y"] }, { suffix = "z" }, { exists = true }, { equals-ignore-case = "Q" }] }, b = { N = ["300"] }, i = { N = [{ anything-but = "300" }] }, j = { BOOL = [true, { exists = false }] } } } }),
      jsonencode({ dynamodb = { NewImage = { c = { BOOL = [true] }, d = { NULL = [true] }, h = { S = [null] } } } }),
    ]
  }
}

run "rejects_more_patterns_than_aws_allows" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [for number in range(11) : jsonencode({ dynamodb = { NewImage = { status = { S = ["${number}"] } } } })]
  }

  expect_failures = [var.filter_patterns]
}

run "rejects_a_pattern_that_is_longer_than_aws_allows" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [jsonencode({ dynamodb = { NewImage = { status = { S = [for number in range(400) : "number-${number}"] } } } })]
  }

  expect_failures = [var.filter_patterns]
}

run "rejects_a_pattern_on_the_new_image_if_the_stream_has_none" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "KEYS_ONLY"
    }
    filter_patterns = [
      jsonencode({ dynamodb = { NewImage = { status = { S = ["PROCESSED"] } } } }),
    ]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_a_pattern_on_an_attribute_that_is_not_in_the_key" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [
      jsonencode({ dynamodb = { Keys = { status = { S = ["PROCESSED"] } } } }),
    ]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "in_a_dry_run_the_role_cannot_delete" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    dry_run = true
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["DRY_RUN"] == "true"
    error_message = "The function must know that it is a dry run."
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.function.statement : statement.sid], "DeleteFromStaging")
    error_message = "The role must lack the permission."
  }
}

run "enabled_false_disables_the_mapping" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    enabled = false
  }

  assert {
    condition     = !aws_lambda_event_source_mapping.this.enabled
    error_message = "The mapping must be disabled."
  }
}

run "it_deletes_by_default" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.enabled && !contains(keys(aws_lambda_function.this.environment[0].variables), "DRY_RUN") && !contains(keys(aws_lambda_function.this.environment[0].variables), "KEY_MAPPING")
    error_message = "By default the mapping must be enabled, without a dry run and without a key mapping."
  }
}

run "rejects_a_pattern_with_another_type_for_a_key_attribute" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [
      jsonencode({ dynamodb = { Keys = { messageId = { N = ["5"] } } } }),
    ]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_a_pattern_with_another_type_for_a_key_attribute_in_the_new_image" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [
      jsonencode({ dynamodb = { NewImage = { messageId = { N = ["5"] } } } }),
    ]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}
