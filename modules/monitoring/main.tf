locals {
  # From the ARN, so that a plan reads no data source: arn:<partition>:dynamodb:<region>:<account>:table/<name>. All metrics are
  # in the Region of the function, which is that of its staging table.
  region             = split(":", var.staging_table_arn)[3]
  staging_table_name = split("/", var.staging_table_arn)[1]

  # All metrics of the alarms and the dashboard: for each writer its namespace and dimensions, and for each metric its name and
  # the useful statistic. `own` are the metrics of lambda_src/scavenger/metric_names.py.
  writers = {
    # Source: monitoring-metrics-types.html, monitoring-metrics-view.html.
    function = {
      namespace  = "AWS/Lambda"
      dimensions = { FunctionName = var.function_name }
      metrics = {
        invocations           = ["Invocations", "Sum"]
        errors                = ["Errors", "Sum"]
        throttles             = ["Throttles", "Sum"]
        delivery_failures     = ["DestinationDeliveryFailures", "Sum"]
        iterator_age          = ["IteratorAge", "Maximum"]
        duration              = ["Duration", "Sum"]
        duration_average      = ["Duration", "Average"]
        duration_maximum      = ["Duration", "Maximum"]
        concurrent_executions = ["ConcurrentExecutions", "Maximum"]
      }
    }
    # These exist because the mapping's metrics_config has EventCount. Source: as above.
    mapping = {
      namespace  = "AWS/Lambda"
      dimensions = { EventSourceMappingUUID = var.event_source_mapping_uuid }
      metrics = {
        polled       = ["PolledEventCount", "Sum"]
        filtered_out = ["FilteredOutEventCount", "Sum"]
        invoked      = ["InvokedEventCount", "Sum"]
        given_up     = ["OnFailureDestinationDeliveredEventCount", "Sum"]
        dropped      = ["DroppedEventCount", "Sum"]
      }
    }
    own = {
      namespace  = "StagingScavenger"
      dimensions = { service = var.function_name }
      metrics = {
        received_average  = ["Received", "Average"]
        received_maximum  = ["Received", "Maximum"]
        deleted           = ["Deleted", "Sum"]
        would_delete      = ["WouldDelete", "Sum"]
        superseded        = ["Superseded", "Sum"]
        duplicates        = ["Duplicates", "Sum"]
        ignored           = ["Ignored", "Sum"]
        quarantined       = ["Quarantined", "Sum"]
        failed            = ["Failed", "Sum"]
        requests          = ["Requests", "Sum"]
        unprocessed       = ["Unprocessed", "Sum"]
        write_units       = ["WriteUnits", "Sum"]
        oldest_record_age = ["OldestRecordAge", "Maximum"]
        # The reconciler writes these at the end of each run, in the name of the function: RUN_METRICS of
        # lambda_src/reconciler/metric_names.py.
        unprocessed_rows       = ["UnprocessedRows", "Maximum"]
        oldest_unprocessed_age = ["OldestUnprocessedAge", "Maximum"]
        failed_segments        = ["FailedSegments", "Maximum"]
      }
    }
    # Source: metrics-dimensions.html of DynamoDB.
    messages_table = {
      namespace  = "AWS/DynamoDB"
      dimensions = { TableName = var.messages_table_name }
      metrics    = { messages_written = ["ConsumedWriteCapacityUnits", "Sum"] }
    }
    staging_table = {
      namespace  = "AWS/DynamoDB"
      dimensions = { TableName = local.staging_table_name }
      metrics = {
        consumed        = ["ConsumedWriteCapacityUnits", "Sum"]
        provisioned     = ["ProvisionedWriteCapacityUnits", "Maximum"]
        write_throttles = ["WriteThrottleEvents", "Sum"]
      }
    }
    # Source: CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html.
    log = {
      namespace  = "AWS/Logs"
      dimensions = { LogGroupName = "/aws/lambda/${var.function_name}" }
      metrics    = { log_bytes = ["IncomingBytes", "Sum"] }
    }
  }

  # Metrics that do not exist without a failure bucket, and without a reconciler.
  needs_a_bucket     = ["given_up", "delivery_failures"]
  needs_a_reconciler = ["unprocessed_rows", "oldest_unprocessed_age", "failed_segments"]

  metrics = merge([
    for writer in local.writers : {
      for key, metric in writer.metrics : key => {
        namespace  = writer.namespace
        dimensions = writer.dimensions
        name       = metric[0]
        statistic  = metric[1]
      }
      if(var.failure_bucket_name != null || !contains(local.needs_a_bucket, key))
      && (var.reports_unprocessed_rows || !contains(local.needs_a_reconciler, key))
    }
  ]...)
}
