resource "aws_iam_role" "function" {
  count = var.role_arn == null ? 1 : 0

  name                 = local.role_name
  path                 = var.role_path
  description          = "What the function ${var.name} may do."
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags

  lifecycle {
    # A role that was created before the name included the Region also keeps its name.
    ignore_changes       = [name]
    replace_triggered_by = [terraform_data.name]
  }
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    sid     = "LambdaAssumesThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "function" {
  count = var.role_arn == null ? 1 : 0

  name   = "scavenger"
  role   = aws_iam_role.function[0].id
  policy = data.aws_iam_policy_document.function.json
}

data "aws_iam_policy_document" "function" {
  dynamic "statement" {
    for_each = var.dry_run ? [] : [local.staging_table.arn]

    content {
      # BatchWriteItem also allows puts, because AWS has no action for batch deletes only: docs/decisions/0014-*.md compares the
      # alternatives. With match_attributes, each row has a DeleteItem of its own: docs/decisions/0076-*.md.
      sid       = "DeleteFromStaging"
      actions   = [length(var.match_attributes) == 0 ? "dynamodb:BatchWriteItem" : "dynamodb:DeleteItem"]
      resources = [statement.value]
    }
  }

  statement {
    sid = "ReadTheStream"
    actions = [
      "dynamodb:DescribeStream",
      "dynamodb:GetRecords",
      "dynamodb:GetShardIterator",
    ]
    resources = [local.messages_table.stream_arn]
  }

  # The action has no resource type, so the resource must be *. Source: DynamoDB in the service authorization reference.
  statement {
    sid       = "ListTheStreams"
    actions   = ["dynamodb:ListStreams"]
    resources = ["*"]
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
    for_each = local.failure_bucket_arns

    content {
      # Lambda writes batches that it discards with this role, and the function writes records that cannot be deleted. Both
      # write below aws/lambda/. But when the mapping is created, Lambda checks the permission with an object key that AWS does
      # not document: others report that it rejected a role that allowed only aws/lambda/*. AWS's own example allows every key
      # (services-dynamodb-errors.html), and nothing else is in this bucket.
      sid       = "KeepFailedBatches"
      actions   = ["s3:PutObject"]
      resources = ["${statement.value}/*"]

      # A bucket of the same name in another account must not receive the records.
      condition {
        test     = "StringEquals"
        variable = "s3:ResourceAccount"
        values   = [local.account_id]
      }
    }
  }

  dynamic "statement" {
    for_each = local.failure_bucket_arns

    content {
      sid       = "FindTheFailureBucket"
      actions   = ["s3:ListBucket"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "s3:ResourceAccount"
        values   = [local.account_id]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.table_kms_key_arns) == 0 ? [] : [local.table_kms_key_arns]

    content {
      # DynamoDB calls KMS on behalf of its caller, for deletes and to read the stream. Sources: encryption.usagenotes.html; for
      # DescribeKey, the permissions that AWS CDK grants to stream consumers.
      sid = "UseEncryptedTables"
      actions = [
        "kms:Decrypt",
        "kms:DescribeKey",
      ]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${local.region}.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : local.failure_bucket_arns

    content {
      sid       = "EncryptWhatIsKept"
      actions   = ["kms:GenerateDataKey"]
      resources = [var.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.vpc_config == null ? [] : [var.vpc_config]

    content {
      # Lambda creates and deletes the network interfaces with this role. The actions that describe have no resource types; for
      # the others, the interface has no name before it exists. Source: configuration-vpc.html.
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
      # The function itself needs none of these. Requests of its code have this condition key, those of Lambda do not.
      # Source: configuration-vpc.html.
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
        values   = ["arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}"]
      }
    }
  }
}
