mock_provider "aws" {
  source = "./tests/terraform/mocks"
}

variables {
  function_name = "scavenger"
  messages_table = {
    name       = "messages"
    key_types  = { messageId = "S", createdAt = "N" }
    stream_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
  }
  staging_table = {
    name = "staging"
    arn  = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"
  }
  # Any file works, because nothing is deployed.
  package_path = "build.sh"
}

run "the_state_machine_compares_segments_in_a_loop_and_sums_up" {
  module {
    source = "./modules/reconciler"
  }

  assert {
    condition     = aws_sfn_state_machine.this.name == "scavenger-reconciler" && aws_sfn_state_machine.this.role_arn == aws_iam_role.this["states"].arn
    error_message = "The command finds the state machine by the name of the function."
  }

  assert {
    condition     = [jsondecode(aws_sfn_state_machine.this.definition).StartAt, keys(jsondecode(aws_sfn_state_machine.this.definition).States)] == ["Prepare", ["Prepare", "Segments", "Summarise"]]
    error_message = "A run must prepare, compare and summarize."
  }

  assert {
    condition = jsonencode({ for name, state in jsondecode(aws_sfn_state_machine.this.definition).States : name => state.Parameters if name != "Segments" }) == jsonencode({
      Prepare = {
        FunctionName = aws_lambda_function.worker.arn
        Payload = {
          task                  = "prepare"
          "input.$"             = "$$.Execution.Input"
          "execution_arn.$"     = "$$.Execution.Id"
          "started_at.$"        = "$$.Execution.StartTime"
          "state_machine_arn.$" = "$$.StateMachine.Id"
        }
      }
      Summarise = {
        FunctionName = aws_lambda_function.worker.arn
        Payload      = { task = "summarise", "run.$" = "$.run", "results.$" = "$.results" }
      }
    })
    error_message = "The worker must get its task and what it needs for it."
  }

  assert {
    condition = jsonencode({ for name, value in jsondecode(aws_sfn_state_machine.this.definition).States.Segments : name => value if name != "ItemProcessor" }) == jsonencode({
      Type                       = "Map"
      Label                      = "segments"
      ItemsPath                  = "$.segments"
      MaxConcurrencyPath         = "$.workers"
      ToleratedFailurePercentage = 100
      ItemSelector = {
        task        = "compare"
        "run.$"     = "$.run"
        "segment.$" = "$$.Map.Item.Value"
        last_key    = null
        counts      = []
      }
      ResultPath = "$.results"
      Next       = "Summarise"
    })
    error_message = "Each segment must start at its beginning, and a failed one must not end the others."
  }

  assert {
    condition = jsonencode(jsondecode(aws_sfn_state_machine.this.definition).States.Segments.ItemProcessor) == jsonencode({
      ProcessorConfig = { Mode = "DISTRIBUTED", ExecutionType = "STANDARD" }
      StartAt         = "Compare"
      States = {
        Compare = {
          Type           = "Task"
          Resource       = "arn:aws:states:::lambda:invoke"
          Parameters     = { FunctionName = aws_lambda_function.worker.arn, "Payload.$" = "$" }
          OutputPath     = "$.Payload"
          TimeoutSeconds = 960
          Retry          = jsondecode(aws_sfn_state_machine.this.definition).States.Summarise.Retry
          Catch          = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.failure", Next = "Failed" }]
          Next           = "IsDone"
        }
        IsDone = { Type = "Choice", Choices = [{ Variable = "$.is_done", BooleanEquals = true, Next = "Done" }], Default = "Compare" }
        Done   = { Type = "Pass", Parameters = { "segment.$" = "$.segment", "counts.$" = "$.counts" }, End = true }
        Failed = { Type = "Pass", Parameters = { "segment.$" = "$.segment", "counts.$" = "$.counts", "error.$" = "$.failure.Error" }, End = true }
      }
    })
    error_message = "A segment must loop until it is done, and must not fail the run."
  }

  assert {
    condition = alltrue([
      for state, attempts in { Prepare = 3, Summarise = 8 } : jsonencode([
        for name in ["Type", "Resource", "OutputPath", "TimeoutSeconds", "Retry"] : jsondecode(aws_sfn_state_machine.this.definition).States[state][name]
        ]) == jsonencode([
        "Task", "arn:aws:states:::lambda:invoke", "$.Payload", 960,
        [
          { ErrorEquals = ["RefusedError"], MaxAttempts = 0 },
          { ErrorEquals = ["States.ALL"], IntervalSeconds = 5, BackoffRate = 2, MaxDelaySeconds = 300, MaxAttempts = attempts, JitterStrategy = "FULL" },
        ],
      ])
    ])
    error_message = "What may pass must be tried again with backoff, and what is refused must not."
  }

  assert {
    condition     = length(aws_sfn_state_machine.this.encryption_configuration) == 0 && length(aws_scheduler_schedule.this) == 0
    error_message = "By default there is neither a key nor a schedule."
  }
}

