mock_provider "aws" {}

variables {
  function_name             = "scavenger"
  event_source_mapping_uuid = "12345678-90ab-cdef-1234-567890abcdef"
  staging_table_arn         = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
  messages_table_name       = "messages"
  failure_bucket_name       = "scavenger-failures-123456789012-eu-central-1"
}

run "each_alarm_has_its_metric_threshold_and_periods" {
  module {
    source = "./modules/monitoring"
  }

  assert {
    # Compared as JSON, because JSON does not distinguish a list from a tuple.
    condition = jsonencode({
      for key, alarm in aws_cloudwatch_metric_alarm.metric : key => [
        alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.threshold,
        "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods} x ${alarm.period} s",
      ]
      }) == jsonencode({
      errors      = ["AWS/Lambda", "Errors", { FunctionName = "scavenger" }, "Sum", 3, "1 of 4 x 300 s"]
      throttles   = ["AWS/Lambda", "Throttles", { FunctionName = "scavenger" }, "Sum", 1, "3 of 4 x 900 s"]
      given-up    = ["AWS/Lambda", "OnFailureDestinationDeliveredEventCount", { EventSourceMappingUUID = var.event_source_mapping_uuid }, "Sum", 1, "1 of 4 x 300 s"]
      dropped     = ["AWS/Lambda", "DroppedEventCount", { EventSourceMappingUUID = var.event_source_mapping_uuid }, "Sum", 1, "1 of 4 x 300 s"]
      quarantined = ["StagingScavenger", "Quarantined", { service = "scavenger" }, "Sum", 1, "1 of 4 x 300 s"]
    })
    error_message = "The alarms on one metric must be exactly these."
  }

  assert {
    condition = jsonencode({
      for key, alarm in aws_cloudwatch_metric_alarm.expression : key => concat(
        [for query in alarm.metric_query : query.expression if query.return_data == true],
        [for query in alarm.metric_query : [for metric in query.metric : [metric.namespace, metric.metric_name, metric.dimensions, metric.stat]][0] if query.expression == null || query.expression == ""],
        distinct(flatten([for query in alarm.metric_query : [for metric in query.metric : metric.period]])),
        [alarm.threshold, "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods}"],
      )
      }) == jsonencode({
      iterator-age = [
        "iterator_age - iterator_age * (DIFF(iterator_age) <= -60000)",
        ["AWS/Lambda", "IteratorAge", { FunctionName = "scavenger" }, "Maximum"],
        3600, 3600000, "3 of 4",
      ]
      write-throttling = [
        "FILL(write_throttles, 0)",
        ["AWS/DynamoDB", "WriteThrottleEvents", { TableName = "staging" }, "Sum"],
        300, 1, "5 of 6",
      ]
      stopped = [
        "(EPOCH(messages_written) >= ${local.mapping_made_at_s}) * (messages_written - messages_written * (FILL(polled, 0) > 0))",
        ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", { TableName = "messages" }, "Sum"],
        ["AWS/Lambda", "PolledEventCount", { EventSourceMappingUUID = var.event_source_mapping_uuid }, "Sum"],
        3600, 1, "3 of 3",
      ]
    })
    error_message = "The alarms on an expression must be exactly these."
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : alarm.comparison_operator == "GreaterThanOrEqualToThreshold"])
    error_message = "Each alarm must start at its threshold."
  }
}

run "an_alarm_names_its_runbook_section_and_is_off_without_traffic" {
  module {
    source = "./modules/monitoring"
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : alarm.treat_missing_data == "notBreaching"])
    error_message = "No alarm may start because data is missing."
  }

  assert {
    condition = alltrue([
      for key, alarm in local.alarm_resources :
      # 1024 is AWS's limit.
      endswith(alarm.alarm_description, ". What to do: docs/how-to/alarms.md, section ${key}.") && length(alarm.alarm_description) <= 1024
    ])
    error_message = "Each alarm's description must name its section of the runbook."
  }

  assert {
    condition     = output.alarm_names == { for key, alarm in local.alarm_resources : key => "scavenger-${key}" }
    error_message = "Each alarm must be named after the function and its key."
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : length(alarm.alarm_actions) == 0 && length(alarm.ok_actions) == 0])
    error_message = "By default no alarm may have actions."
  }
}

