resource "aws_s3_bucket" "failures" {
  count = var.create_failure_bucket ? 1 : 0

  bucket = "${var.name}-failures-${local.account_id}-${local.region}"

  tags = var.tags
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
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
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

data "aws_iam_policy_document" "failures" {
  count = var.create_failure_bucket ? 1 : 0

  statement {
    sid       = "RefuseWhatIsNotEncryptedInTransit"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.failures[0].arn, "${aws_s3_bucket.failures[0].arn}/*"]

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
}
