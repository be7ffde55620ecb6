mock_provider "aws" {}

variables {
  name = "staging"
}

run "a_table_is_as_the_article_has_it" {
  command = plan

  module {
    source = "./modules/table"
  }

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "messageId" && aws_dynamodb_table.this.range_key == "createdAt"
    error_message = "The key must be messageId and createdAt."
  }

  assert {
    condition = toset([for attribute in aws_dynamodb_table.this.attribute : "${attribute.name} ${attribute.type}"]) == toset([
      "messageId S", "createdAt N"
    ])
    error_message = "messageId must be a string and createdAt a number."
  }

  assert {
    condition     = output.key_types == tomap({ messageId = "S", createdAt = "N" })
    error_message = "The key's types must be told by attribute."
  }

  assert {
    condition = (aws_dynamodb_table.this.billing_mode == "PROVISIONED"
    && aws_dynamodb_table.this.read_capacity == 5 && aws_dynamodb_table.this.write_capacity == 5)
    error_message = "Throughput must be provisioned, 5 units each."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled
    error_message = "The table must be encrypted with the AWS managed key."
  }

  assert {
    condition     = !aws_dynamodb_table.this.stream_enabled && length(aws_dynamodb_table.this.ttl) == 0
    error_message = "Stream and time to live must be off unless asked for."
  }

  assert {
    condition     = output.stream_arn == null
    error_message = "Without a stream there must be no ARN of one."
  }
}

run "a_table_takes_its_options" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key                       = "id"
    hash_key_type                  = "B"
    range_key                      = null
    billing_mode                   = "PAY_PER_REQUEST"
    stream_view_type               = "KEYS_ONLY"
    ttl_attribute_name             = "expiresAt"
    kms_key_arn                    = "arn:aws:kms:eu-central-1:123456789012:key/mine"
    point_in_time_recovery_enabled = true
    deletion_protection_enabled    = true
    tags                           = { team = "messages" }
  }

  assert {
    condition = (aws_dynamodb_table.this.range_key == null
    && [for attribute in aws_dynamodb_table.this.attribute : "${attribute.name} ${attribute.type}"] == ["id B"])
    error_message = "A table without a sort key must have its partition key alone."
  }

  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "The table must be on demand."
  }

  assert {
    condition     = aws_dynamodb_table.this.stream_enabled && aws_dynamodb_table.this.stream_view_type == "KEYS_ONLY"
    error_message = "The stream must have the view type asked for."
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expiresAt"
    error_message = "Time to live must be on, by expiresAt."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table must be encrypted with the customer's key."
  }

  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled && aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "Recovery and protection must be on."
  }

  assert {
    condition     = aws_dynamodb_table.this.tags == tomap({ team = "messages" })
    error_message = "The tags must be on the table."
  }
}

run "refuses_a_name_that_is_too_short" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    name = "ab"
  }

  expect_failures = [var.name]
}

run "refuses_a_name_with_a_space" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    name = "with space"
  }

  expect_failures = [var.name]
}

run "refuses_an_empty_hash_key" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key = ""
  }

  expect_failures = [var.hash_key]
}

run "refuses_a_hash_key_of_another_type" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key_type = "M"
  }

  expect_failures = [var.hash_key_type]
}

run "refuses_an_empty_range_key" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key = ""
  }

  expect_failures = [var.range_key]
}

run "refuses_a_range_key_that_is_the_hash_key" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key = "messageId"
  }

  expect_failures = [var.range_key]
}

run "refuses_a_range_key_of_another_type" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key_type = "BOOL"
  }

  expect_failures = [var.range_key_type]
}

run "refuses_an_unknown_billing_mode" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    billing_mode = "FREE"
  }

  expect_failures = [var.billing_mode]
}

run "refuses_no_read_capacity" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    read_capacity = 0
  }

  expect_failures = [var.read_capacity]
}

run "refuses_half_a_write_unit" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    write_capacity = 1.5
  }

  expect_failures = [var.write_capacity]
}

run "refuses_an_unknown_stream_view_type" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    stream_view_type = "KEYS"
  }

  expect_failures = [var.stream_view_type]
}

run "refuses_an_empty_ttl_attribute" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = ""
  }

  expect_failures = [var.ttl_attribute_name]
}

run "refuses_a_key_that_is_no_arn" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    kms_key_arn = "alias/mine"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_tags_with_endless_values" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    tags = { team = join("", [for number in range(257) : "x"]) }
  }

  expect_failures = [var.tags]
}

run "refuses_tags_that_are_aws_s_own" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    tags = { "aws:tag" = "x" }
  }

  expect_failures = [var.tags]
}

run "a_table_is_protected" {
  module {
    source = "./modules/table"
  }

  variables {
    deletion_protection_enabled = true
  }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "DynamoDB must refuse to delete the table."
  }
}

run "refuses_another_key_for_a_protected_table" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    deletion_protection_enabled = true
    hash_key                    = "id"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "refuses_another_name_for_a_protected_table" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    deletion_protection_enabled = true
    name                        = "renamed"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "refuses_to_drop_the_sort_key_of_a_protected_table" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    deletion_protection_enabled = true
    range_key                   = null
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "refuses_another_key_type_for_a_protected_table" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    deletion_protection_enabled = true
    hash_key_type               = "N"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "a_protected_table_takes_other_capacity" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    deletion_protection_enabled = true
    write_capacity              = 50
  }
}

run "a_table_that_is_protected_no_more_may_be_replaced" {
  command = plan

  plan_options {
    replace = [aws_dynamodb_table.this]
  }

  module {
    source = "./modules/table"
  }

  variables {
    hash_key = "id"
  }
}

run "refuses_another_partition_key_for_a_table_that_is_not_protected" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key = "id"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "refuses_another_type_of_the_partition_key_for_a_table_that_is_not_protected" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key_type = "N"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "refuses_another_sort_key_for_a_table_that_is_not_protected" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key = "at"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "refuses_no_sort_key_for_a_table_that_is_not_protected" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key = null
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "refuses_another_type_of_the_sort_key_for_a_table_that_is_not_protected" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key_type = "S"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "recovery_is_left_to_others_unless_asked_for" {
  command = plan

  module {
    source = "./modules/table"
  }

  assert {
    condition     = length(aws_dynamodb_table.this.point_in_time_recovery) == 0
    error_message = "What others have switched on must not be switched off."
  }
}

run "recovery_is_switched_off_if_asked_for" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    point_in_time_recovery_enabled = false
  }

  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled == false
    error_message = "Recovery must be off."
  }
}

run "a_table_has_a_time_to_live" {
  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = "expiresAt"
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expiresAt"
    error_message = "Time to live must be on, by expiresAt."
  }
}

run "refuses_another_time_to_live_while_one_is_active" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = "deleteAt"
  }

  expect_failures = [terraform_data.ttl_attribute]
}

run "a_table_with_a_time_to_live_takes_other_capacity" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = "expiresAt"
    write_capacity     = 50
  }
}

run "a_new_table_takes_another_time_to_live_at_once" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    name               = "renamed"
    ttl_attribute_name = "deleteAt"
  }
}

run "time_to_live_is_left_to_others" {
  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = null
  }

  assert {
    condition     = length(terraform_data.ttl_attribute) == 0
    error_message = "What is left to others must not be remembered."
  }
}

run "a_table_takes_another_time_to_live_after_none" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = "deleteAt"
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].attribute_name == "deleteAt"
    error_message = "Time to live must be on, by deleteAt."
  }
}
