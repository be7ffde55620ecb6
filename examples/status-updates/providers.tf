# Credentials come from the AWS settings (AWS_PROFILE, ...), and so does a Region that is null (AWS_REGION).
provider "aws" {
  region = var.region
}
