output "deployments" {
  description = "Names of the tables and the function, by Region."
  value = {
    for region, deployment in { eu-central-1 = module.frankfurt, us-east-1 = module.virginia } : region => {
      messages_table_name                    = deployment.messages_table_name
      staging_table_name                     = deployment.staging_table_name
      function_name                          = deployment.function_name
    }
  }
}
