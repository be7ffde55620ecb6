resource "aws_iam_role" "function" {
  # With the Region, since the names of roles are an account's in all Regions.
  name               = "${var.name}-${local.region}"
  description        = "What the function ${var.name} may do."
  assume_role_policy = data.aws_iam_policy_document.assume_role.json

  tags = var.tags

  lifecycle {
    # A role from before the Region was in its name keeps that name, too.
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
  name   = "scavenger"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

data "aws_iam_policy_document" "function" {
  dynamic "statement" {
    for_each = var.dry_run ? [] : [local.staging_table.arn]

    content {
      # It allows puts too, since AWS has no action for batches of deletes alone: docs/decisions/README.md weighs what there is.
      sid       = "DeleteFromStaging"
      actions   = ["dynamodb:BatchWriteItem"]
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

  # The action has no resource type, so that the resource has to be *. Source: DynamoDB's page of the service authorization reference.
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

  # X-Ray has no resources to name.
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
      # Lambda does so with this role, and so does the function with records that cannot be deleted. Both write below aws/lambda/.
      # But when the mapping is made, Lambda checks the permission with a key that AWS does not document: others report that it
      # refused a role with aws/lambda/* alone. AWS's own example has every key (services-dynamodb-errors.html), and nothing else
      # is in this bucket.
      sid       = "KeepFailedBatches"
      actions   = ["s3:PutObject"]
      resources = ["${statement.value}/*"]

      # A bucket of this name in another account is not ours.
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
      # DynamoDB asks KMS in its caller's name, for a delete as well as for reading the stream. Sources:
      # encryption.usagenotes.html; for DescribeKey, what AWS CDK grants to readers of a stream.
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
}
