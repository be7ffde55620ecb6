# The values that the mocked provider generates are not valid ARNs or policies.
mock_data "aws_iam_policy_document" {
  defaults = {
    json = "{ \"mocked\": true }"
  }
}

mock_resource "aws_lambda_function" {
  defaults = {
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:scavenger"
  }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::123456789012:role/scavenger"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/scavenger"
  }
}

mock_resource "aws_sfn_state_machine" {
  defaults = {
    arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler"
  }
}

mock_resource "aws_s3_bucket" {
  defaults = {
    arn = "arn:aws:s3:::scavenger-failures-123456789012-eu-central-1"
  }
}

# Defaults of the tables in tables.tftest.hcl.
mock_data "aws_dynamodb_tables" {
  defaults = {
    names = ["messages", "staging"]
  }
}
