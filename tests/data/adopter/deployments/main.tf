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

output "function_names" {
  value = concat([for deployment in module.each : deployment.function_name], module.counted[*].function_name)
}
