# One table for values; the others get only what is counted in their metrics.
resource "aws_dynamodb_table" "this" {
  for_each = toset(["values", "refused", "missing"])

  name         = "${var.name}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}
