data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-${data.aws_region.current.name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "probes"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadTheStreams"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        Resource = [for table in aws_dynamodb_table.this : table.stream_arn]
      },
      {
        Sid      = "ListTheStreams"
        Effect   = "Allow"
        Action   = "dynamodb:ListStreams"
        Resource = "*"
      },
      {
        Sid      = "WriteTheLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
      {
        Sid      = "KeepFailedBatches"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:PutObject"]
        Resource = [aws_s3_bucket.failures.arn, "${aws_s3_bucket.failures.arn}/*"]
      },
    ]
  })
}
