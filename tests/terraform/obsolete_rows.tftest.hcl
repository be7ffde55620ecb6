# event_names and match_attributes: which changes of a message make its row obsolete, and which row.
mock_provider "aws" {
  source = "./tests/terraform/mocks"
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
  create_failure_bucket = false
  # Any file works, because nothing is deployed.
  package_path = "build.sh"
}

run "by_default_nothing_is_compared_and_only_inserts_count" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  assert {
    condition     = length(setintersection(keys(aws_lambda_function.this.environment[0].variables), ["MATCH_ATTRIBUTES", "EVENT_NAMES"])) == 0
    error_message = "The function must not have the variables: existing deployments must plan nothing."
  }

  assert {
    condition     = aws_lambda_function.this.description == "Deletes rows of staging table staging whose messages were inserted into messages."
    error_message = "The function's description must stay the same: existing deployments must plan nothing."
  }
}

run "a_row_that_differs_from_its_message_is_kept" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { receivedAt = "stagedAt", version = "createdAt" }
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["MATCH_ATTRIBUTES"] == "{\"receivedAt\":\"stagedAt\",\"version\":\"createdAt\"}"
    error_message = "The function must receive the attributes."
  }

  assert {
    condition = jsonencode([
      for statement in data.aws_iam_policy_document.function.statement : [statement.actions, statement.resources]
      if anytrue([for action in statement.actions : strcontains(action, "Item")])
    ]) == jsonencode([[["dynamodb:DeleteItem"], [var.staging_table.arn]]])
    error_message = "The role must be able to delete an item, and not to put one."
  }
}

run "in_a_dry_run_the_role_cannot_delete_a_matching_row_either" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { receivedAt = "receivedAt" }
    dry_run          = true
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.function.statement : statement.sid], "DeleteFromStaging")
    error_message = "The role must lack the permission."
  }
}

run "an_attribute_of_the_message_s_key_needs_no_image" {
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
    staging_table = {
      name      = "staging"
      key_types = { messageId = "S" }
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    }
    key_mapping      = { messageId = "messageId" }
    match_attributes = { receivedAt = "createdAt" }
  }
}

run "accepts_the_longest_names_and_the_most_attributes" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = merge({ for number in range(99) : "a${number}" => "b" }, { (join("", [for number in range(255) : "x"])) = join("", [for number in range(255) : "y"]) })
  }
}

run "rejects_more_attributes_than_a_condition_should_have" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { for number in range(101) : "a${number}" => "b" }
  }

  expect_failures = [var.match_attributes]
}

run "rejects_attributes_that_do_not_fit_into_the_environment" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { for number in range(10) : "a${number}" => join("", [for character in range(255) : "y"]) }
  }

  expect_failures = [var.match_attributes]
}

# 1,921 characters, but 5,121 bytes.
run "rejects_attributes_whose_bytes_do_not_fit_into_the_environment" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { for number in range(40) : format("%s%02d", join("", [for character in range(20) : "受"]), number) => join("", [for character in range(20) : "信"]) }
  }

  expect_failures = [var.match_attributes]
}

run "rejects_an_attribute_of_the_row_without_a_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { "" = "receivedAt" }
  }

  expect_failures = [var.match_attributes]
}

run "rejects_an_attribute_of_the_message_without_a_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { receivedAt = null }
  }

  expect_failures = [var.match_attributes]
}

run "rejects_an_attribute_with_a_name_longer_than_a_key_s" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { receivedAt = join("", [for number in range(256) : "x"]) }
  }

  expect_failures = [var.match_attributes]
}

run "rejects_to_compare_a_key_attribute" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    match_attributes = { receivedAt = "receivedAt", createdAt = "createdAt" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_to_compare_with_the_new_image_if_the_stream_has_none" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "OLD_IMAGE"
    }
    match_attributes = { receivedAt = "receivedAt" }
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "updates_count_if_a_pattern_selects_them" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names     = ["MODIFY"]
    filter_patterns = [jsonencode({ dynamodb = { NewImage = { status = { S = ["PROCESSED"] } } } })]
  }

  assert {
    condition     = [for filter in aws_lambda_event_source_mapping.this.filter_criteria[0].filter : jsondecode(filter.pattern)] == [{ dynamodb = { NewImage = { status = { S = ["PROCESSED"] } } }, eventName = ["MODIFY"] }]
    error_message = "The filter must let updates through, and no inserts."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["EVENT_NAMES"] == "[\"MODIFY\"]"
    error_message = "The function must know which changes count."
  }

  assert {
    condition     = aws_lambda_function.this.description == "Deletes rows of staging table staging whose messages were changed in messages."
    error_message = "The description must say which changes count."
  }
}