run "topics_are_notified_when_an_alarm_starts_and_when_it_ends" {
  module {
    source = "./modules/monitoring"
  }

  variables {
    alarm_actions = ["arn:aws:sns:eu-central-1:123456789012:on-call", "arn:aws:sns:eu-central-1:123456789012:team.fifo"]
    tags          = { team = "messages" }
  }

  assert {
    condition = alltrue([
      for alarm in local.alarm_resources :
      alarm.alarm_actions == toset(var.alarm_actions) && alarm.ok_actions == toset(var.alarm_actions)
    ])
    error_message = "Every alarm must notify all topics when it starts and when it ends."
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : alarm.tags == tomap({ team = "messages" })])
    error_message = "Every alarm must have the tags."
  }
}

run "an_alarm_that_ends_starts_no_incident" {
  module {
    source = "./modules/monitoring"
  }

  variables {
    alarm_actions = [
      "arn:aws:lambda:eu-central-1:123456789012:function:on-call:live",
      "arn:aws:ssm:eu-central-1:123456789012:opsitem:2#CATEGORY=Availability",
      "arn:aws:ssm-incidents::123456789012:response-plan/pipeline",
      "arn:aws:aiops:eu-central-1:123456789012:investigation-group/0123456789abcdef",
      "arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:1a2b:autoScalingGroupName/workers:policyName/fewer",
    ]
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : alarm.alarm_actions == toset(var.alarm_actions)])
    error_message = "Every alarm must start all actions."
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : alarm.ok_actions == toset([var.alarm_actions[0]])])
    error_message = "Only the function must be told that the alarm has ended."
  }
}

run "accepts_the_arns_in_cloudwatch_s_documentation" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    alarm_actions = [
      "arn:aws:lambda:eu-central-1:123456789012:function:on-call",
      "arn:aws:ssm:eu-central-1:123456789012:opsitem:4",
      "arn:aws:ssm-incidents::123456789012:responseplan/pipeline",
      "arn:aws:aiops:eu-central-1:123456789012:investigation-group:0123456789abcdef",
    ]
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : length(alarm.alarm_actions) == 4])
    error_message = "Every alarm must start all actions."
  }
}

run "rejects_an_action_on_an_ec2_instance" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    alarm_actions = ["arn:aws:automate:eu-central-1:ec2:reboot"]
  }

  expect_failures = [var.alarm_actions]
}

run "rejects_a_function_of_another_region" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    alarm_actions = ["arn:aws:lambda:eu-west-1:123456789012:function:on-call"]
  }

  expect_failures = [var.alarm_actions]
}

run "the_dashboard_shows_the_alarms_and_then_the_data_flow" {
  module {
    source = "./modules/monitoring"
  }

  assert {
    condition     = output.dashboard_name == "scavenger-eu-central-1"
    error_message = "The dashboard's name must have the function's name and the Region: dashboard names are unique in an account across all Regions."
  }

  assert {
    condition     = toset(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].properties.alarms) == toset([for alarm in local.alarm_resources : alarm.arn])
    error_message = "All alarms must be at the top."
  }

  assert {
    condition = [
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : split("\n", widget.properties.markdown)[0]
      if widget.type == "text"
      ] == [
      "## Records in", "## Batches", "## Deletes out", "## Lag", "## Write units and throttling", "## Failures", "## Cost"
    ]
    error_message = "The rows must be in the order of the data flow."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.region == "eu-central-1"
      if widget.type == "metric"
    ])
    error_message = "The widgets must be for the Region of the staging table."
  }
}

run "without_a_failure_bucket_no_alarm_or_widget_refers_to_one" {
  module {
    source = "./modules/monitoring"
  }

  variables {
    failure_bucket_name = null
  }

  assert {
    condition     = !contains(keys(output.alarm_names), "given-up") && contains(keys(output.alarm_names), "dropped")
    error_message = "Without a bucket, the alarm dropped must exist, and given-up must not."
  }

  assert {
    condition = alltrue([
      for metric in ["OnFailureDestinationDeliveredEventCount", "DestinationDeliveryFailures"] :
      !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, metric)
    ])
    error_message = "The dashboard must not draw metrics that do not exist without a bucket."
  }
}

run "rejects_a_function_name_with_a_dot" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    function_name = "scavenger.1"
  }

  expect_failures = [var.function_name]
}

