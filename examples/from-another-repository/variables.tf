variable "name" {
  description = "Name of the function in each Region. The names of the tables and of all other resources contain it."
  type        = string
  default     = "orders"
  nullable    = false
}

variable "account_id" {
  description = "ID of the AWS account to deploy to: 12 digits. With the credentials of another account, the plan fails."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the ID of an AWS account: 12 digits."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that your organization requires as the permissions boundary of each role. Null: no boundary."
  type        = string
  default     = null
}

variable "operator_arns" {
  description = "ARNs of the IAM roles and users that can redrive and delete the objects of the failure buckets. Empty: nobody can."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "role_path" {
  description = "Path that your organization requires for roles. It begins and ends with /."
  type        = string
  default     = "/"
  nullable    = false
}