run "the_worker_knows_its_function_and_its_limits" {
  module {
    source = "./modules/reconciler"
  }

  assert {
    condition     = [aws_lambda_function.worker.function_name, aws_lambda_function.worker.handler, aws_lambda_function.worker.runtime, aws_lambda_function.worker.memory_size, aws_lambda_function.worker.timeout] == ["scavenger-reconciler", "reconciler.lambda_function.lambda_handler", "python3.13", 512, 900]
    error_message = "The worker must run the reconciler."
  }

  assert {
    condition = aws_lambda_function.worker.environment[0].variables == tomap({
      SCAVENGER_FUNCTION_NAME = "scavenger"
      AGE_ATTRIBUTE           = "createdAt"
      OLDER_THAN_S            = "3600"
      MAX_CONCURRENCY         = "10"
      POWERTOOLS_SERVICE_NAME = "scavenger"
    })
    error_message = "Without limits, the worker takes a quarter of the tables' capacity."
  }

  assert {
    condition     = [output.state_machine_arn, output.function_name, output.log_group_name, output.reports_unprocessed_rows] == [aws_sfn_state_machine.this.arn, "scavenger-reconciler", "/aws/lambda/scavenger-reconciler", true]
    error_message = "The outputs must name the parts."
  }
}

run "each_role_may_do_only_what_its_service_needs" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    schedule_expression = "cron(0 3 * * ? *)"
  }

  assert {
    condition = jsonencode({ for statement in data.aws_iam_policy_document.worker.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] }) == jsonencode({
      ReadTheFunctionsSettings = [["lambda:GetFunctionConfiguration"], ["arn:aws:lambda:eu-central-1:123456789012:function:scavenger"]]
      ListTheMappings          = [["lambda:ListEventSourceMappings"], ["*"]]
      ReadTheFunctionsMapping  = [["lambda:GetEventSourceMapping"], ["*"]]
      FindOtherRuns            = [["states:ListExecutions"], ["arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler"]]
      DescribeTheTables        = [["dynamodb:DescribeTable"], ["arn:aws:dynamodb:eu-central-1:123456789012:table/messages", "arn:aws:dynamodb:eu-central-1:123456789012:table/staging"]]
      ScanOneTable             = [["dynamodb:Scan"], ["arn:aws:dynamodb:eu-central-1:123456789012:table/staging"]]
      LookUpInTheOther         = [["dynamodb:BatchGetItem"], ["arn:aws:dynamodb:eu-central-1:123456789012:table/messages"]]
      DeleteFromStaging        = [["dynamodb:DeleteItem"], ["arn:aws:dynamodb:eu-central-1:123456789012:table/staging"]]
      ReadARowAgain            = [["dynamodb:GetItem"], ["arn:aws:dynamodb:eu-central-1:123456789012:table/staging"]]
      WriteTheLog              = [["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/scavenger-reconciler:*"]]
      SendTraces               = [["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]]
    })
    error_message = "The plan must know the worker's policy: read both tables, and delete single rows from staging."
  }

  assert {
    condition = jsonencode(flatten([
      for statement in data.aws_iam_policy_document.worker.statement : [for condition in statement.condition : [statement.sid, condition.test, condition.variable, condition.values]]
    ])) == jsonencode(["ReadTheFunctionsMapping", "ArnEquals", "lambda:FunctionArn", "arn:aws:lambda:eu-central-1:123456789012:function:scavenger"])
    error_message = "The worker must read no other function's mapping."
  }

  assert {
    condition = jsonencode({ for statement in data.aws_iam_policy_document.states.statement : statement.sid => [sort(statement.actions), sort(statement.resources)] }) == jsonencode({
      InvokeTheWorker    = [["lambda:InvokeFunction"], ["arn:aws:lambda:eu-central-1:123456789012:function:scavenger-reconciler"]]
      StartTheSegments   = [["states:StartExecution"], ["arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler"]]
      FollowTheSegments  = [["states:DescribeExecution", "states:StopExecution"], ["arn:aws:states:eu-central-1:123456789012:execution:scavenger-reconciler/segments:*", "arn:aws:states:eu-central-1:123456789012:execution:scavenger-reconciler:*"]]
      RedriveTheSegments = [["states:RedriveExecution"], ["arn:aws:states:eu-central-1:123456789012:execution:scavenger-reconciler/segments:*"]]
    })
    error_message = "The state machine must invoke the worker, and run its own segments."
  }

  assert {
    condition     = jsonencode({ for statement in data.aws_iam_policy_document.schedule.statement : statement.sid => [statement.actions, statement.resources] }) == jsonencode({ StartTheReconciler = [["states:StartExecution"], ["arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler"]] })
    error_message = "The schedule must only start the state machine."
  }

  assert {
    condition = jsonencode({
      for key, document in data.aws_iam_policy_document.assume_role : key => [
        flatten([for principal in document.statement[0].principals : principal.identifiers]),
        { for condition in document.statement[0].condition : condition.variable => condition.values },
      ]
      }) == jsonencode({
      schedule = [["scheduler.amazonaws.com"], { "aws:SourceAccount" = ["123456789012"], "aws:SourceArn" = ["arn:aws:scheduler:eu-central-1:123456789012:schedule-group/default"] }]
      states   = [["states.amazonaws.com"], { "aws:SourceAccount" = ["123456789012"], "aws:SourceArn" = ["arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler", "arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler/segments"] }]
      worker   = [["lambda.amazonaws.com"], {}]
    })
    error_message = "Each role must be for one service, and not for the resources of another account."
  }

  assert {
    condition     = { for key, role in aws_iam_role.this : key => role.name } == { schedule = "scavenger-reconciler-schedule-eu-central-1", states = "scavenger-reconciler-states-eu-central-1", worker = "scavenger-reconciler-eu-central-1" }
    error_message = "The roles must be named after the function and its Region."
  }
}

