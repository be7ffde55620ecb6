# Only 0.1.0's example reads it. The provider that the tests attach has the types that it finds in such files.
data "aws_region" "this" {}
