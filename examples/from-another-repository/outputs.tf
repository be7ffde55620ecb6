locals {
  deployments = {
    eu-central-1 = module.frankfurt
    us-east-1    = module.virginia
  }
}

output "deployments" {
  description = "Names of the tables, the function and the failure bucket, by Region."
  value = {
    for region, deployment in local.deployments : region => {
      messages_table_name = deployment.messages_table_name
      staging_table_name  = deployment.staging_table_name
      function_name       = deployment.function_name
      failure_bucket_name = deployment.failure_bucket_name
    }
  }
}
