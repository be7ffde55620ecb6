"""Tests on an AWS account, which `make test-aws` runs. Without it, no test reaches AWS."""
