# A configuration with one name in two Regions, and a provider for each Region.
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.abroad]
    }
  }
}

variable "name" {
  type = string
}

variable "messages_table" {
  type = any
}

variable "staging_table" {
  type = any
}

variable "package_path" {
  type = string
}

module "here" {
  source = "../../../modules/scavenger"

  name           = var.name
  messages_table = var.messages_table
  staging_table  = var.staging_table
  package_path   = var.package_path
}

module "abroad" {
  source = "../../../modules/scavenger"

  providers = { aws = aws.abroad }

  name           = var.name
  messages_table = merge(var.messages_table, { stream_arn = replace(var.messages_table.stream_arn, "eu-central-1", "us-east-1") })
  staging_table  = merge(var.staging_table, { arn = replace(var.staging_table.arn, "eu-central-1", "us-east-1") })
  package_path   = var.package_path
}

output "buckets" {
  value = { here = module.here.failure_bucket_name, abroad = module.abroad.failure_bucket_name }
}

output "mappings" {
  value = { here = module.here.event_source_mapping_uuid, abroad = module.abroad.event_source_mapping_uuid }
}
