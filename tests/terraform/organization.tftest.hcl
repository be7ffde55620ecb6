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

run "the_role_has_the_boundary_and_the_path" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundaries/service"
    role_path                = "/service/"
  }

  assert {
    condition     = aws_iam_role.function[0].permissions_boundary == var.permissions_boundary_arn && aws_iam_role.function[0].path == "/service/"
    error_message = "An organization may allow CreateRole only with a boundary and below a path."
  }
}

run "with_a_role_made_elsewhere_no_role_is_made" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_arn = "arn:aws:iam::123456789012:role/service/made-elsewhere"
  }

  assert {
    condition     = length(aws_iam_role.function) == 0 && length(aws_iam_role_policy.function) == 0
    error_message = "The module must make no role and no policy."
  }

  assert {
    condition     = aws_lambda_function.this.role == var.role_arn
    error_message = "The function must have the role."
  }

  assert {
    condition     = contains(flatten([for condition in data.aws_iam_policy_document.failures[0].statement[1].condition : condition.values]), var.role_arn)
    error_message = "The bucket must accept what this role writes."
  }

  assert {
    condition = jsonencode({ for statement in data.aws_iam_policy_document.function.statement : statement.sid => sort(statement.resources) }) == jsonencode({
      DeleteFromStaging    = ["arn:aws:dynamodb:eu-central-1:123456789012:table/staging"]
      ReadTheStream        = ["arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"]
      ListTheStreams       = ["*"]
      WriteTheLog          = ["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/scavenger:*"]
      SendTraces           = ["*"]
      KeepFailedBatches    = ["arn:aws:s3:::scavenger-failures-123456789012-eu-central-1/*"]
      FindTheFailureBucket = ["arn:aws:s3:::scavenger-failures-123456789012-eu-central-1"]
    })
    error_message = "The plan must know the policy, because the role needs it before the rest exists."
  }

  assert {
    condition     = output.role_policy_json == data.aws_iam_policy_document.function.json
    error_message = "The policy must be an output."
  }
}

run "the_policy_of_a_role_made_elsewhere_names_no_bucket_without_one" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_arn              = "arn:aws:iam::123456789012:role/service/made-elsewhere"
    create_failure_bucket = false
  }

  assert {
    condition     = !anytrue([for statement in data.aws_iam_policy_document.function.statement : startswith(tolist(statement.actions)[0], "s3:")])
    error_message = "Without a bucket, the role needs no permission of S3."
  }
}

run "the_function_can_be_in_a_vpc" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    vpc_config = { subnet_ids = ["subnet-0a1b2c3d", "subnet-0123456789abcdef0"], security_group_ids = ["sg-0a1b2c3d"] }
  }

  assert {
    condition     = aws_lambda_function.this.vpc_config[0].subnet_ids == toset(var.vpc_config.subnet_ids) && aws_lambda_function.this.vpc_config[0].security_group_ids == toset(var.vpc_config.security_group_ids)
    error_message = "The function must be in the subnets, with the security groups."
  }

  assert {
    condition     = jsonencode([for statement in data.aws_iam_policy_document.function.statement : statement.effect if anytrue([for action in statement.actions : startswith(action, "ec2:")])]) == jsonencode([null, "Deny"])
    error_message = "Lambda must be able to make network interfaces with the role, and the code must not."
  }
}

run "without_a_vpc_the_role_has_no_permission_of_ec2" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    vpc_config = null
  }

  assert {
    condition     = length(aws_lambda_function.this.vpc_config) == 0 && !anytrue([for statement in data.aws_iam_policy_document.function.statement : startswith(tolist(statement.actions)[0], "ec2:")])
    error_message = "Only a function in a VPC needs network interfaces."
  }
}

run "terraform_can_be_told_to_delete_the_objects_of_the_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    failure_bucket_force_destroy = true
  }

  assert {
    condition     = aws_s3_bucket.failures[0].force_destroy
    error_message = "The bucket must be deleted with its objects."
  }
}

run "rejects_a_role_that_is_the_arn_of_a_user" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_arn = "arn:aws:iam::123456789012:user/anna"
  }

  expect_failures = [var.role_arn]
}

run "rejects_a_role_that_is_a_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_arn = "made-elsewhere"
  }

  expect_failures = [var.role_arn]
}

run "rejects_a_role_of_another_account" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_arn = "arn:aws:iam::999999999999:role/made-elsewhere"
  }

  expect_failures = [var.role_arn]
}

run "rejects_settings_of_a_role_that_is_not_made" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_arn                 = "arn:aws:iam::123456789012:role/service/made-elsewhere"
    role_path                = "/service/"
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/service"
  }

  expect_failures = [var.role_path, var.permissions_boundary_arn]
}

run "rejects_a_role_path_with_no_slash_at_its_begin" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_path = "service/"
  }

  expect_failures = [var.role_path]
}

run "rejects_a_role_path_with_no_slash_at_its_end" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_path = "/service"
  }

  expect_failures = [var.role_path]
}

run "rejects_a_role_path_with_a_character_that_lambda_rejects" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_path = "/service!/"
  }

  expect_failures = [var.role_path]
}

run "rejects_a_role_path_with_more_than_512_characters" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    role_path = "/${join("", [for number in range(511) : "a"])}/"
  }

  expect_failures = [var.role_path]
}

run "rejects_a_boundary_that_is_a_role" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:role/service"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "rejects_a_boundary_that_is_a_name" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    permissions_boundary_arn = "service"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "rejects_a_boundary_of_another_account" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    permissions_boundary_arn = "arn:aws:iam::999999999999:policy/service"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "accepts_a_boundary_of_aws" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    permissions_boundary_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
  }

  assert {
    condition     = aws_iam_role.function[0].permissions_boundary == var.permissions_boundary_arn
    error_message = "The role must have the boundary."
  }
}

run "rejects_a_vpc_without_subnets" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    vpc_config = { subnet_ids = [], security_group_ids = ["sg-0a1b2c3d"] }
  }

  expect_failures = [var.vpc_config]
}

run "rejects_a_vpc_without_security_groups" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    vpc_config = { subnet_ids = ["subnet-0a1b2c3d"], security_group_ids = [] }
  }

  expect_failures = [var.vpc_config]
}

run "rejects_a_vpc_with_arns" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    vpc_config = { subnet_ids = ["arn:aws:ec2:eu-central-1:123456789012:subnet/subnet-0a1b2c3d"], security_group_ids = ["sg-0a1b2c3d"] }
  }

  expect_failures = [var.vpc_config]
}

run "rejects_a_vpc_with_17_subnets" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    vpc_config = { subnet_ids = [for number in range(17) : "subnet-${number}"], security_group_ids = ["sg-0a1b2c3d"] }
  }

  expect_failures = [var.vpc_config]
}

run "rejects_a_vpc_with_6_security_groups" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    vpc_config = { subnet_ids = ["subnet-0a1b2c3d"], security_group_ids = [for number in range(6) : "sg-${number}"] }
  }

  expect_failures = [var.vpc_config]
}

run "rejects_a_vpc_with_null" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    vpc_config = { subnet_ids = null, security_group_ids = null }
  }

  expect_failures = [var.vpc_config]
}
