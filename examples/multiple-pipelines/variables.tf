variable "pipelines" {
  description = "The pipelines, by the names of their functions: which messages table each reads, and the patterns of the inserts that count for it; all, without any."
  type = map(object({
    messages        = string
    filter_patterns = optional(list(string), [])
  }))
  # Orders come in by two APIs, each with a staging table of its own, and end up in one table.
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
    error_message = "pipelines must have at most two of the same messages table: AWS lets two readers have a shard of a stream, and may throttle a third."
  }
}

variable "tags" {
  description = "Tags on all that can be tagged."
  type        = map(string)
  default     = {}
  nullable    = false
}
