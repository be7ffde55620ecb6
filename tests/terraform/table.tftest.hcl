mock_provider "aws" {}

variables {
  name = "staging"
}

run "a_table_has_the_article_s_settings" {
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
    error_message = "The output key_types must have the type of each key attribute."
  }

  assert {
    condition = (aws_dynamodb_table.this.billing_mode == "PROVISIONED"
    && aws_dynamodb_table.this.read_capacity == 5 && aws_dynamodb_table.this.write_capacity == 5)
    error_message = "Capacity must be provisioned, 5 units each."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled
    error_message = "The table must be encrypted with the AWS managed key."
  }

  assert {
    condition     = !aws_dynamodb_table.this.stream_enabled && length(aws_dynamodb_table.this.ttl) == 0
    error_message = "Stream and TTL must be disabled by default."
  }

  assert {
    condition     = output.stream_arn == null
    error_message = "Without a stream there must be no stream ARN."
  }
}

run "a_table_has_the_given_options" {
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
    error_message = "A table without a sort key must have only its partition key."
  }

  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "The table must be on demand."
  }

  assert {
    condition     = aws_dynamodb_table.this.stream_enabled && aws_dynamodb_table.this.stream_view_type == "KEYS_ONLY"
    error_message = "The stream must have the given view type."
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expiresAt"
    error_message = "TTL must be enabled for expiresAt."
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table must be encrypted with the given KMS key."
  }

  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled && aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "Point-in-time recovery and deletion protection must be enabled."
  }

  assert {
    condition     = aws_dynamodb_table.this.tags == tomap({ team = "messages" })
    error_message = "The tags must be on the table."
  }
}

run "rejects_a_name_that_is_too_short" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    name = "ab"
  }

  expect_failures = [var.name]
}

run "rejects_a_name_with_a_space" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    name = "with space"
  }

  expect_failures = [var.name]
}

run "rejects_an_empty_hash_key" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key = ""
  }

  expect_failures = [var.hash_key]
}

run "rejects_an_unknown_hash_key_type" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key_type = "M"
  }

  expect_failures = [var.hash_key_type]
}

run "rejects_an_empty_range_key" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key = ""
  }

  expect_failures = [var.range_key]
}

run "rejects_a_range_key_that_is_the_hash_key" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key = "messageId"
  }

  expect_failures = [var.range_key]
}

run "rejects_an_unknown_range_key_type" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key_type = "BOOL"
  }

  expect_failures = [var.range_key_type]
}

run "rejects_an_unknown_billing_mode" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    billing_mode = "FREE"
  }

  expect_failures = [var.billing_mode]
}

run "rejects_a_read_capacity_of_zero" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    read_capacity = 0
  }

  expect_failures = [var.read_capacity]
}

run "rejects_half_a_write_unit" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    write_capacity = 1.5
  }

  expect_failures = [var.write_capacity]
}

run "rejects_an_unknown_stream_view_type" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    stream_view_type = "KEYS"
  }

  expect_failures = [var.stream_view_type]
}

run "rejects_an_empty_ttl_attribute" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = ""
  }

  expect_failures = [var.ttl_attribute_name]
}

run "rejects_a_kms_key_that_is_not_an_arn" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    kms_key_arn = "alias/mine"
  }

  expect_failures = [var.kms_key_arn]
}

run "rejects_tags_with_values_that_are_too_long" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    tags = { team = join("", [for number in range(257) : "x"]) }
  }

  expect_failures = [var.tags]
}

run "rejects_tags_that_aws_reserves" {
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
    error_message = "Deletion protection must be enabled."
  }
}

run "rejects_another_key_for_a_protected_table" {
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

run "rejects_another_name_for_a_protected_table" {
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

run "rejects_the_removal_of_a_protected_table_s_sort_key" {
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

run "rejects_another_key_type_for_a_protected_table" {
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

run "a_protected_table_accepts_another_capacity" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    deletion_protection_enabled = true
    write_capacity              = 50
  }
}

run "a_table_that_is_no_longer_protected_can_be_replaced" {
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

run "rejects_another_partition_key_for_an_unprotected_table" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key = "id"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "rejects_another_partition_key_type_for_an_unprotected_table" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    hash_key_type = "N"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "rejects_another_sort_key_for_an_unprotected_table" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key = "at"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "rejects_the_removal_of_an_unprotected_table_s_sort_key" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key = null
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "rejects_another_sort_key_type_for_an_unprotected_table" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    range_key_type = "S"
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "recovery_is_not_managed_by_default" {
  command = plan

  module {
    source = "./modules/table"
  }

  assert {
    condition     = length(aws_dynamodb_table.this.point_in_time_recovery) == 0
    error_message = "Recovery that others enabled must stay enabled."
  }
}

run "recovery_can_be_disabled" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    point_in_time_recovery_enabled = false
  }

  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled == false
    error_message = "Recovery must be disabled."
  }
}

run "a_table_has_a_ttl" {
  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = "expiresAt"
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expiresAt"
    error_message = "TTL must be enabled for expiresAt."
  }
}

run "rejects_another_ttl_attribute_while_one_is_active" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = "deleteAt"
  }

  expect_failures = [terraform_data.ttl_attribute]
}

run "a_table_with_a_ttl_accepts_another_capacity" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = "expiresAt"
    write_capacity     = 50
  }
}

run "a_replaced_table_accepts_another_ttl_attribute_at_once" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    name               = "renamed"
    ttl_attribute_name = "deleteAt"
  }
}

run "without_an_attribute_the_ttl_is_not_managed" {
  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = null
  }

  assert {
    condition     = length(terraform_data.ttl_attribute) == 0
    error_message = "A TTL that is not managed must not be stored."
  }
}

run "a_table_accepts_another_ttl_attribute_after_null" {
  command = plan

  module {
    source = "./modules/table"
  }

  variables {
    ttl_attribute_name = "deleteAt"
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].attribute_name == "deleteAt"
    error_message = "TTL must be enabled for deleteAt."
  }
}
