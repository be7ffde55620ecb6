locals {
  # From top to bottom as the data flows. To add a row, add an entry: places and sizes are computed.
  # A widget shows `metrics` and `expressions`; `operands` are the metrics that only its expressions need. Unless it says
  # otherwise, its values are of five minutes.
  rows = [
    {
      heading = "Inserts in"
      text    = "What the mapping reads from the stream of ${var.messages_table_name}; only inserts get past its filter."
      widgets = [
        { title = "Records of the stream", unit = "records", metrics = ["polled", "filtered_out", "invoked"] },
        { title = "Written to the messages table", unit = "write units", metrics = ["messages_written"] },
      ]
    },
    {
      heading = "Batches"
      text    = "What the inserts are made into: fuller batches are fewer invocations."
      widgets = [
        { title = "Invocations, and how many at the same time", unit = "invocations", metrics = ["invocations", "concurrent_executions"] },
        { title = "Duration of an invocation", unit = "milliseconds", metrics = ["duration_average", "duration_maximum"] },
        { title = "Records in a batch", unit = "records", metrics = ["received_average", "received_maximum"] },
      ]
    },
    {
      heading = "Deletes out"
      text    = "What the function makes of the records: rows deleted from ${local.staging_table_name}, and records that ask for none."
      widgets = [
        { title = "Records by what became of them", unit = "records", metrics = ["deleted", "would_delete", "duplicates", "ignored"] },
        { title = "Requests to the staging table", unit = "requests", metrics = ["requests"] },
      ]
    },
    {
      heading = "Lag"
      text    = "How long inserts wait; the line is where the alarm iterator-age begins."
      widgets = [
        {
          title   = "Age of a batch's last record when it is sent"
          unit    = "milliseconds"
          metrics = ["iterator_age"]
          line    = local.alarms.iterator-age.threshold
        },
        {
          title   = "Age of a batch's oldest record when it is done"
          unit    = "seconds"
          metrics = ["oldest_record_age"]
          line    = local.alarms.iterator-age.threshold / 1000
        },
      ]
    },
    {
      heading = "Write units and throttling"
      text    = "What the staging table has to give, what is taken of it by all and by the function, and what it refuses."
      widgets = [
        {
          title       = "Write units of the staging table"
          unit        = "write units a second"
          metrics     = ["provisioned"]
          operands    = ["consumed", "write_units"]
          expressions = { all_a_second = "consumed / PERIOD(consumed)", function_a_second = "write_units / PERIOD(write_units)" }
        },
        { title = "Throttled writes, and rows sent back to the function", unit = "writes", metrics = ["write_throttles", "unprocessed"] },
      ]
    },
    {
      heading = "Failures"
      text    = "What went wrong: invocations, and records. What waits in the failure bucket to be redriven is shown by scavenger status."
      widgets = [
        { title = "Invocations and deliveries that failed", unit = "count", metrics = ["errors", "throttles", "delivery_failures"] },
        { title = "Records that could not be deleted", unit = "records", metrics = ["failed", "quarantined", "given_up", "dropped"] },
      ]
    },
    {
      heading = "What drives the cost"
      text    = "Write units are nearly all of it; the function is paid for by invocations and by the seconds that they take, times its memory."
      widgets = [
        { title = "Write units of the function, by the hour", unit = "write units", metrics = ["write_units"], period = 3600 },
        {
          title       = "Invocations, and their seconds, by the hour"
          unit        = "invocations, seconds"
          metrics     = ["invocations"]
          operands    = ["duration"]
          expressions = { seconds = "duration / 1000" }
          period      = 3600
        },
        { title = "Log, by the hour", unit = "bytes", metrics = ["log_bytes"], period = 3600 },
      ]
    },
  ]

  # Without the metrics that nobody writes, and without widgets that had nothing else.
  drawn_rows = [
    for row in local.rows : merge(row, { widgets = [
      for widget in row.widgets : merge(widget, { metrics = [for key in widget.metrics : key if contains(keys(local.metrics), key)] })
      if anytrue([for key in widget.metrics : contains(keys(local.metrics), key)])
    ] })
  ]

  # CloudWatch's grid is 24 wide. Source: CloudWatch-Dashboard-Body-Structure.html.
  grid_width     = 24
  heading_height = 2
  widget_height  = 6
  row_height     = local.heading_height + local.widget_height
}

resource "aws_cloudwatch_dashboard" "this" {
  # With the Region, since the names of dashboards are an account's in all Regions.
  dashboard_name = "${var.function_name}-${local.region}"

  dashboard_body = jsonencode({
    # A day, which is what the stream remembers.
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
            title  = "Alarms of ${var.function_name}: what to do is in docs/how-to/alarms.md"
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
              { for value in try([widget.line], []) : "annotations" => { horizontal = [{ label = "alarm", value = value }] } },
            )
          }
        ]
      ]),
    )
  })
}