run "the_schedule_starts_a_run_that_only_counts" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    schedule_expression = "cron(0 3 * * ? *)"
  }

  assert {
    condition = jsonencode([
      for schedule in aws_scheduler_schedule.this : [schedule.name, schedule.group_name, schedule.schedule_expression, schedule.flexible_time_window[0].mode, jsondecode(schedule.target[0].input)]
    ]) == jsonencode([["scavenger-reconciler", "default", "cron(0 3 * * ? *)", "OFF", { apply = false }]])
    error_message = "There must be one schedule, which deletes nothing unless it is told to."
  }
}

run "the_schedule_deletes_if_it_is_told_to" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    schedule_expression = "rate(1 day)"
    apply               = true
  }

  assert {
    condition     = jsondecode(aws_scheduler_schedule.this[0].target[0].input) == { apply = true }
    error_message = "The input of the runs must say that they delete."
  }
}

run "without_a_schedule_there_is_no_role_for_one" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  assert {
    condition     = jsonencode(keys(aws_iam_role.this)) == jsonencode(["states", "worker"]) && length(aws_iam_role_policy.schedule) == 0
    error_message = "A role that nobody uses must not exist."
  }
}

run "scans_messages_if_their_key_cannot_be_built_from_a_row" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    key_mapping = { requestId = "origin" }
  }

  assert {
    condition = jsonencode({ for statement in data.aws_iam_policy_document.worker.statement : statement.sid => statement.resources if contains(["ScanOneTable", "LookUpInTheOther", "DeleteFromStaging"], statement.sid) }) == jsonencode({
      ScanOneTable      = ["arn:aws:dynamodb:eu-central-1:123456789012:table/messages"]
      LookUpInTheOther  = ["arn:aws:dynamodb:eu-central-1:123456789012:table/staging"]
      DeleteFromStaging = ["arn:aws:dynamodb:eu-central-1:123456789012:table/staging"]
    })
    error_message = "The worker must scan the messages table, and still delete only from the staging table."
  }

  assert {
    condition     = !output.reports_unprocessed_rows
    error_message = "Rows without a message are not seen then."
  }
}

run "scans_rows_if_the_mapping_has_the_message_s_whole_key" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    key_mapping = { id = "messageId", at = "createdAt" }
  }

  assert {
    condition     = output.reports_unprocessed_rows && one([for statement in data.aws_iam_policy_document.worker.statement : tolist(statement.resources)[0] if statement.sid == "ScanOneTable"]) == var.staging_table.arn
    error_message = "A renamed key is no reason to scan the messages table."
  }
}

