# Three roles, one for each service: the worker reads and deletes, the state machine invokes it, the schedule starts it.
locals {
  # By role: the service that assumes it, for which resources, and what follows the function's name in the role's name.
  roles = merge(
    {
      worker = { service = "lambda.amazonaws.com", source_arns = [], name = local.name, may = "the function ${local.name} may do" }
      states = {
        service = "states.amazonaws.com"
        # The executions of the segments are of the second. Source: procedure-create-iam-role.html.
        source_arns = [local.state_machine_arn, "${local.state_machine_arn}/${local.label}"]
        name        = "${local.name}-states"
        may         = "the state machine ${local.name} may do"
      }
    },
    var.schedule_expression == null ? {} : {
      schedule = {
        service = "scheduler.amazonaws.com"
        # The group, because the service does not send the schedule. Source: cross-service-confused-deputy-prevention.html.
        source_arns = ["arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${local.schedule_group}"]
        name        = "${local.name}-schedule"
        may         = "the schedule ${local.name} may do"
      }
    },
  )

  # As in modules/scavenger: with the Region, because role names are unique in an account across all Regions, and cut to the 64
  # characters that AWS allows, with a hash.
  role_names = {
    for key, role in local.roles :
    key => length("${role.name}-${local.region}") <= 64 ? "${role.name}-${local.region}" : "${substr(role.name, 0, 54 - length(local.region))}-${substr(sha256(role.name), 0, 8)}-${local.region}"
  }
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name                 = local.role_names[each.key]
  path                 = var.role_path
  description          = "What ${each.value.may}."
  assume_role_policy   = data.aws_iam_policy_document.assume_role[each.key].json
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags

  # The name contains the Region, which is unknown while the staging table is replaced. An unknown name would replace the role.
  lifecycle {
    ignore_changes       = [name]
    replace_triggered_by = [terraform_data.name]
  }
}

# Replaces the roles when the name changes; they ignore changes of their own names.
resource "terraform_data" "name" {
  input = var.function_name
}

data "aws_iam_policy_document" "assume_role" {
  for_each = local.roles

  statement {
    sid     = "TheServiceAssumesThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value.service]
    }

    # A state machine or schedule of another account cannot make its service use this role.
    dynamic "condition" {
      for_each = length(each.value.source_arns) == 0 ? {} : { "aws:SourceArn" = each.value.source_arns, "aws:SourceAccount" = [local.account_id] }

      content {
        test     = condition.key == "aws:SourceArn" ? "ArnEquals" : "StringEquals"
        variable = condition.key
        values   = condition.value
      }
    }
  }
}

resource "aws_iam_role_policy" "worker" {
  name   = "reconciler"
  role   = aws_iam_role.this["worker"].id
  policy = data.aws_iam_policy_document.worker.json
}

resource "aws_iam_role_policy" "states" {
  name   = "reconciler"
  role   = aws_iam_role.this["states"].id
  policy = data.aws_iam_policy_document.states.json
}

resource "aws_iam_role_policy" "schedule" {
  count = var.schedule_expression == null ? 0 : 1

  name   = "reconciler"
  role   = aws_iam_role.this["schedule"].id
  policy = data.aws_iam_policy_document.schedule.json
}

