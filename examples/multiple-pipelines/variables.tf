variable "pipelines" {
  description = "Pipelines by the name of their function: the messages table that each reads, and its event filter patterns (JSON). No patterns: every insert."
  type = map(object({
    messages        = string
    filter_patterns = optional(list(string), [])
  }))
  # Two APIs receive orders, each with its own staging table. All orders are processed into one table.
  default = {
    web-orders = {
      messages        = "orders"
      filter_patterns = ["{\"dynamodb\":{\"NewImage\":{\"channel\":{\"S\":[\"WEB\"]}}}}"]
    }
    store-orders = {
      messages        = "orders"
      filter_patterns = ["{\"dynamodb\":{\"NewImage\":{\"channel\":{\"S\":[\"STORE\"]}}}}"]
    }
    payments = {
      messages = "payments"
    }
  }
  nullable = false

  # Source: Streams.html.
  validation {
    condition     = alltrue([for readers in values({ for name, pipeline in var.pipelines : pipeline.messages => name... }) : length(readers) <= 2])
    error_message = "pipelines must have at most two pipelines with the same messages table: AWS supports two stream consumers per shard, and may throttle a third."
  }
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