run "one_key_encrypts_settings_log_and_history" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    kms_key_arn         = "arn:aws:kms:eu-central-1:123456789012:key/1234"
    staging_table       = { name = "staging", arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging", kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/1234" }
    schedule_expression = "rate(1 day)"
  }

  assert {
    condition     = [aws_lambda_function.worker.kms_key_arn, aws_cloudwatch_log_group.worker.kms_key_id, aws_sfn_state_machine.this.encryption_configuration[0].kms_key_id, aws_sfn_state_machine.this.encryption_configuration[0].type] == [var.kms_key_arn, var.kms_key_arn, var.kms_key_arn, "CUSTOMER_MANAGED_KMS_KEY"]
    error_message = "The key must encrypt all that is stored."
  }

  assert {
    condition = jsonencode({
      for name, document in { worker = data.aws_iam_policy_document.worker, states = data.aws_iam_policy_document.states, schedule = data.aws_iam_policy_document.schedule } : name => [
        for statement in document.statement : [statement.sid, sort(statement.actions), [for condition in statement.condition : condition.values]] if contains(statement.resources, var.kms_key_arn)
      ]
      }) == jsonencode({
      worker = [
        ["UseEncryptedTables", ["kms:Decrypt"], [["dynamodb.eu-central-1.amazonaws.com"]]],
        ["ReadEncryptedSettings", ["kms:Decrypt"], [["lambda.eu-central-1.amazonaws.com"]]],
      ]
      states   = [["EncryptTheHistory", ["kms:Decrypt", "kms:GenerateDataKey"], [["arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler", "arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler/segments"]]]]
      schedule = [["EncryptTheHistory", ["kms:Decrypt", "kms:GenerateDataKey"], [["arn:aws:states:eu-central-1:123456789012:stateMachine:scavenger-reconciler"]]]]
    })
    error_message = "Each role must use the key only for its own work."
  }
}

run "the_inputs_reach_their_resources" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    age_attribute            = "receivedAt"
    older_than_in_seconds    = 0
    max_read_units           = 12.5
    max_write_units          = 2
    max_concurrency          = 1000
    memory_size              = 1024
    timeout                  = 180
    log_retention_in_days    = 7
    role_path                = "/service/"
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    vpc_config               = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    code_signing_config_arn  = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0123456789abcdef0"
    package_path             = null
    package_s3               = { bucket = "artifacts", key = "scavenger.zip", object_version = "3" }
    tags                     = { team = "messages" }
  }

  assert {
    condition = aws_lambda_function.worker.environment[0].variables == tomap({
      SCAVENGER_FUNCTION_NAME = "scavenger"
      AGE_ATTRIBUTE           = "receivedAt"
      OLDER_THAN_S            = "0"
      MAX_CONCURRENCY         = "1000"
      MAX_READ_UNITS          = "12.5"
      MAX_WRITE_UNITS         = "2"
      POWERTOOLS_SERVICE_NAME = "scavenger"
    })
    error_message = "The worker must get its settings."
  }

  assert {
    condition = jsonencode([
      aws_lambda_function.worker.memory_size, aws_lambda_function.worker.timeout, aws_lambda_function.worker.s3_key, aws_lambda_function.worker.code_signing_config_arn,
      aws_lambda_function.worker.vpc_config[0].subnet_ids, aws_cloudwatch_log_group.worker.retention_in_days, distinct([for role in aws_iam_role.this : [role.path, role.permissions_boundary, role.tags.team]]),
    ]) == jsonencode([1024, 180, "scavenger.zip", var.code_signing_config_arn, ["subnet-1"], 7, [["/service/", var.permissions_boundary_arn, "messages"]]])
    error_message = "Worker, log and roles must get their settings."
  }

  assert {
    condition     = jsonencode([for statement in data.aws_iam_policy_document.worker.statement : statement.effect if anytrue([for action in statement.actions : startswith(action, "ec2:")])]) == jsonencode([null, "Deny"])
    error_message = "Lambda must be able to make network interfaces with the role, and the code must not."
  }
}

