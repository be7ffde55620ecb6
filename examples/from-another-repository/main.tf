# The pipeline in two Regions, under one name. A release includes the function's package, so this needs only Terraform and Git.
# To update, change ref, then run terraform init -upgrade and terraform apply.
module "frankfurt" {
  # checkov:skip=CKV_TF_1: A tag shows the version. The commit of the tag works too, and cannot be moved.

  source = "git::https://github.com/staging-scavenger/staging-scavenger.git?ref=v0.2.0"

  providers = { aws = aws.frankfurt }

  name                         = var.name
  failure_bucket_operator_arns = var.operator_arns
  permissions_boundary_arn     = var.permissions_boundary_arn
  role_path                    = var.role_path
}

module "virginia" {
  # checkov:skip=CKV_TF_1: A tag shows the version. The commit of the tag works too, and cannot be moved.

  source = "git::https://github.com/staging-scavenger/staging-scavenger.git?ref=v0.2.0"

  providers = { aws = aws.virginia }

  name                         = var.name
  failure_bucket_operator_arns = var.operator_arns
  permissions_boundary_arn     = var.permissions_boundary_arn
  role_path                    = var.role_path
}
