"""Reads a failure bucket. The run is one of its operators."""

import json
from typing import Any

from aws.account import Aws


def failure_objects(aws: Aws, bucket: str) -> list[dict[str, Any]]:
    """Return all objects of a failure bucket."""
    s3 = aws.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    names = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return [json.loads(s3.get_object(Bucket=bucket, Key=name)["Body"].read()) for name in names]
