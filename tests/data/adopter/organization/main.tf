# The configuration of a team in an organization with rules: the inputs are what the team sets to follow them.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

# The team's credentials, to which the organization's policies apply.
variable "access_key" {
  type = string
}

variable "secret_key" {
  type      = string
  sensitive = true
}

provider "aws" {
  access_key = var.access_key
  secret_key = var.secret_key
}

variable "name" {
  type = string
}

variable "permissions_boundary_arn" {
  type    = string
  default = null
}

variable "role_path" {
  type    = string
  default = "/"
}

variable "role_arn" {
  type    = string
  default = null
}

variable "in_vpc" {
  type    = bool
  default = false
}

variable "failure_bucket_name" {
  description = "Null: no bucket."
  type        = string
  default     = null
}

variable "failure_bucket_force_destroy" {
  type    = bool
  default = false
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "this" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_route_table" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route_table_association" "this" {
  route_table_id = aws_route_table.this.id
  subnet_id      = aws_subnet.this.id
}

# What the function needs: DynamoDB to delete, S3 to quarantine.
resource "aws_vpc_endpoint" "this" {
  for_each = toset(["dynamodb", "s3"])

  vpc_id          = aws_vpc.this.id
  service_name    = "com.amazonaws.us-east-1.${each.key}"
  route_table_ids = [aws_route_table.this.id]
}

resource "aws_security_group" "this" {
  name   = "organization-${var.name}"
  vpc_id = aws_vpc.this.id

  egress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

module "scavenger" {
  source = "../../modules/scavenger"

  name           = var.name
  messages_table = { name = "organization-messages" }
  staging_table  = { name = "organization-staging" }

  role_arn                     = var.role_arn
  role_path                    = var.role_path
  permissions_boundary_arn     = var.permissions_boundary_arn
  create_failure_bucket        = var.failure_bucket_name != null
  failure_bucket_name          = var.failure_bucket_name
  failure_bucket_force_destroy = var.failure_bucket_force_destroy

  vpc_config = var.in_vpc ? { subnet_ids = [aws_subnet.this.id], security_group_ids = [aws_security_group.this.id] } : null
}

output "function_name" {
  value = module.scavenger.function_name
}

output "failure_bucket_name" {
  value = module.scavenger.failure_bucket_name
}

output "role_policy_json" {
  value = module.scavenger.role_policy_json
}

output "log_group_name" {
  value = module.scavenger.log_group_name
}

output "subnet_id" {
  value = aws_subnet.this.id
}

output "security_group_id" {
  value = aws_security_group.this.id
}
