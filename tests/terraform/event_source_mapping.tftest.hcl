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
  # Any file will do, since nothing is deployed.
  package_path = "build.sh"
}

run "patterns_are_added_to_insert" {
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
    error_message = "Each pattern must ask for an insert, and be one that may match."
  }
}

run "a_pattern_may_ask_for_anything_a_filter_knows" {
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

run "refuses_more_patterns_than_aws_allows" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [for number in range(11) : jsonencode({ dynamodb = { NewImage = { status = { S = ["${number}"] } } } })]
  }

  expect_failures = [var.filter_patterns]
}

run "refuses_a_pattern_longer_than_aws_allows" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [jsonencode({ dynamodb = { NewImage = { status = { S = [for number in range(400) : "number-${number}"] } } } })]
  }

  expect_failures = [var.filter_patterns]
}

run "refuses_a_pattern_of_an_image_that_the_stream_lacks" {
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

run "refuses_a_pattern_of_a_key_that_the_table_has_not" {
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

run "a_dry_run_may_not_delete" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    dry_run = true
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["DRY_RUN"] == "true"
    error_message = "The function must be told."
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.function.statement : statement.sid], "DeleteFromStaging")
    error_message = "The role must lack the permission."
  }
}

run "a_pause_is_a_mapping_that_is_off" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    enabled = false
  }

  assert {
    condition     = !aws_lambda_event_source_mapping.this.enabled
    error_message = "The mapping must be off."
  }
}

run "it_deletes_unless_told_otherwise" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.enabled && !contains(keys(aws_lambda_function.this.environment[0].variables), "DRY_RUN") && !contains(keys(aws_lambda_function.this.environment[0].variables), "KEY_MAPPING")
    error_message = "Nothing must be switched off by default."
  }
}

run "refuses_a_pattern_of_a_key_attribute_s_other_type" {
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

run "refuses_a_pattern_of_an_image_s_key_attribute_of_another_type" {
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
