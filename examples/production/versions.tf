terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.82, != 5.86.0, < 7.0"
    }
  }

  # Keep the state where the team can find it, encrypted and locked:
  # backend "s3" {
  #   bucket       = "<your state bucket>"
  #   key          = "scavenger/production.tfstate"
  #   use_lockfile = true # from Terraform 1.10 on
  # }
}
