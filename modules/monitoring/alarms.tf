locals {
  # The threshold of each alarm is here, with its reason. An alarm starts when a person must act, and not while Lambda and the
  # function recover by themselves. `scavenger status` has its own thresholds, in ops/scavenger_ops/status/thresholds.py: a
  # comment beside each threshold here names the constant that agrees with it, or says why status differs.
  # tests/unit/test_thresholds.py compares those that must agree.
  #
  # The value of an alarm is that of its metric, or of the expression over its metrics. It breaches at the threshold and above.
  # CloudWatch evaluates each minute, over periods that end at that minute. So M breaching periods prove only that the first and
  # the last breach are more than M - 2 periods apart. docs/reference/metrics-and-alarms.md has when each alarm starts and ends.
  alarms = {
    iterator-age = {
      metrics = ["iterator_age"]
      # 0 if the lag is a minute or more shorter than in the period before: a backlog that shrinks, after a pause or with a new
      # mapping, needs no action. Without a period before, the value is the lag, because arithmetic treats a missing value as 0.
      # Source: using-metric-math.html. The minute agrees with LAG_DECREASE_S in ops/scavenger_ops/status/thresholds.py.
      expression = "iterator_age - iterator_age * (DIFF(iterator_age) <= -60000)"
      # An hour in milliseconds. It agrees with LAG_S in ops/scavenger_ops/status/thresholds.py. The dashboard draws it as a line.
      threshold = 60 * 60 * 1000
      # Long enough for changes by the hour: a batch that is written to the table each hour makes the lag grow while a backlog
      # shrinks, and a job that consumes the write capacity makes the lag shrink for a while although it does not come down.
      period = 3600
      # Three periods prove more than an hour. They are three of four, because a growing lag is shorter now and then.
      breaches = 3
      of       = 4
      meaning  = "For more than an hour, records have waited for more than an hour before the function received them, and the wait has not become shorter."
      reason   = "A backlog that shrinks does not start this alarm. By default, about 17 of 20 hours are left until Lambda discards the oldest records and sends them to the failure bucket."
    }
    errors = merge(local.single_event, {
      metrics = ["errors"]
      # `scavenger status` reports even one error in the last hour, unless it is over: the operator who runs it is already
      # looking, while this alarm notifies people.
      threshold = 3
      meaning   = "Three or more invocations failed within five minutes."
      reason    = "Lambda retries one or two failures without loss, but a fault that makes every invocation fail at once exhausts the retries within minutes."
    })
    throttles = {
      metrics    = ["throttles"]
      expression = null
      # `scavenger status` reports even one throttled invocation in the last hour, unless it is over: the operator who runs it is
      # already looking.
      threshold = 1
      # How long Lambda waits between two attempts is not documented.
      period = 900
      # Three periods prove more than 15 minutes.
      breaches = 3
      of       = 4
      meaning  = "For more than 15 minutes, Lambda has repeatedly found no concurrency to invoke the function."
      reason   = "Lambda retries by itself, so a shorter lack of concurrency does not start this alarm."
    }
    given-up = merge(local.single_event, {
      metrics = ["given_up"]
      # Any record. `scavenger status` counts the objects in the failure bucket instead, because this metric does not show which
      # records were redriven.
      threshold = 1
      meaning   = "Lambda has discarded records and sent them to the failure bucket."
      reason    = "The records wait there to be redriven, and their rows stay in the staging table until then."
    })
    # The metric does not count records that reach the failure bucket. Source: monitoring-metrics-types.html. The alarm also
    # exists without a bucket, because AWS documents the metric for that case too, but a third party recorded that it had no
    # value then.
    dropped = merge(local.single_event, {
      metrics = ["dropped"]
      # Any record, as in `scavenger status`, which reads this metric for the last 24 hours.
      threshold = 1
      meaning   = "Lambda has discarded records and could not send them to a failure bucket."
      reason    = "Nothing will delete their rows any more, except their TTL or scavenger reconcile. Without a failure bucket, Lambda may drop records without starting this alarm."
    })
    quarantined = merge(local.single_event, {
      metrics = ["quarantined"]
      # Any record. `scavenger status` counts the quarantined objects in the failure bucket instead, as for given-up.
      threshold = 1
      meaning   = "The function has quarantined records in the failure bucket, because they can never be deleted as they are."
      reason    = "Something writes items whose key does not fit the staging table, which does not happen by chance."
    })
    write-throttling = {
      metrics = ["write_throttles"]
      # DynamoDB writes no zeros. Without FILL, CloudWatch would use older values, and the alarm would stay on for longer.
      # Source: alarms-and-missing-data.html.
      expression = "FILL(write_throttles, 0)"
      # Any throttled write. `scavenger status` reads one value per minute: it reports a table that was throttled in 5 of the last
      # 15 minutes, THROTTLED_MINUTES in ops/scavenger_ops/status/thresholds.py.
      threshold = 1
      period    = 300
      # Five periods prove more than 15 minutes. They are five of six, because FILL treats the latest period as one without
      # throttling if its value is late. Source: using-metric-math.html.
      breaches = 5
      of       = 6
      meaning  = "For more than 15 minutes, DynamoDB has repeatedly throttled writes to the staging table."
      reason   = "The function reduces its concurrency by itself, but the API shares the table's write capacity, and its writes may fail."
    }
    stopped = {
      metrics = ["polled", "messages_written"]
      # The write units that were consumed in a period in which nothing was polled. Periods from before the mapping was created
      # do not count (mapping_made_at.tf), because a new alarm also looks at those. A mapping that is disabled, or has never
      # polled, writes no metrics, and one that polls an old stream writes zeros. Source: monitoring-metrics-types.html. It is
      # not documented whether FILL fills a metric that has no value at all. If it does not, arithmetic between two series
      # treats a missing value as 0. EPOCH has a value in each period, so that periods without writes count as such.
      # Source: using-metric-math.html.
      expression = "(EPOCH(messages_written) >= ${local.mapping_made_at_s}) * (messages_written - messages_written * (FILL(polled, 0) > 0))"
      # Any write, in each of three hours. `scavenger status` cannot wait that long: it reports writes in 3 of the last 15 minutes,
      # WRITTEN_MINUTES in ops/scavenger_ops/status/thresholds.py, since one write alone may have changed nothing.
      threshold = 1
      period    = 3600
      # The last write of a period may be polled in the next. With two periods, a pause of an hour in a burst of writes would
      # start the alarm.
      breaches = 3
      of       = 3
      meaning  = "The messages table has been written to in each of three hours, and the event source mapping has read nothing from its stream."
      reason   = "IteratorAge has no values in this state, so no other alarm starts before the stream deletes its records, after 24 hours."
    }
    oldest-unprocessed = {
      metrics    = ["oldest_unprocessed_age"]
      expression = null
      # An input, because only the owner knows how long processing may take, and when the TTL deletes a row. The figure of the
      # last run is in `scavenger status`.
      threshold = var.oldest_unprocessed_alarm_seconds
      # One value is proof: it is the result of a whole run. A run that finds none ends the alarm once its period is over.
      period   = 300
      breaches = 1
      of       = 1
      # Between two runs there is no value, and nothing is known to have changed.
      missing_data = "ignore"
      meaning      = "The last run of the reconciler has found a row in the staging table that is older than oldest_unprocessed_alarm_seconds, and that no message matches."
      reason       = "Processing has not handled it, and its TTL will delete it."
    }
  }

  # For alarms that one value starts. They evaluate four periods, because Lambda writes the metrics of an invocation when it
  # ends, after up to 15 minutes, with the time at which it started: an alarm on the latest period alone would never see them.
  # Source: monitoring-metrics-view.html.
  single_event = {
    expression = null
    period     = 300
    breaches   = 1
    of         = 4
  }

  # Only alarms whose metrics exist: some metrics need a failure bucket or a reconciler (main.tf). No traffic is not an error, so
  # missing data does not breach, unless an alarm says otherwise.
  written_alarms = {
    for key, alarm in local.alarms : key => merge(alarm, {
      name         = "${var.function_name}-${key}"
      description  = "${alarm.meaning} ${alarm.reason} What to do: docs/how-to/alarms.md, section ${key}."
      missing_data = try(alarm.missing_data, "notBreaching")
    })
    if alarm.threshold != null && alltrue([for metric in alarm.metrics : contains(keys(local.metrics), metric)])
  }

  expression_alarms = { for key, alarm in local.written_alarms : key => alarm if alarm.expression != null }

  # The actions that are also notified when an alarm ends. CloudWatch opens OpsItems, incidents and investigations only when an
  # alarm starts, and a scaling policy would run again. Source: alarm-actions.html.
  ok_actions = [for arn in var.alarm_actions : arn if contains(["sns", "lambda"], split(":", arn)[2])]

  alarm_resources = merge(aws_cloudwatch_metric_alarm.metric, aws_cloudwatch_metric_alarm.expression)
}

resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each = { for key, alarm in local.written_alarms : key => alarm if alarm.expression == null }

  alarm_name        = each.value.name
  alarm_description = each.value.description

  namespace   = local.metrics[each.value.metrics[0]].namespace
  metric_name = local.metrics[each.value.metrics[0]].name
  dimensions  = local.metrics[each.value.metrics[0]].dimensions
  statistic   = local.metrics[each.value.metrics[0]].statistic
  period      = each.value.period

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.of
  datapoints_to_alarm = each.value.breaches
  treat_missing_data  = each.value.missing_data

  alarm_actions = var.alarm_actions
  ok_actions    = local.ok_actions

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "expression" {
  for_each = local.expression_alarms

  alarm_name        = each.value.name
  alarm_description = each.value.description

  metric_query {
    id          = "watched"
    expression  = each.value.expression
    label       = each.key
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { for key in each.value.metrics : key => local.metrics[key] }

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.statistic
        period      = each.value.period
      }
    }
  }

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.of
  datapoints_to_alarm = each.value.breaches
  treat_missing_data  = each.value.missing_data

  alarm_actions = var.alarm_actions
  ok_actions    = local.ok_actions

  tags = var.tags

  lifecycle {
    # The UUID of a new mapping is unknown until it is created, and the provider cannot plan an update with an unknown dimension
    # in a query: the apply fails with "inconsistent final plan". Only alarms that query the mapping are replaced, because a new
    # alarm loses its state and notifies again.
    replace_triggered_by = [terraform_data.queried[each.key]]
  }
}

resource "terraform_data" "queried" {
  for_each = local.expression_alarms

  input = { for key in each.value.metrics : key => local.metrics[key].dimensions }
}

# The address of version 0.1.0. Without it, a new alarm would be created with the name of the one that is deleted. There is no such
# block for terraform_data.mapping: terraform_data.queried["stopped"] would be updated, and that replaces the alarm.
moved {
  from = aws_cloudwatch_metric_alarm.metric["iterator-age"]
  to   = aws_cloudwatch_metric_alarm.expression["iterator-age"]
}