run "the_order_of_the_changes_does_not_matter" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names      = ["MODIFY", "INSERT"]
    match_attributes = { receivedAt = "receivedAt" }
  }

  assert {
    condition     = [for filter in aws_lambda_event_source_mapping.this.filter_criteria[0].filter : filter.pattern] == ["{\"eventName\":[\"INSERT\",\"MODIFY\"]}"]
    error_message = "The filter must have the changes in one order, so that another order in the input changes nothing."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["EVENT_NAMES"] == "[\"INSERT\",\"MODIFY\"]"
    error_message = "The function must know them in the same order."
  }

  assert {
    condition     = aws_lambda_function.this.description == "Deletes rows of staging table staging whose messages were inserted into or changed in messages."
    error_message = "The description must say which changes count."
  }
}

run "a_pattern_selects_the_transition_and_inserts" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names = ["INSERT", "MODIFY"]
    filter_patterns = [jsonencode({ dynamodb = {
      NewImage = { status = { S = ["PROCESSED"] } }
      OldImage = { status = { S = [{ anything-but = ["PROCESSED"] }, { exists = false }] }, createdAt = { N = [{ prefix = "1" }, { exists = false }] } }
    } })]
  }

  assert {
    condition     = can(jsondecode(one(aws_lambda_event_source_mapping.this.filter_criteria[0].filter).pattern).dynamodb.OldImage.status)
    error_message = "The filter must have the pattern's condition on the old image."
  }
}

run "rejects_updates_without_a_pattern_or_attributes_to_compare" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names = ["INSERT", "MODIFY"]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_updates_that_a_pattern_of_keys_lets_through" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names = ["INSERT", "MODIFY"]
    filter_patterns = [
      jsonencode({ dynamodb = { NewImage = { status = { S = ["PROCESSED"] } } } }),
      jsonencode({ dynamodb = { Keys = { messageId = { S = [{ prefix = "order-" }] } } } }),
    ]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_updates_that_a_pattern_of_a_key_attribute_in_an_image_lets_through" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names     = ["MODIFY"]
    filter_patterns = [jsonencode({ dynamodb = { NewImage = { messageId = { S = [{ prefix = "order-" }] } } } })]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "accepts_updates_that_a_pattern_of_keys_lets_through_if_rows_are_compared" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names      = ["MODIFY"]
    match_attributes = { receivedAt = "receivedAt" }
    filter_patterns  = [jsonencode({ dynamodb = { Keys = { messageId = { S = [{ prefix = "order-" }] } } } })]
  }
}

run "rejects_no_change_at_all" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names = []
  }

  expect_failures = [var.event_names]
}

run "rejects_removals" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names = ["INSERT", "REMOVE"]
  }

  expect_failures = [var.event_names]
}

run "rejects_a_change_that_is_null" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names = ["INSERT", null]
  }

  expect_failures = [var.event_names]
}

run "rejects_a_change_that_is_listed_twice" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names = ["INSERT", "INSERT"]
  }

  expect_failures = [var.event_names]
}

run "rejects_a_pattern_on_the_old_image_if_only_inserts_count" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [jsonencode({ dynamodb = { OldImage = { status = { S = ["RECEIVED"] } } } })]
  }

  expect_failures = [var.filter_patterns]
}

run "rejects_a_pattern_on_the_old_image_if_the_stream_has_none" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "NEW_IMAGE"
    }
    event_names     = ["MODIFY"]
    filter_patterns = [jsonencode({ dynamodb = { OldImage = { status = { S = ["RECEIVED"] } } } })]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_a_pattern_with_another_type_for_a_key_attribute_in_the_old_image" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names     = ["MODIFY"]
    filter_patterns = [jsonencode({ dynamodb = { OldImage = { messageId = { N = ["5"] } } } })]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "accepts_a_pattern_that_just_fits_with_one_change" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    filter_patterns = [jsonencode({ dynamodb = { NewImage = { status = { S = [format("%04026d", 0)] } } } })]
  }
}

run "rejects_the_same_pattern_with_both_changes" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    event_names     = ["INSERT", "MODIFY"]
    filter_patterns = [jsonencode({ dynamodb = { NewImage = { status = { S = [format("%04026d", 0)] } } } })]
  }

  expect_failures = [var.filter_patterns]
}
