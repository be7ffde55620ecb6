"""What holds for every test: none of them knows of a real AWS account."""

import os

for name in [name for name in os.environ if name.startswith(("AWS_", "TF_VAR_", "POWERTOOLS_"))]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "scavenger",
}