run "a_long_name_is_cut_in_the_roles" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    function_name       = "Orders_API-a-name-of-exactly-53-characters-for-Lambda"
    schedule_expression = "rate(1 day)"
  }

  assert {
    condition = length(var.function_name) == 53 && length(aws_lambda_function.worker.function_name) == 64 && length(distinct([for role in aws_iam_role.this : role.name])) == 3 && alltrue([
      for role in aws_iam_role.this : length(role.name) == 64 && startswith(role.name, "Orders_API-") && endswith(role.name, "-eu-central-1")
    ])
    error_message = "The longest name must fit, and the roles must stay different."
  }
}

run "refuses_names_of_the_function_that_do_not_fit" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    function_name = "Orders_API-a-name-of-exactly-54-characters-for-Lambda-"
  }

  expect_failures = [var.function_name]
}

run "refuses_tables_of_two_accounts" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    messages_table = {
      name       = "messages"
      key_types  = { messageId = "S" }
      stream_arn = "arn:aws:dynamodb:eu-central-1:999999999999:table/messages/stream/2026-01-01T00:00:00.000"
    }
  }

  expect_failures = [var.messages_table]
}

run "refuses_the_arn_of_another_staging_table" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    staging_table = { name = "rows", arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/staging" }
  }

  expect_failures = [var.staging_table]
}

run "refuses_the_stream_of_another_messages_table" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    messages_table = {
      name       = "others"
      key_types  = { messageId = "S" }
      stream_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    }
  }

  expect_failures = [var.messages_table]
}

run "refuses_a_key_of_a_type_that_no_key_has" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    messages_table = {
      name       = "messages"
      key_types  = { messageId = "M" }
      stream_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/messages/stream/2026-01-01T00:00:00.000"
    }
  }

  expect_failures = [var.messages_table]
}

run "refuses_numbers_out_of_range" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    older_than_in_seconds = -1
    max_read_units        = 0.09
    max_write_units       = 0
    max_concurrency       = 1001
    memory_size           = 127
    timeout               = 179
    log_retention_in_days = 2
  }

  expect_failures = [var.older_than_in_seconds, var.max_read_units, var.max_write_units, var.max_concurrency, var.memory_size, var.timeout, var.log_retention_in_days]
}

run "refuses_numbers_above_the_range" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    older_than_in_seconds = 315360001
    max_read_units        = 1000000001
    max_write_units       = 1000000001
    max_concurrency       = 0
    memory_size           = 10241
    timeout               = 901
  }

  expect_failures = [var.older_than_in_seconds, var.max_read_units, var.max_write_units, var.max_concurrency, var.memory_size, var.timeout]
}

run "refuses_fractions" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    older_than_in_seconds = 0.5
    max_read_units        = 0.1234
    max_write_units       = 1.0001
    max_concurrency       = 1.5
    memory_size           = 512.5
    timeout               = 180.5
  }

  expect_failures = [var.older_than_in_seconds, var.max_read_units, var.max_write_units, var.max_concurrency, var.memory_size, var.timeout]
}

run "refuses_a_schedule_that_is_none" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    schedule_expression = "0 3 * * *"
  }

  expect_failures = [var.schedule_expression]
}

run "refuses_to_delete_on_no_schedule" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    apply = true
  }

  expect_failures = [var.apply]
}

run "refuses_what_does_not_name_what_it_is_for" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    age_attribute            = ""
    key_mapping              = {}
    kms_key_arn              = "alias/messages"
    code_signing_config_arn  = "csc-0123456789abcdef0"
    role_path                = "service"
    permissions_boundary_arn = "boundary"
    vpc_config               = { subnet_ids = [], security_group_ids = ["sg-1"] }
    tags                     = { "aws:tag" = "x" }
  }

  expect_failures = [var.age_attribute, var.key_mapping, var.kms_key_arn, var.code_signing_config_arn, var.role_path, var.permissions_boundary_arn, var.vpc_config, var.tags]
}

run "refuses_a_key_and_a_boundary_from_elsewhere" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    kms_key_arn              = "arn:aws:kms:us-east-1:123456789012:key/1234"
    permissions_boundary_arn = "arn:aws:iam::999999999999:policy/boundary"
  }

  expect_failures = [var.kms_key_arn, var.permissions_boundary_arn]
}

run "refuses_two_packages" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    package_s3 = { bucket = "artifacts", key = "scavenger.zip" }
  }

  expect_failures = [var.package_s3]
}

run "refuses_a_package_that_does_not_exist" {
  command = plan

  module {
    source = "./modules/reconciler"
  }

  variables {
    package_path = "dist/none.zip"
  }

  expect_failures = [aws_lambda_function.worker]
}