data "aws_iam_policy_document" "worker" {
  statement {
    sid       = "ReadTheFunctionsSettings"
    actions   = ["lambda:GetFunctionConfiguration"]
    resources = [local.scavenger_arn]
  }

  # The action has no resource type. Source: Lambda in the service authorization reference.
  statement {
    sid       = "ListTheMappings"
    actions   = ["lambda:ListEventSourceMappings"]
    resources = ["*"]
  }

  # By the function and not by the UUID, which is unknown in the first plan, and changes when the mapping is replaced.
  statement {
    sid       = "ReadTheFunctionsMapping"
    actions   = ["lambda:GetEventSourceMapping"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "lambda:FunctionArn"
      values   = [local.scavenger_arn]
    }
  }

  statement {
    sid       = "FindOtherRuns"
    actions   = ["states:ListExecutions"]
    resources = [local.state_machine_arn]
  }

  statement {
    sid       = "DescribeTheTables"
    actions   = ["dynamodb:DescribeTable"]
    resources = [var.staging_table.arn, local.messages_table_arn]
  }

  statement {
    sid       = "ScanOneTable"
    actions   = ["dynamodb:Scan"]
    resources = [local.scanned_table_arn]
  }

  statement {
    sid       = "LookUpInTheOther"
    actions   = ["dynamodb:BatchGetItem"]
    resources = [local.other_table_arn]
  }

  # Each with a condition on what was read.
  statement {
    sid       = "DeleteFromStaging"
    actions   = ["dynamodb:DeleteItem"]
    resources = [var.staging_table.arn]
  }

  # For rows that have only a key or more attributes than a condition can compare: they are read again before the delete.
  statement {
    sid       = "ReadARowAgain"
    actions   = ["dynamodb:GetItem"]
    resources = [var.staging_table.arn]
  }

  statement {
    sid = "WriteTheLog"
    actions = [
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]
    resources = ["${local.log_group_arn}:*"]
  }

  # X-Ray has no resource types for these actions.
  statement {
    sid = "SendTraces"
    actions = [
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = length(local.table_kms_key_arns) == 0 ? [] : [local.table_kms_key_arns]

    content {
      # DynamoDB calls KMS on behalf of its caller. Source: encryption.usagenotes.html.
      sid       = "UseEncryptedTables"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${local.region}.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      # The key encrypts the function's environment variables and the mapping's filter. Lambda decrypts them only for callers
      # that may. Sources: configuration-envvars-encryption.html, invocation-eventfiltering.html.
      sid       = "ReadEncryptedSettings"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["lambda.${local.region}.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.vpc_config == null ? [] : [var.vpc_config]

    content {
      # As in modules/scavenger/iam.tf: Lambda makes and deletes the network interfaces with this role.
      # Source: configuration-vpc.html.
      sid = "ConnectToTheVpc"
      actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.vpc_config == null ? [] : [var.vpc_config]

    content {
      # The code of the worker needs none of these. Source: configuration-vpc.html.
      sid    = "DenyTheCodeToChangeTheVpc"
      effect = "Deny"
      actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DetachNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = [local.worker_arn]
      }
    }
  }
}

data "aws_iam_policy_document" "states" {
  statement {
    sid       = "InvokeTheWorker"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.worker_arn]
  }

  # A Distributed Map starts an execution of its own state machine for each segment. Source: iam-policies-eg-dist-map.html.
  statement {
    sid       = "StartTheSegments"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }

  # AWS's example has the first ARN; those of the segments' executions are like the second. Source: as above.
  statement {
    sid = "FollowTheSegments"
    actions = [
      "states:DescribeExecution",
      "states:StopExecution",
    ]
    resources = ["${local.execution_arn}:*", "${local.execution_arn}/${local.label}:*"]
  }

  # For a run that is redriven: it redrives its unfinished segments. Source: as above.
  statement {
    sid       = "RedriveTheSegments"
    actions   = ["states:RedriveExecution"]
    resources = ["${local.execution_arn}/${local.label}:*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      # To start or continue an execution takes the key of its history. Source: encryption-at-rest.html.
      sid = "EncryptTheHistory"
      actions = [
        "kms:Decrypt",
        "kms:GenerateDataKey",
      ]
      resources = [statement.value]

      condition {
        test     = "ArnEquals"
        variable = "kms:EncryptionContext:aws:states:stateMachineArn"
        values   = [local.state_machine_arn, "${local.state_machine_arn}/${local.label}"]
      }
    }
  }
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "StartTheReconciler"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      # As above.
      sid = "EncryptTheHistory"
      actions = [
        "kms:Decrypt",
        "kms:GenerateDataKey",
      ]
      resources = [statement.value]

      condition {
        test     = "ArnEquals"
        variable = "kms:EncryptionContext:aws:states:stateMachineArn"
        values   = [local.state_machine_arn]
      }
    }
  }
}
