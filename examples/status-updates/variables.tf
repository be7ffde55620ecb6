variable "region" {
  description = "AWS Region to deploy to. Null: the Region of the AWS settings (AWS_REGION, profile)."
  type        = string
  default     = null
}
