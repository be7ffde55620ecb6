locals {
  # The states in the Amazon States Language. The worker's answer replaces the input of a state.
  definition = {
    Comment = "Compares staging table ${var.staging_table.name} with ${var.messages_table.name}, segment by segment."
    StartAt = "Prepare"
    States = {
      # Checks whether the run can work, and chooses the number of segments.
      Prepare = merge(local.worker_task, {
        Parameters = {
          FunctionName = aws_lambda_function.worker.arn
          Payload = {
            task                  = "prepare"
            "input.$"             = "$$.Execution.Input"
            "execution_arn.$"     = "$$.Execution.Id"
            "started_at.$"        = "$$.Execution.StartTime"
            "state_machine_arn.$" = "$$.StateMachine.Id"
          }
        }
        # Fewer attempts: somebody may be waiting, and no work is lost yet.
        Retry = [for each in local.worker_task.Retry : merge(each, { MaxAttempts = min(3, each.MaxAttempts) })]
        Next  = "Segments"
      })
      # Distributed, because the history of one execution has at most 25,000 events, and an inline Map at most 40 concurrent
      # iterations. Each segment is an execution of its own, with about 7 events an invocation: enough for 3,500 invocations.
      # Sources: service-quotas.html, state-map-inline.html.
      Segments = {
        Type               = "Map"
        Label              = local.label
        ItemsPath          = "$.segments"
        MaxConcurrencyPath = "$.workers"
        # A segment that fails is named in the result, and the others go on.
        ToleratedFailurePercentage = 100
        ItemSelector = {
          task        = "compare"
          "run.$"     = "$.run"
          "segment.$" = "$$.Map.Item.Value"
          last_key    = null
          counts      = []
        }
        ItemProcessor = {
          ProcessorConfig = { Mode = "DISTRIBUTED", ExecutionType = "STANDARD" }
          StartAt         = "Compare"
          States          = local.segment_states
        }
        ResultPath = "$.results"
        Next       = "Summarise"
      }
      Summarise = merge(local.worker_task, {
        Parameters = {
          FunctionName = aws_lambda_function.worker.arn
          Payload = {
            task        = "summarise"
            "run.$"     = "$.run"
            "results.$" = "$.results"
          }
        }
        End = true
      })
    }
  }

  # A loop: each invocation compares for a part of its timeout, and hands on where the next one continues.
  segment_states = {
    Compare = merge(local.worker_task, {
      Parameters = {
        FunctionName = aws_lambda_function.worker.arn
        "Payload.$"  = "$"
      }
      Catch = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.failure", Next = "Failed" }]
      Next  = "IsDone"
    })
    IsDone = {
      Type    = "Choice"
      Choices = [{ Variable = "$.is_done", BooleanEquals = true, Next = "Done" }]
      Default = "Compare"
    }
    # Only what the summary needs, so that 1,000 results stay below the 256 KiB that a state can return.
    # Source: service-quotas.html.
    Done = {
      Type       = "Pass"
      Parameters = { "segment.$" = "$.segment", "counts.$" = "$.counts" }
      End        = true
    }
    Failed = {
      Type       = "Pass"
      Parameters = { "segment.$" = "$.segment", "counts.$" = "$.counts", "error.$" = "$.failure.Error" }
      End        = true
    }
  }

  # What each state has that invokes the worker.
  worker_task = {
    Type       = "Task"
    Resource   = "arn:${local.partition}:states:::lambda:invoke"
    OutputPath = "$.Payload"
    # Without it, a lost answer would block the state for a year. Lambda ends an invocation before. Source: sfn-stuck-execution.html.
    TimeoutSeconds = var.timeout + 60
    Retry = [
      # The worker refuses what no retry changes: other settings, another run, a filter that it cannot evaluate.
      { ErrorEquals = ["RefusedError"], MaxAttempts = 0 },
      # All others may pass, throttling above all. With these, at most 15 minutes of pauses until the last attempt.
      {
        ErrorEquals     = ["States.ALL"]
        IntervalSeconds = 5
        BackoffRate     = 2
        MaxDelaySeconds = 300
        MaxAttempts     = 8
        JitterStrategy  = "FULL"
      },
    ]
  }

  # Part of the ARNs of the segments' executions.
  label = "segments"
}

resource "aws_sfn_state_machine" "this" {
  # checkov:skip=CKV_AWS_284: The worker has traces. A segment is thousands of states, which would be billed as segments of a trace.
  # checkov:skip=CKV_AWS_285: Step Functions keeps the history for 90 days. A log would keep the keys of rows elsewhere, too.

  name       = local.name
  role_arn   = aws_iam_role.this["states"].arn
  definition = jsonencode(local.definition)

  dynamic "encryption_configuration" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      type       = "CUSTOMER_MANAGED_KMS_KEY"
      kms_key_id = encryption_configuration.value
      # AWS's default, which the provider otherwise sees as a change.
      kms_data_key_reuse_period_seconds = 300
    }
  }

  tags = var.tags

  # Without its permissions, an execution that starts immediately would fail.
  depends_on = [aws_iam_role_policy.states]
}
