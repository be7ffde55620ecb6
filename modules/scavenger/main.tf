locals {
  # The function lives where its staging table does; the stream may be another account's. Of an ARN, so that no more has to be
  # looked up: arn:<partition>:dynamodb:<region>:<account>:table/<name>.
  region     = split(":", local.staging_table.arn)[3]
  account_id = split(":", local.staging_table.arn)[4]

  # Without the path of the working directory, which differs between machines: the provider takes another path for a change.
  package_path = trimprefix(coalesce(var.package_path, "${path.module}/../../dist/scavenger.zip"), "${abspath(".")}/")

  # Through locals: a data source that names a resource is read only after that resource's changes, were it only tags. The plan
  # would not show what becomes of the policies.
  role_arn            = aws_iam_role.function.arn
  log_group_arn       = aws_cloudwatch_log_group.function.arn
  failure_bucket_arns = aws_s3_bucket.failures[*].arn
}

# Replaces what has the name in its own name when the name changes. Terraform does not see that by itself: the Region and the
# account in these names are unknown while the staging table is replaced or, with depends_on on the module, while anything
# changes there, and an unknown name would replace role and bucket with all that is in it.
resource "terraform_data" "name" {
  input = var.name
}
