mock_provider "aws" {
  source = "./tests/terraform/mocks"
}

# Existing tables: what the provider finds, unless a run overrides it.
override_data {
  target = data.aws_dynamodb_table.messages
  values = {
    hash_key         = "messageId"
    range_key        = "createdAt"
    attribute        = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }, { name = "owner", type = "S" }]
    stream_enabled   = true
    stream_view_type = "KEYS_ONLY"
    stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
  }
}

override_data {
  target = data.aws_dynamodb_table.messages_applied
  values = {
    hash_key         = "messageId"
    range_key        = "createdAt"
    attribute        = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }, { name = "owner", type = "S" }]
    stream_enabled   = true
    stream_view_type = "KEYS_ONLY"
    stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
  }
}

override_data {
  target = data.aws_dynamodb_table.staging
  values = {
    arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    hash_key  = "messageId"
    range_key = "createdAt"
    # The last attribute belongs to an index.
    attribute = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }, { name = "state", type = "S" }]
  }
}

override_data {
  target = data.aws_dynamodb_table.staging_applied
  values = {
    arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    hash_key  = "messageId"
    range_key = "createdAt"
    # The last attribute belongs to an index.
    attribute = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }, { name = "state", type = "S" }]
  }
}

variables {
  name                  = "scavenger"
  messages_table        = { name = "messages" }
  staging_table         = { name = "staging" }
  create_failure_bucket = false
  # Any file works, because nothing is deployed.
  package_path = "build.sh"
}

run "the_key_and_the_stream_of_existing_tables_are_looked_up" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["STAGING_MESSAGES_TABLE_KEY"] == "{\"createdAt\":\"N\",\"messageId\":\"S\"}"
    error_message = "The function must receive the staging table's key."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.event_source_arn == "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    error_message = "The mapping must read the messages table's stream."
  }

  assert {
    condition     = output.staging_table_arn == "arn:aws:dynamodb:eu-central-1:123456789012:table/staging" && output.messages_table_name == "messages"
    error_message = "The outputs must have the values that were looked up."
  }
}

run "rejects_a_messages_table_without_a_stream" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.messages
    values = {
      hash_key         = "messageId"
      range_key        = "createdAt"
      attribute        = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
      stream_enabled   = false
      stream_view_type = ""
      stream_arn       = ""
    }
  }

  override_data {
    target = data.aws_dynamodb_table.messages_applied
    values = {
      hash_key         = "messageId"
      range_key        = "createdAt"
      attribute        = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
      stream_enabled   = false
      stream_view_type = ""
      stream_arn       = ""
    }
  }

  expect_failures = [data.aws_dynamodb_table.messages_applied]
}

run "rejects_tables_with_different_keys" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_tables_with_the_same_key_attributes_of_different_types" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "messageId"
      range_key = "createdAt"
      attribute = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "messageId"
      range_key = "createdAt"
      attribute = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "S" }]
    }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_a_part_of_the_key_without_a_mapping" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "messageId"
      range_key = ""
      attribute = [{ name = "messageId", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "messageId"
      range_key = ""
      attribute = [{ name = "messageId", type = "S" }]
    }
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_key_is_mapped_from_the_message_s_key" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  variables {
    key_mapping = { requestId = "messageId" }
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["KEY_MAPPING"] == "{\"requestId\":\"messageId\"}"
    error_message = "The function must receive the key mapping."
  }
}

run "a_key_is_mapped_from_the_new_image" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.messages
    values = {
      hash_key         = "messageId"
      range_key        = "createdAt"
      attribute        = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
      stream_enabled   = true
      stream_view_type = "NEW_IMAGE"
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    }
  }

  override_data {
    target = data.aws_dynamodb_table.messages_applied
    values = {
      hash_key         = "messageId"
      range_key        = "createdAt"
      attribute        = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
      stream_enabled   = true
      stream_view_type = "NEW_IMAGE"
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  variables {
    key_mapping = { requestId = "origin" }
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["KEY_MAPPING"] == "{\"requestId\":\"origin\"}"
    error_message = "The function must receive the key mapping."
  }
}

run "rejects_a_mapping_from_the_new_image_if_the_stream_has_none" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  variables {
    key_mapping = { requestId = "origin" }
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_a_mapping_from_an_old_image" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.messages
    values = {
      hash_key         = "messageId"
      range_key        = "createdAt"
      attribute        = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
      stream_enabled   = true
      stream_view_type = "OLD_IMAGE"
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    }
  }

  override_data {
    target = data.aws_dynamodb_table.messages_applied
    values = {
      hash_key         = "messageId"
      range_key        = "createdAt"
      attribute        = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
      stream_enabled   = true
      stream_view_type = "OLD_IMAGE"
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  variables {
    key_mapping = { requestId = "origin" }
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_a_mapping_to_another_type" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  variables {
    key_mapping = { requestId = "createdAt" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_a_mapping_that_lacks_a_key_attribute" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    key_mapping = { messageId = "messageId" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_a_mapping_to_an_attribute_that_is_not_in_the_key" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      hash_key  = "requestId"
      range_key = ""
      attribute = [{ name = "requestId", type = "S" }]
    }
  }

  variables {
    key_mapping = { id = "messageId" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_an_empty_mapping" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    key_mapping = {}
  }

  expect_failures = [var.key_mapping]
}

run "rejects_a_mapping_from_an_attribute_without_a_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    key_mapping = { messageId = "", createdAt = "createdAt" }
  }

  expect_failures = [var.key_mapping]
}

run "rejects_the_same_table_for_both" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages"
      hash_key  = "messageId"
      range_key = "createdAt"
      attribute = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages"
      hash_key  = "messageId"
      range_key = "createdAt"
      attribute = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
    }
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_a_staging_table_of_another_region" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  override_data {
    target = data.aws_dynamodb_table.staging
    values = {
      arn       = "arn:aws:dynamodb:eu-west-1:123456789012:table/staging"
      hash_key  = "messageId"
      range_key = "createdAt"
      attribute = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
    }
  }

  override_data {
    target = data.aws_dynamodb_table.staging_applied
    values = {
      arn       = "arn:aws:dynamodb:eu-west-1:123456789012:table/staging"
      hash_key  = "messageId"
      range_key = "createdAt"
      attribute = [{ name = "messageId", type = "S" }, { name = "createdAt", type = "N" }]
    }
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "rejects_an_operator_of_another_account_than_the_looked_up_table" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_operator_arns = ["arn:aws:iam::999999999999:role/on-call"]
  }

  expect_failures = [var.failure_bucket_operator_arns]
}

