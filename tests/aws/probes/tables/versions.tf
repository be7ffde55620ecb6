terraform {
  # Terraform 1.9 is the first release in which a validation can refer to other variables.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The oldest and the newest release that CI tests (.github/workflows/ci.yml). 5.86.0 fails on the failure bucket's
      # lifecycle rule (hashicorp/terraform-provider-aws issue 41268).
      version = ">= 5.82, != 5.86.0, < 7.0"
    }
  }
}
