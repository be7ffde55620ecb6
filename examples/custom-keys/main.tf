# The API stages a request under its own id. Processing creates an order from it, under another key, and stores the request's id
# in the order's attribute `origin`.
module "orders" {
  source = "../../modules/table"

  name           = "${var.name}-orders"
  hash_key       = "orderId"
  hash_key_type  = "S"
  range_key      = "createdAt"
  range_key_type = "N"
  billing_mode   = "PAY_PER_REQUEST"
  # origin is not a key attribute of an order, so the stream must include the new image.
  stream_view_type = "NEW_IMAGE"
  tags             = var.tags
}

module "requests" {
  source = "../../modules/table"

  name          = "${var.name}-requests"
  hash_key      = "requestId"
  hash_key_type = "S"
  range_key     = null
  billing_mode  = "PAY_PER_REQUEST"
  # The backstop for rows that are never processed.
  ttl_attribute_name = "expiresAt"
  tags               = var.tags
}

module "scavenger" {
  source = "../../modules/scavenger"

  name           = var.name
  messages_table = module.orders
  staging_table  = module.requests

  # The record of an order without origin, or with one that is not a string, goes to the failure bucket.
  key_mapping = { requestId = "origin" }

  # The requests of draft orders stay in the table.
  filter_patterns = [jsonencode({ dynamodb = { NewImage = { status = { S = ["PROCESSED"] } } } })]

  failure_bucket_operator_arns = var.failure_bucket_operator_arns
  tags                         = var.tags
}

module "monitoring" {
  source = "../../modules/monitoring"

  function_name             = module.scavenger.function_name
  event_source_mapping_uuid = module.scavenger.event_source_mapping_uuid
  messages_table_name       = module.orders.name
  staging_table_arn         = module.requests.arn
  failure_bucket_name       = module.scavenger.failure_bucket_name
  tags                      = var.tags
}
