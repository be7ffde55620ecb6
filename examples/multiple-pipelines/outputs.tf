output "pipelines" {
  description = "Names of each pipeline's tables, function and failure bucket."
  value = {
    for name, scavenger in module.scavenger : name => {
      messages_table_name = scavenger.messages_table_name
      staging_table_name  = module.staging_table[name].name
      function_name       = scavenger.function_name
      failure_bucket_name = scavenger.failure_bucket_name
    }
  }
}
