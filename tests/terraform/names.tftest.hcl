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
  # Any file works, because nothing is deployed.
  package_path = "build.sh"
}

run "rejects_a_name_that_is_too_long_for_its_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "a-name-of-26-characters-xx"
  }

  expect_failures = [var.name]
}

run "rejects_a_name_with_capital_letters_for_its_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "Scavenger"
  }

  expect_failures = [var.name]
}

run "rejects_a_name_that_s3_reserves_for_domains" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "xn--orders"
  }

  expect_failures = [var.name]
}

run "rejects_a_name_that_s3_reserves_for_itself" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "sthree-orders"
  }

  expect_failures = [var.name]
}

run "rejects_a_name_that_s3_reserves_for_examples" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "amzn-s3-demo-orders"
  }

  expect_failures = [var.name]
}

run "rejects_a_name_that_s3_reserves_with_the_hyphen_that_follows" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "sthree"
  }

  expect_failures = [var.name]
}

run "accepts_a_name_that_s3_reserves_without_a_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name                  = "sthree-orders"
    create_failure_bucket = false
  }

  assert {
    condition     = aws_lambda_function.this.function_name == "sthree-orders"
    error_message = "Without a bucket, S3's rules must not apply to the name."
  }
}

run "rejects_names_that_lambda_rejects" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name                  = "orders.cleanup"
    create_failure_bucket = false
  }

  expect_failures = [var.name]
}

run "rejects_a_name_that_is_too_long_for_lambda" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name                  = "a-name-with-sixty-five-characters-is-longer-than-lambda-takes-one"
    create_failure_bucket = false
  }

  expect_failures = [var.name]
}

run "rejects_a_name_without_characters" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name                  = ""
    create_failure_bucket = false
  }

  expect_failures = [var.name]
}

run "rejects_a_name_that_starts_with_a_hyphen_for_its_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "-orders"
  }

  expect_failures = [var.name]
}

run "a_bucket_of_another_name_leaves_the_name_to_lambda_s_rules" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name                = "Orders_API-a-name-of-exactly-64-characters-that-Lambda-accepts-1"
    failure_bucket_name = "acme-orders-failures"
  }

  assert {
    condition     = length(var.name) == 64 && aws_lambda_function.this.function_name == var.name
    error_message = "The function must have the whole name."
  }

  assert {
    condition     = aws_s3_bucket.failures[0].bucket == "acme-orders-failures"
    error_message = "The bucket must have its own name."
  }

  assert {
    condition     = can(regex("^Orders_API-a-name-of-exactly-64-characters-[0-9a-f]{8}-eu-central-1$", aws_iam_role.function[0].name)) && length(aws_iam_role.function[0].name) <= 64
    error_message = "The role's name must be cut, and end with a hash of the name and the Region."
  }

  assert {
    condition     = aws_cloudwatch_log_group.function.name == "/aws/lambda/${var.name}"
    error_message = "The log group must be named after the function."
  }
}

run "the_longest_name_of_a_role_is_not_cut" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name                  = "a-name-of-51-characters-which-is-the-longest-uncut1"
    create_failure_bucket = false
  }

  assert {
    condition     = length(var.name) == 51 && aws_iam_role.function[0].name == "${var.name}-eu-central-1"
    error_message = "With the Region, the role's name has exactly 64 characters."
  }
}

run "names_that_begin_alike_have_different_roles" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name                  = "a-name-of-52-characters-which-is-cut-by-its-Region-2"
    create_failure_bucket = false
  }

  assert {
    condition     = aws_iam_role.function[0].name == "${substr(var.name, 0, 42)}-${substr(sha256(var.name), 0, 8)}-eu-central-1"
    error_message = "The hash must be that of the whole name."
  }
}

run "accepts_the_shortest_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    name = "o"
  }

  assert {
    condition     = aws_s3_bucket.failures[0].bucket == "o-failures-123456789012-eu-central-1"
    error_message = "One character is enough."
  }
}

run "rejects_an_arn_as_bucket_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "arn:aws:s3:::orders"
  }

  expect_failures = [var.failure_bucket_name]
}

run "rejects_a_bucket_name_with_capital_letters" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "Orders"
  }

  expect_failures = [var.failure_bucket_name]
}

run "rejects_a_bucket_name_with_two_characters" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "ab"
  }

  expect_failures = [var.failure_bucket_name]
}

run "rejects_a_bucket_name_with_a_dot" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "acme.orders"
  }

  expect_failures = [var.failure_bucket_name]
}

run "rejects_a_bucket_name_with_a_prefix_that_s3_reserves" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "sthree-orders"
  }

  expect_failures = [var.failure_bucket_name]
}

run "rejects_a_bucket_name_with_a_suffix_that_s3_reserves" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "orders--x-s3"
  }

  expect_failures = [var.failure_bucket_name]
}

run "rejects_a_bucket_name_with_a_hyphen_at_its_end" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_name = "orders-"
  }

  expect_failures = [var.failure_bucket_name]
}

run "rejects_settings_of_a_bucket_that_is_not_created" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    create_failure_bucket        = false
    failure_bucket_name          = "acme-orders"
    failure_bucket_force_destroy = true
  }

  expect_failures = [var.failure_bucket_name, var.failure_bucket_force_destroy]
}
