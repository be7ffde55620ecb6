terraform {
  # 1.9 is the first with validations that refer to other variables.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 5.82 is the first with metrics_config on event source mappings.
      version = ">= 5.82, < 7.0"
    }
  }
}
