variable "name" {
  description = "Name of the function. The names of the tables and of all other resources contain it."
  type        = string
  default     = "custom-keys"
  nullable    = false
}

variable "failure_bucket_operator_arns" {
  description = "ARNs of the IAM roles and users that can redrive the objects of the failure bucket."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "region" {
  description = "AWS Region to deploy to. Null: the Region of the AWS settings (AWS_REGION, profile)."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for all resources that support tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
