locals {
  # The function is in the account and Region of its staging table; the stream may be in another account. Both are read from the
  # ARN, so that no other look-up is needed: arn:<partition>:dynamodb:<region>:<account>:table/<name>.
  region     = split(":", local.staging_table.arn)[3]
  account_id = split(":", local.staging_table.arn)[4]

  # Without the path of the working directory, which differs between machines: to the provider, another path is a change.
  package_path = trimprefix(coalesce(var.package_path, "${path.module}/../../dist/scavenger.zip"), "${abspath(".")}/")

  # Locals, because Terraform reads a data source that refers to a resource only after that resource's changes, even if only its
  # tags change. The plan would then not show the policies.
  role_arn            = aws_iam_role.function.arn
  log_group_arn       = aws_cloudwatch_log_group.function.arn
  failure_bucket_arns = aws_s3_bucket.failures[*].arn
}

# Replaces the role and the bucket when var.name changes; both ignore changes of their own names. Their names also contain the
# Region and the account, which are unknown while the staging table is replaced or, with depends_on on the module, while any
# dependency changes. An unknown name would replace the role and the bucket with all its objects.
resource "terraform_data" "name" {
  input = var.name
}
