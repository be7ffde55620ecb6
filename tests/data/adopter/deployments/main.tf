# A configuration that calls the root several times, as a module of its own provider.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "account_id" {
  type    = string
  default = "000000000000"
}

variable "change" {
  description = "Changes what the deployments depend on."
  type        = string
  default     = "before"
}

variable "package_s3" {
  type = object({
    bucket           = string
    key              = string
    object_version   = optional(string)
    source_code_hash = optional(string)
  })
  default = null
}

provider "aws" {
  alias               = "team"
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { team = "messages" }
  }
}

resource "terraform_data" "before" {
  input = var.change
}

module "each" {
  source   = "../.."
  for_each = toset(["orders", "payments"])

  providers  = { aws = aws.team }
  depends_on = [terraform_data.before]

  name                  = "deployments-${each.key}"
  create_failure_bucket = false
  package_s3            = var.package_s3
}

module "counted" {
  source = "../.."
  count  = 1

  providers = { aws = aws.team }

  name                  = "deployments-counted"
  create_failure_bucket = false
}

# A role that the caller makes, with the policy that the deployment asks for.
resource "aws_iam_role" "own" {
  provider = aws.team

  name = "deployments-own-us-east-1"
  path = "/service/"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "own" {
  provider = aws.team

  name   = "scavenger"
  role   = aws_iam_role.own.id
  policy = module.own_role.role_policy_json
}

module "own_role" {
  source = "../.."

  providers = { aws = aws.team }

  name = "deployments-own"
  # With format, Terraform knows during the plan that the ARN is not null, so that no role is made.
  role_arn              = format("%s", aws_iam_role.own.arn)
  create_failure_bucket = false
}

output "function_names" {
  value = [for deployment in concat(values(module.each), module.counted, [module.own_role]) : deployment.function_name]
}
