locals {
  # The rows of the dashboard, from top to bottom in the order of the data flow. To add a row, add an entry: positions and sizes
  # are computed. A widget shows `metrics` and `expressions`. `operands` are metrics that only its expressions need. The period
  # is five minutes unless the widget sets another.
  rows = [
    {
      heading = "Records in"
      text    = "What the event source mapping reads from the stream of ${var.messages_table_name}. Its filter lets only those through that may make a row obsolete."
      widgets = [
        { title = "Records of the stream", unit = "records", metrics = ["polled", "filtered_out", "invoked"] },
        { title = "Written to the messages table", unit = "write units", metrics = ["messages_written"] },
      ]
    },
    {
      heading = "Batches"
      text    = "How Lambda batches the records. Fuller batches need fewer invocations."
      widgets = [
        { title = "Invocations and concurrency", unit = "invocations", metrics = ["invocations", "concurrent_executions"] },
        { title = "Duration of an invocation", unit = "milliseconds", metrics = ["duration_average", "duration_maximum"] },
        { title = "Records in a batch", unit = "records", metrics = ["received_average", "received_maximum"] },
      ]
    },
    {
      heading = "Deletes out"
      text    = "What the function does with the records: rows that it deletes from ${local.staging_table_name}, and records that need no delete."
      widgets = [
        { title = "Records by result", unit = "records", metrics = ["deleted", "would_delete", "superseded", "duplicates", "ignored"] },
        { title = "Requests to the staging table", unit = "requests", metrics = ["requests"] },
      ]
    },
    {
      heading = "Lag"
      text    = "How long records wait. The line is the threshold of the alarm iterator-age."
      widgets = [
        {
          title   = "Age of a batch's last record when Lambda sends the batch"
          unit    = "milliseconds"
          metrics = ["iterator_age"]
          line    = local.alarms.iterator-age.threshold
        },
        {
          title   = "Age of a batch's oldest record when the batch is done"
          unit    = "seconds"
          metrics = ["oldest_record_age"]
          line    = local.alarms.iterator-age.threshold / 1000
        },
      ]
    },
    {
      heading = "Write units and throttling"
      text    = "The provisioned write units of the staging table, the units that all writers and the function consume, and the writes that are throttled."
      widgets = [
        {
          title       = "Write units of the staging table"
          unit        = "write units a second"
          metrics     = ["provisioned"]
          operands    = ["consumed", "write_units"]
          expressions = { all_a_second = "consumed / PERIOD(consumed)", function_a_second = "write_units / PERIOD(write_units)" }
        },
        { title = "Throttled writes and unprocessed items", unit = "writes", metrics = ["write_throttles", "unprocessed"] },
      ]
    },
    {
      heading = "Failures"
      text    = "Invocations and records that failed. scavenger status shows the objects in the failure bucket that wait to be redriven."
      widgets = [
        { title = "Failed invocations and deliveries", unit = "count", metrics = ["errors", "throttles", "delivery_failures"] },
        { title = "Records that could not be deleted", unit = "records", metrics = ["failed", "quarantined", "given_up", "dropped"] },
      ]
    },
    {
      heading = "Unprocessed rows"
      text    = "Rows of ${local.staging_table_name} that no message matches, as each run of the reconciler found them: a run with a failed segment has no figure. The line is the threshold of the alarm oldest-unprocessed."
      widgets = [
        { title = "Rows that no message matches", unit = "rows", metrics = ["unprocessed_rows"], period = 3600 },
        {
          title   = "Age of the oldest of them"
          unit    = "seconds"
          metrics = ["oldest_unprocessed_age"]
          line    = var.oldest_unprocessed_alarm_seconds
          period  = 3600
        },
        { title = "Segments that failed", unit = "segments", metrics = ["failed_segments"], period = 3600 },
      ]
    },
    {
      heading = "Cost"
      text    = "Write units are nearly all of the cost. The function is billed by invocations and by their duration times its memory."
      widgets = [
        { title = "Write units of the function per hour", unit = "write units", metrics = ["write_units"], period = 3600 },
        {
          title       = "Invocations and their duration per hour"
          unit        = "invocations, seconds"
          metrics     = ["invocations"]
          operands    = ["duration"]
          expressions = { seconds = "duration / 1000" }
          period      = 3600
        },
        { title = "Log per hour", unit = "bytes", metrics = ["log_bytes"], period = 3600 },
      ]
    },
  ]

  # Without metrics that do not exist (main.tf), without widgets that have no other metric, and without rows that have no other
  # widget.
  drawn_rows = [
    for row in local.rows : merge(row, { widgets = [
      for widget in row.widgets : merge(widget, { metrics = [for key in widget.metrics : key if contains(keys(local.metrics), key)] })
      if anytrue([for key in widget.metrics : contains(keys(local.metrics), key)])
    ] })
    if anytrue([for key in flatten(row.widgets[*].metrics) : contains(keys(local.metrics), key)])
  ]

  # CloudWatch's grid is 24 wide. Source: CloudWatch-Dashboard-Body-Structure.html.
  grid_width     = 24
  heading_height = 2
  widget_height  = 6
  row_height     = local.heading_height + local.widget_height
}

resource "aws_cloudwatch_dashboard" "this" {
  # The name includes the Region, because dashboard names are unique in an account across all Regions.
  dashboard_name = "${var.function_name}-${local.region}"

  dashboard_body = jsonencode({
    # A day: the stream keeps its records for 24 hours.
    start          = "-P1D"
    periodOverride = "inherit"
    widgets = concat(
      [
        {
          type   = "alarm"
          x      = 0
          y      = 0
          width  = local.grid_width
          height = local.row_height
          properties = {
            title  = "Alarms of ${var.function_name}: see docs/how-to/alarms.md for what to do"
            alarms = [for alarm in local.alarm_resources : alarm.arn]
          }
        },
      ],
      [
        for index, row in local.drawn_rows : {
          type       = "text"
          x          = 0
          y          = (index + 1) * local.row_height
          width      = local.grid_width
          height     = local.heading_height
          properties = { markdown = "## ${row.heading}\n${row.text}" }
        }
      ],
      flatten([
        for index, row in local.drawn_rows : [
          for place, widget in row.widgets : {
            type   = "metric"
            x      = place * floor(local.grid_width / length(row.widgets))
            y      = (index + 1) * local.row_height + local.heading_height
            width  = floor(local.grid_width / length(row.widgets))
            height = local.widget_height
            properties = merge(
              {
                title  = widget.title
                region = local.region
                view   = "timeSeries"
                period = try(widget.period, 300)
                yAxis  = { left = { label = widget.unit, min = 0, showUnits = false } }
                metrics = concat(
                  [
                    for key in concat(widget.metrics, try(widget.operands, [])) : concat(
                      [local.metrics[key].namespace, local.metrics[key].name],
                      flatten([for name, value in local.metrics[key].dimensions : [name, value]]),
                      [{ id = key, label = replace(key, "_", " "), stat = local.metrics[key].statistic, visible = contains(widget.metrics, key) }],
                    )
                  ],
                  [for id, expression in try(widget.expressions, {}) : [{ id = id, label = replace(id, "_", " "), expression = expression }]],
                )
              },
              { for value in try([widget.line], []) : "annotations" => { horizontal = [{ label = "alarm", value = value }] } if value != null },
            )
          }
        ]
      ]),
    )
  })
}
