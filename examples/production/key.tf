# One key for the tables, the failure bucket, the logs, the functions' environment variables, the mapping's filter criteria and the
# history of the reconciler's runs.
resource "aws_kms_key" "this" {
  description         = "Stored data of the pipeline ${var.name}."
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json

  lifecycle {
    # Without the key, all data that it encrypts would be lost, including backups.
    prevent_destroy = true
  }
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

# For the Region, because each attribute of aws_region has a deprecation warning in version 5 or in version 6 of the provider.
data "aws_service_principal" "logs" {
  service_name = "logs"
}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  region     = data.aws_service_principal.logs.region
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109: In a key policy, the resource * is the key itself.
  # checkov:skip=CKV_AWS_111: As above.
  # checkov:skip=CKV_AWS_356: As above.

  # Principals of this account can use and manage the key if their IAM policies allow it: those who deploy, the function's role,
  # operators, and your API and processing. Without this statement nobody could.
  statement {
    sid       = "LeaveItToIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  # CloudWatch Logs encrypts as its own service principal.
  statement {
    sid = "EncryptTheLogs"
    actions = [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [for name in [var.name, "${var.name}-reconciler"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/${name}"]
    }
  }

  # Lambda reads the filter of the event source mapping, whose UUID is not known before the mapping is created.
  statement {
    sid       = "ReadTheFilter"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["lambda.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:lambda:${local.region}:${local.account_id}:event-source-mapping:*"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:lambda:FunctionArn"
      values   = ["arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}"]
    }
  }
}