run "rejects_arns_in_place_of_names" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = { name = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages" }
    staging_table  = { name = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging" }
  }

  expect_failures = [var.messages_table, var.staging_table]
}

run "described_tables_are_not_looked_up" {
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
      key_types = { messageId = "S", createdAt = "N" }
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    }
  }

  assert {
    condition     = length(data.aws_dynamodb_table.messages) == 0 && length(data.aws_dynamodb_table.staging) == 0
    error_message = "Described tables must not be looked up, because they may not exist yet."
  }
}

run "rejects_arns_of_something_else" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages"
      stream_view_type = "KEYS_ONLY"
    }
    staging_table = {
      name      = "staging"
      key_types = { messageId = "S", createdAt = "N" }
      arn       = "staging"
    }
  }

  expect_failures = [var.messages_table, var.staging_table]
}

run "rejects_arns_of_another_service" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:s3:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "KEYS_ONLY"
    }
    staging_table = {
      name      = "staging"
      key_types = { messageId = "S", createdAt = "N" }
      arn       = "arn:aws:s3:eu-central-1:123456789012:table/staging"
    }
  }

  expect_failures = [var.messages_table, var.staging_table]
}

run "rejects_arns_without_key_types" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name       = "messages"
      stream_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    }
    staging_table = {
      name = "staging"
      arn  = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    }
  }

  expect_failures = [var.messages_table, var.staging_table]
}

run "rejects_key_types_without_a_stream" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_view_type = "KEYS_ONLY"
    }
  }

  expect_failures = [var.messages_table]
}

run "rejects_an_unknown_view_type" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "KEYS"
    }
  }

  expect_failures = [var.messages_table]
}

run "rejects_a_stream_without_its_view_type" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name       = "messages"
      key_types  = { messageId = "S", createdAt = "N" }
      stream_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    }
  }

  expect_failures = [var.messages_table]
}

run "rejects_keys_with_an_unknown_type" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "BOOL" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
      stream_view_type = "KEYS_ONLY"
    }
    staging_table = {
      name      = "staging"
      key_types = { messageId = "BOOL" }
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    }
  }

  expect_failures = [var.messages_table, var.staging_table]
}

run "rejects_arns_of_other_tables_than_named" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    messages_table = {
      name             = "messages"
      key_types        = { messageId = "S", createdAt = "N" }
      stream_arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/others/stream/2026-01-01T00:00:00.000"
      stream_view_type = "KEYS_ONLY"
    }
    staging_table = {
      name      = "staging"
      key_types = { messageId = "S", createdAt = "N" }
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/others"
    }
  }

  expect_failures = [var.messages_table, var.staging_table]
}

run "rejects_the_aliases_of_the_tables_kms_keys" {
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
      kms_key_arn      = "alias/mine"
    }
    staging_table = {
      name        = "staging"
      key_types   = { messageId = "S", createdAt = "N" }
      arn         = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
      kms_key_arn = "alias/mine"
    }
  }

  expect_failures = [var.messages_table, var.staging_table]
}

run "rejects_a_key_without_attributes" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    staging_table = {
      name      = "staging"
      key_types = {}
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    }
  }

  expect_failures = [var.staging_table]
}

run "rejects_three_key_attributes" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    staging_table = {
      name      = "staging"
      key_types = { a = "S", b = "S", c = "S" }
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    }
  }

  expect_failures = [var.staging_table]
}

run "rejects_a_key_attribute_without_a_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    staging_table = {
      name      = "staging"
      key_types = { "" = "S" }
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    }
  }

  expect_failures = [var.staging_table]
}

run "rejects_a_kms_key_for_a_table_that_is_looked_up" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    staging_table = { name = "staging", kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/mine" }
  }

  expect_failures = [var.staging_table]
}

run "rejects_a_key_attribute_without_a_type" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    staging_table = {
      name      = "staging"
      key_types = { messageId = null, createdAt = "N" }
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
    }
  }

  expect_failures = [var.staging_table]
}

run "long_table_names_are_truncated_in_the_description" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    staging_table = {
      name      = join("", [for number in range(255) : "x"])
      key_types = { messageId = "S", createdAt = "N" }
      arn       = "arn:aws:dynamodb:eu-central-1:123456789012:table/${join("", [for number in range(255) : "x"])}"
    }
  }

  assert {
    condition     = length(aws_lambda_function.this.description) == 256
    error_message = "The description must not be longer than Lambda allows."
  }
}
