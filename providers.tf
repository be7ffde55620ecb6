# Credentials, profile and endpoint come from the standard AWS settings (AWS_PROFILE, AWS_ENDPOINT_URL, ...).
provider "aws" {
  region = var.region
}