run "rejects_a_function_name_that_is_too_long_for_lambda" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    function_name = "a-name-of-65-characters-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
  }

  expect_failures = [var.function_name]
}

run "rejects_a_mapping_that_is_not_a_uuid" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    event_source_mapping_uuid = "scavenger"
  }

  expect_failures = [var.event_source_mapping_uuid]
}

run "rejects_a_staging_table_that_is_not_an_arn" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    staging_table_arn = "staging"
  }

  expect_failures = [var.staging_table_arn]
}

run "rejects_the_arn_of_a_messages_table" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    messages_table_name = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages"
  }

  expect_failures = [var.messages_table_name]
}

run "rejects_the_arn_of_a_bucket" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    failure_bucket_name = "arn:aws:s3:::failures"
  }

  expect_failures = [var.failure_bucket_name]
}

run "rejects_a_queue_as_an_alarm_action" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    alarm_actions = ["arn:aws:sqs:eu-central-1:123456789012:alarms"]
  }

  expect_failures = [var.alarm_actions]
}

run "rejects_a_topic_of_another_region" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"]
  }

  expect_failures = [var.alarm_actions]
}

run "rejects_more_topics_than_cloudwatch_allows" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    alarm_actions = [for number in range(6) : "arn:aws:sns:eu-central-1:123456789012:alarms-${number}"]
  }

  expect_failures = [var.alarm_actions]
}

run "rejects_tags_that_aws_reserves" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    tags = { "aws:tag" = "x" }
  }

  expect_failures = [var.tags]
}

run "a_reconciler_adds_a_row_to_the_dashboard_and_no_alarm" {
  module {
    source = "./modules/monitoring"
  }

  variables {
    reports_unprocessed_rows = true
  }

  assert {
    condition = jsonencode([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      [widget.properties.title, [for metric in widget.properties.metrics : slice(metric, 0, 4)], can(widget.properties.annotations)]
      if widget.type == "metric" && anytrue([for name in ["UnprocessedRows", "OldestUnprocessedAge", "FailedSegments"] : strcontains(jsonencode(widget.properties), name)])
      ]) == jsonencode([
      ["Rows that no message matches", [["StagingScavenger", "UnprocessedRows", "service", "scavenger"]], false],
      ["Age of the oldest of them", [["StagingScavenger", "OldestUnprocessedAge", "service", "scavenger"]], false],
      ["Segments that failed", [["StagingScavenger", "FailedSegments", "service", "scavenger"]], false],
    ])
    error_message = "The dashboard must show what the reconciler reports."
  }

  assert {
    condition     = !contains(keys(output.alarm_names), "oldest-unprocessed")
    error_message = "Only the owner knows from which age a row is too old."
  }
}

run "without_a_reconciler_the_dashboard_has_no_row_for_it" {
  module {
    source = "./modules/monitoring"
  }

  assert {
    condition     = !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "UnprocessedRows") && !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "## Unprocessed rows")
    error_message = "A row without metrics must not be drawn."
  }
}

run "the_alarm_on_unprocessed_rows_keeps_its_state_between_two_runs" {
  module {
    source = "./modules/monitoring"
  }

  variables {
    reports_unprocessed_rows         = true
    oldest_unprocessed_alarm_seconds = 86400
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.metric["oldest-unprocessed"]] : [
        alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.threshold,
        "${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods} x ${alarm.period} s", alarm.treat_missing_data,
      ]
    ]) == jsonencode([["StagingScavenger", "OldestUnprocessedAge", { service = "scavenger" }, "Maximum", 86400, "1 of 1 x 300 s", "ignore"]])
    error_message = "The alarm must go by the last run."
  }

  assert {
    condition     = alltrue([for key, alarm in local.alarm_resources : key == "oldest-unprocessed" || alarm.treat_missing_data == "notBreaching"])
    error_message = "All other alarms must end if data is missing."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "{\"label\":\"alarm\",\"value\":86400}")
    error_message = "The dashboard must show the threshold."
  }
}

run "refuses_the_alarm_without_its_metric" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    oldest_unprocessed_alarm_seconds = 86400
  }

  expect_failures = [var.oldest_unprocessed_alarm_seconds]
}

run "refuses_an_age_that_every_row_has" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    reports_unprocessed_rows         = true
    oldest_unprocessed_alarm_seconds = 0
  }

  expect_failures = [var.oldest_unprocessed_alarm_seconds]
}
