locals {
  # The function is in the account and Region of its staging table; the stream may be in another account. Both are read from the
  # ARN, so that no other look-up is needed: arn:<partition>:dynamodb:<region>:<account>:table/<name>.
  partition  = split(":", local.staging_table.arn)[1]
  region     = split(":", local.staging_table.arn)[3]
  account_id = split(":", local.staging_table.arn)[4]

  # The name includes the Region, because role names are unique in an account across all Regions. It has at most 64 characters,
  # as AWS requires: a longer one is cut, and a hash keeps it different from others that begin alike.
  whole_role_name = "${var.name}-${local.region}"
  role_name       = length(local.whole_role_name) <= 64 ? local.whole_role_name : "${substr(var.name, 0, 54 - length(local.region))}-${substr(sha256(var.name), 0, 8)}-${local.region}"

  # Whether the failure bucket is named after the function.
  bucket_has_the_name = var.create_failure_bucket && var.failure_bucket_name == null

  # Bucket names are unique across all accounts of a partition.
  failure_bucket_name = var.failure_bucket_name != null ? var.failure_bucket_name : "${var.name}-failures-${local.account_id}-${local.region}"

  # Without the path of the working directory, which differs between machines: to the provider, another path is a change.
  package_path = trimprefix(coalesce(var.package_path, "${path.module}/../../dist/scavenger.zip"), "${abspath(".")}/")

  # Locals, because Terraform reads a data source that refers to a resource only after that resource's changes, even if only its
  # tags change. The plan would then not show the policies.
  role_arn = var.role_arn != null ? var.role_arn : aws_iam_role.function[0].arn

  # Built from names, which Terraform knows before log group and bucket exist: the first plan already shows the role's policy.
  log_group_arn       = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${aws_cloudwatch_log_group.function.name}"
  failure_bucket_arns = [for bucket in aws_s3_bucket.failures : "arn:${local.partition}:s3:::${bucket.bucket}"]
}

# Replaces the role and the bucket when var.name changes; both ignore changes of their own names. Their names also contain the
# Region and the account, which are unknown while the staging table is replaced or, with depends_on on the module, while any
# dependency changes. An unknown name would replace the role and the bucket with all its objects.
resource "terraform_data" "name" {
  input = var.name
}
