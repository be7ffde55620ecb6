resource "aws_s3_bucket" "failures" {
  # checkov:skip=CKV_AWS_18: An access log needs a second bucket; CloudTrail data events record accesses, if enabled.
  # checkov:skip=CKV_AWS_21: Each object is written once, under a unique key; versions would outlive its expiry.
  # checkov:skip=CKV_AWS_144: The tables, the stream and the operators that use the bucket are in this Region.
  # checkov:skip=CKV2_AWS_62: Alarms report new objects, from the metrics of the function and its event source mapping.

  count = var.create_failure_bucket ? 1 : 0

  bucket        = local.failure_bucket_name
  force_destroy = var.failure_bucket_force_destroy

  tags = var.tags

  lifecycle {
    ignore_changes       = [bucket]
    replace_triggered_by = [terraform_data.name]

    # Terraform would delete the settings of the old bucket, such as its policy, before the deletion fails at its objects.
    postcondition {
      condition     = var.failure_bucket_name == null ? true : self.bucket == var.failure_bucket_name
      error_message = "failure_bucket_name must stay ${self.bucket}: a bucket cannot be renamed. For another bucket, pause the event source mapping, redrive and delete the objects of ${self.bucket}, and apply with -replace=<address of the module>.aws_s3_bucket.failures[0]."
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "failures" {
  count = var.create_failure_bucket ? 1 : 0

  bucket = aws_s3_bucket.failures[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "failures" {
  count = var.create_failure_bucket ? 1 : 0

  bucket                  = aws_s3_bucket.failures[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "failures" {
  count = var.create_failure_bucket ? 1 : 0

  bucket = aws_s3_bucket.failures[0].id

  rule {
    # Without a customer managed key, this is the AWS managed key aws/s3.
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }

    # One request to KMS for many objects, instead of one per object.
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "failures" {
  count = var.create_failure_bucket ? 1 : 0

  bucket = aws_s3_bucket.failures[0].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.failure_retention_in_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "failures" {
  count = var.create_failure_bucket ? 1 : 0

  bucket = aws_s3_bucket.failures[0].id
  policy = data.aws_iam_policy_document.failures[0].json

  # S3 takes one change of a bucket's access settings at a time.
  depends_on = [aws_s3_bucket_public_access_block.failures]
}

# All statements are Deny. The policies of the role and of the operators must allow what these statements do not deny.
data "aws_iam_policy_document" "failures" {
  count = var.create_failure_bucket ? 1 : 0

  statement {
    sid       = "DenyUnencryptedTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.failure_bucket_arns[0], "${local.failure_bucket_arns[0]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "DenyWritesExceptByTheFunctionsRole"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.failure_bucket_arns[0]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    # The function and its mapping both write with the function's role.
    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = [local.role_arn]
    }
  }

  statement {
    sid    = "DenyReadsAndDeletesExceptByOperators"
    effect = "Deny"
    actions = [
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:GetObject",
      "s3:GetObjectVersion",
    ]
    resources = ["${local.failure_bucket_arns[0]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    # Without operators there is no condition, and the bucket denies everyone.
    dynamic "condition" {
      for_each = length(var.failure_bucket_operator_arns) == 0 ? [] : [var.failure_bucket_operator_arns]

      content {
        test     = "ArnNotEquals"
        variable = "aws:PrincipalArn"
        values   = condition.value
      }
    }
  }
}
