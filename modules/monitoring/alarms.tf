locals {
  # An alarm begins where somebody has to look, and not where Lambda and the function help themselves. Its value is that
  # of its metric, or of the expression over its metrics; it breaches at the threshold and above. docs/reference/metrics-and-alarms.md has what
  # follows from the figures: CloudWatch evaluates each minute, over periods that end then. So M breaching periods make it
  # certain that the first and the last breach are more than M - 2 periods apart, and no more than that.
  alarms = {
    iterator-age = {
      metrics = ["iterator_age"]
      # 0 where the lag has become a minute or more shorter since the period before: a backlog that is being cleared, after
      # a pause or from a new mapping, needs nobody. Without a period before, it is the lag, since arithmetic takes a
      # missing value for 0. Source: using-metric-math.html.
      expression = "iterator_age - iterator_age * (DIFF(iterator_age) <= -60000)"
      threshold  = 60 * 60 * 1000
      # Long enough for what comes and goes by the hour: a batch that the table gets each hour makes the lag grow while a backlog
      # is being cleared, and a job that takes the write units makes it shrink for a while though it does not come down.
      period = 3600
      # Three are more than an hour, of four since a lag that grows is shorter now and then.
      breaches = 3
      of       = 4
      meaning  = "For more than an hour, inserts have waited for more than an hour before the function got them, and that has not become less."
      reason   = "A backlog that is being cleared does not count. By default some 17 of 20 hours are left until Lambda gives up on the oldest."
    }
    errors = merge(local.single_event, {
      metrics   = ["errors"]
      threshold = 3
      meaning   = "Three or more invocations failed within five minutes."
      reason    = "One or two are repeated by Lambda and forgotten, but a fault that fails at once uses up its retries within minutes."
    })
    throttles = {
      metrics    = ["throttles"]
      expression = null
      threshold  = 1
      # How long Lambda waits between its tries is not documented.
      period = 900
      # Three are more than a quarter of an hour.
      breaches = 3
      of       = 4
      meaning  = "For more than a quarter of an hour, Lambda has found no concurrency for the function again and again."
      reason   = "It tries again by itself, so that a shorter want of concurrency passes unnoticed."
    }
    given-up = merge(local.single_event, {
      metrics   = ["given_up"]
      threshold = 1
      meaning   = "Lambda has given up on records and put them into the failure bucket."
      reason    = "Each one waits there to be redriven, and its row stays in staging until then."
    })
    # Records that reach the failure bucket are not among them. Source: monitoring-metrics-types.html. Without a bucket the
    # alarm stays, since AWS documents the metric for that case too, but a third party recorded that it had no value then.
    dropped = merge(local.single_event, {
      metrics   = ["dropped"]
      threshold = 1
      meaning   = "Lambda has given up on records and could put them nowhere."
      reason    = "Nothing deletes their rows any more, except their TTL or scavenger reconcile. Without a failure bucket, records may be dropped without this alarm."
    })
    quarantined = merge(local.single_event, {
      metrics   = ["quarantined"]
      threshold = 1
      meaning   = "The function has put records into the failure bucket that can never be deleted as they are."
      reason    = "Something writes items whose key is not the staging table's, which does not happen by chance."
    })
    write-throttling = {
      metrics = ["write_throttles"]
      # DynamoDB writes no zeros. CloudWatch would look further back for the values that there are, and the alarm stay on
      # for longer. Source: alarms-and-missing-data.html.
      expression = "FILL(write_throttles, 0)"
      threshold  = 1
      period     = 300
      # Five are more than a quarter of an hour, of six since FILL takes the latest period for one without throttling when its
      # value is late. Source: using-metric-math.html.
      breaches = 5
      of       = 6
      meaning  = "For more than a quarter of an hour, writes to the staging table have been throttled again and again."
      reason   = "The function slows down by itself, but the API shares the table's write units, and its writes may fail."
    }
    stopped = {
      metrics = ["polled", "messages_written"]
      # What is written in a period of which nothing is polled, from when the mapping was made: a new alarm looks at
      # periods from before, too. A mapping that is off, or has never polled, writes no metrics, and one that polls an old
      # stream writes zeros. Source: monitoring-metrics-types.html. Whether FILL fills a metric that has no value at all is
      # not documented. If it does not, arithmetic between two series takes a missing value for 0. EPOCH has a value in each
      # period, so that periods without writes count as such. Source: using-metric-math.html.
      expression = "(EPOCH(messages_written) >= ${local.mapping_made_at_s}) * (messages_written - messages_written * (FILL(polled, 0) > 0))"
      threshold  = 1
      period     = 3600
      # The last write in a period may be polled in the next, and with two, a pause of an hour in a burst of writes would do.
      breaches = 3
      of       = 3
      meaning  = "The messages table has been written to in each of three hours, and the event source mapping has read nothing from its stream."
      reason   = "IteratorAge has no values then, so that nothing else tells of it before the stream forgets, which it does after 24 hours."
    }
  }

  # One value is enough. Four periods, since Lambda writes an invocation's metrics when it ends, after up to 15 min, with the
  # time at which it began: in the latest period alone, they would never be seen. Source: monitoring-metrics-view.html.
  single_event = {
    expression = null
    period     = 300
    breaches   = 1
    of         = 4
  }

  # Without those whose metrics nobody writes.
  written_alarms = {
    for key, alarm in local.alarms : key => merge(alarm, {
      name        = "${var.function_name}-${key}"
      description = "${alarm.meaning} ${alarm.reason} What to do: docs/how-to/alarms.md, section ${key}."
    })
    if alltrue([for metric in alarm.metrics : contains(keys(local.metrics), metric)])
  }

  expression_alarms = { for key, alarm in local.written_alarms : key => alarm if alarm.expression != null }

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
  # No traffic is no fault.
  treat_missing_data = "notBreaching"

  alarm_actions = var.alarm_actions
  ok_actions    = var.alarm_actions

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
  treat_missing_data  = "notBreaching"

  alarm_actions = var.alarm_actions
  ok_actions    = var.alarm_actions

  tags = var.tags

  lifecycle {
    # A new mapping's UUID is unknown until it is made, and the provider cannot plan an update with an unknown dimension
    # in a query: it ends with "inconsistent final plan". Only of the alarms that query the mapping: a new alarm forgets its
    # state, and tells it anew.
    replace_triggered_by = [terraform_data.queried[each.key]]
  }
}

resource "terraform_data" "queried" {
  for_each = local.expression_alarms

  input = { for key in each.value.metrics : key => local.metrics[key].dimensions }
}

# From version 0.1.0. Made anew, an alarm would have the name of the one that is deleted.
moved {
  from = aws_cloudwatch_metric_alarm.metric["iterator-age"]
  to   = aws_cloudwatch_metric_alarm.expression["iterator-age"]
}

moved {
  from = terraform_data.mapping
  to   = terraform_data.queried["stopped"]
}
