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

run "a_package_below_the_working_directory_has_a_relative_path" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_path = abspath("build.sh")
  }

  assert {
    condition     = aws_lambda_function.this.filename == "build.sh"
    error_message = "The path must be the same on each machine: for the provider, another path is a change of the function."
  }
}

run "rejects_a_package_that_is_a_folder" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_path = "modules"
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_a_package_that_does_not_exist" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_path = "dist/missing.zip"
  }

  expect_failures = [aws_lambda_function.this]
}

run "the_package_can_be_in_s3" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_path = null
    package_s3   = { bucket = "artifacts", key = "scavenger/0.2.0.zip", object_version = "v7", source_code_hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  }

  assert {
    condition     = aws_lambda_function.this.s3_bucket == "artifacts" && aws_lambda_function.this.s3_key == "scavenger/0.2.0.zip" && aws_lambda_function.this.s3_object_version == "v7"
    error_message = "The function must be created from the object."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == var.package_s3.source_code_hash && aws_lambda_function.this.filename == null
    error_message = "No file of this machine may be used."
  }
}

run "a_package_in_s3_needs_neither_a_version_nor_a_hash" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_path = null
    package_s3   = { bucket = "artifacts", key = "scavenger/0.2.0.zip" }
  }

  assert {
    condition     = aws_lambda_function.this.s3_key == "scavenger/0.2.0.zip"
    error_message = "Bucket and key must be enough."
  }
}

run "rejects_two_packages" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_s3 = { bucket = "artifacts", key = "scavenger.zip" }
  }

  expect_failures = [var.package_s3]
}

run "rejects_a_package_in_s3_with_an_arn_as_bucket" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_path = null
    package_s3   = { bucket = "arn:aws:s3:::artifacts", key = "scavenger.zip" }
  }

  expect_failures = [var.package_s3]
}

run "rejects_a_package_in_s3_with_an_empty_key" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_path = null
    package_s3   = { bucket = "artifacts", key = "" }
  }

  expect_failures = [var.package_s3]
}

run "rejects_a_package_in_s3_with_a_hexadecimal_hash" {
  command = plan

  module {
    source = "./modules/scavenger"
  }

  variables {
    package_path = null
    package_s3   = { bucket = "artifacts", key = "scavenger.zip", source_code_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }
  }

  expect_failures = [var.package_s3]
}
