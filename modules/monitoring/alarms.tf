locals {
  # An alarm begins where somebody has to look, and not where Lambda and the function help themselves. Its value is that
  # of its metric, or of the expression over its metrics; it breaches at the threshold and above.
  alarms = {
    iterator-age = {
      metrics    = ["iterator_age"]
      expression = null
      threshold  = 60 * 60 * 1000
      # Longer than an invocation may last (15 min), so that no period of a busy function is without a value.
      period   = 1800
      breaches = 2
      of       = 2
      meaning  = "Inserts have waited for more than an hour before the function got them, for longer than half an hour."
      reason   = "A table that pushes back for a while causes less, and by default 19 of the 20 hours are left until Lambda gives up on the oldest."
    }
    errors = {
      metrics    = ["errors"]
      expression = null
      threshold  = 3
      period     = 300
      breaches   = 1
      of         = 1
      meaning    = "Three or more invocations failed within five minutes."
      reason     = "One or two are repeated by Lambda and forgotten, but a fault that fails at once uses up its retries within minutes."
    }
    throttles = {
      metrics    = ["throttles"]
      expression = null
      threshold  = 1
      period     = 300
      breaches   = 3
      of         = 3
      meaning    = "Lambda has found no concurrency for the function in each of three periods of five minutes."
      reason     = "It tries again by itself, so that a shorter want of concurrency passes unnoticed."
    }
    given-up = {
      metrics    = ["given_up"]
      expression = null
      threshold  = 1
      period     = 300
      breaches   = 1
      of         = 1
      meaning    = "Lambda has given up on records and put them into the failure bucket."
      reason     = "Each one waits there to be redriven, and its row stays in staging until then."
    }
    # Records that reach the failure bucket are not among them. Source: monitoring-metrics-types.html.
    dropped = {
      metrics    = ["dropped"]
      expression = null
      threshold  = 1
      period     = 300
      breaches   = 1
      of         = 1
      meaning    = "Lambda has given up on records and could put them nowhere."
      reason     = "With each one the word that a row is litter is lost, and the row stays in staging until its TTL unless the tables are reconciled."
    }
    quarantined = {
      metrics    = ["quarantined"]
      expression = null
      threshold  = 1
      period     = 300
      breaches   = 1
      of         = 1
      meaning    = "The function has put records into the failure bucket that can never be deleted as they are."
      reason     = "Something writes items whose key is not the staging table's, which does not happen by chance."
    }
    write-throttling = {
      metrics = ["write_throttles"]
      # DynamoDB writes no zeros, and by PutMetricAlarm's reference an alarm on its metrics ignores what is missing,
      # whatever treat_missing_data says: it would never end.
      expression = "FILL(write_throttles, 0)"
      threshold  = 1
      period     = 300
      # Of four, since FILL takes the latest period for one without throttling when its value is late.
      # Source: using-metric-math.html.
      breaches = 3
      of       = 4
      meaning  = "Writes to the staging table were throttled in three of four periods of five minutes."
      reason   = "The function slows down by itself, but the API shares the table's write units, and its writes may fail."
    }
    stopped = {
      metrics = ["polled", "messages_written"]
      # A mapping that is off writes no metrics, and one that polls an old stream writes zeros. Source:
      # monitoring-metrics-types.html. Where there are no writes, it is 0: a quiet table raises no alarm.
      expression = "IF(FILL(polled, 0) == 0, FILL(messages_written, 0), 0)"
      threshold  = 1
      # Two periods, since the last write in one may be polled in the next.
      period   = 3600
      breaches = 2
      of       = 2
      meaning  = "The messages table has been written to for two hours, and the event source mapping has read nothing from its stream."
      reason   = "IteratorAge has no values then, so that nothing else tells of it before the stream forgets, which it does after 24 hours."
    }
  }

  # Without those whose metrics nobody writes.
  written_alarms = {
    for key, alarm in local.alarms : key => merge(alarm, {
      name        = "${var.function_name}-${key}"
      description = "${alarm.meaning} ${alarm.reason} What to do: docs/operations.md, section ${key}."
    })
    if alltrue([for metric in alarm.metrics : contains(keys(local.metrics), metric)])
  }

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
  for_each = { for key, alarm in local.written_alarms : key => alarm if alarm.expression != null }

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
  # As above, although what is missing is filled already.
  treat_missing_data = "notBreaching"

  alarm_actions = var.alarm_actions
  ok_actions    = var.alarm_actions

  tags = var.tags

  lifecycle {
    # A new mapping's UUID is unknown until it is made, and the provider cannot plan an update with an unknown dimension
    # in a query: it ends with "inconsistent final plan".
    replace_triggered_by = [terraform_data.mapping]
  }
}

resource "terraform_data" "mapping" {
  input = var.event_source_mapping_uuid
}
