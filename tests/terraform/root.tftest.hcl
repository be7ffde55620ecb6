mock_provider "aws" {
  source = "./tests/terraform/mocks"
}

variables {
  # Any file works, because nothing is deployed.
  package_path = "build.sh"
}

run "a_plan_needs_no_other_variable" {
  command = plan

  assert {
    condition = (output.messages_table_name == "staging-scavenger-messages"
      && output.staging_table_name == "staging-scavenger-staging"
    && output.function_name == "staging-scavenger")
    error_message = "The tables and the function must be named after the deployment."
  }

  assert {
    condition     = output.log_group_name == "/aws/lambda/staging-scavenger"
    error_message = "The log group must be named after the function."
  }
}

run "all_names_contain_the_name" {
  command = plan

  variables {
    name = "orders"
  }

  assert {
    condition = (output.messages_table_name == "orders-messages"
      && output.staging_table_name == "orders-staging"
    && output.function_name == "orders")
    error_message = "Two deployments with different names must not share a name."
  }
}

run "accepts_the_longest_name_of_a_function" {
  command = plan

  variables {
    name                = "Orders_API-a-name-of-exactly-64-characters-that-Lambda-accepts-1"
    failure_bucket_name = "acme-orders-failures"
  }

  assert {
    condition     = output.function_name == var.name && output.staging_table_name == "${var.name}-staging"
    error_message = "The tables, alarms and the dashboard must accept the name of the function."
  }
}

run "warns_if_a_batch_cannot_be_deleted_before_its_records_expire" {
  command = plan

  variables {
    batch_size                    = 301
    write_capacity                = 5
    maximum_record_age_in_seconds = 60
  }

  expect_failures = [check.a_batch_can_be_deleted_before_its_records_are_too_old]
}

run "does_not_warn_if_a_batch_can_just_be_deleted_in_time" {
  command = plan

  variables {
    batch_size                    = 300
    write_capacity                = 5
    maximum_record_age_in_seconds = 60
  }
}

# A batch that makes progress consumes no retry, however many invocations it needs.
run "does_not_warn_if_a_batch_needs_more_invocations_than_retries" {
  command = plan

  variables {
    batch_size             = 10000
    write_capacity         = 1
    timeout                = 15
    maximum_retry_attempts = 0
  }
}

run "does_not_warn_without_a_maximum_record_age" {
  command = plan

  variables {
    batch_size                    = 10000
    write_capacity                = 1
    maximum_record_age_in_seconds = -1
  }
}

run "does_not_warn_on_demand" {
  command = plan

  variables {
    batch_size                    = 10000
    billing_mode                  = "PAY_PER_REQUEST"
    maximum_record_age_in_seconds = 60
  }
}

run "by_default_there_is_no_reconciler" {
  command = plan

  assert {
    condition     = output.reconciler_state_machine_arn == null && length(module.reconciler) == 0
    error_message = "A deployment must get a reconciler only if it asks for one."
  }
}

run "the_reconciler_has_the_inputs_of_the_root" {
  command = plan

  variables {
    name                             = "orders"
    create_reconciler                = true
    reconcile_schedule_expression    = "rate(1 day)"
    reconcile_apply                  = true
    oldest_unprocessed_alarm_seconds = 3600
  }

  assert {
    condition     = module.reconciler[0].function_name == "orders-reconciler" && module.reconciler[0].reports_unprocessed_rows && contains(keys(module.monitoring.alarm_names), "oldest-unprocessed")
    error_message = "Reconciler and alarm must be those of this deployment."
  }
}

run "refuses_a_schedule_without_a_reconciler" {
  command = plan

  variables {
    reconcile_schedule_expression = "rate(1 day)"
  }

  expect_failures = [var.reconcile_schedule_expression]
}

run "refuses_to_delete_on_no_schedule" {
  command = plan

  variables {
    create_reconciler = true
    reconcile_apply   = true
  }

  expect_failures = [var.reconcile_apply]
}
