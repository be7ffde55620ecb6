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
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that your organization requires as the permissions boundary of each role. Null: no boundary."
  type        = string
}

variable "role_path" {
  description = "Path that your organization requires for roles. It begins and ends with /."
  type        = string
  default     = "/"
  nullable    = false
}
