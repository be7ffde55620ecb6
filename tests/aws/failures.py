"""Reads a failure bucket. The run is one of its operators."""

import json
from typing import Any

from support.deployment import read_objects

from aws.account import Aws


def failure_objects(aws: Aws, bucket: str) -> list[dict[str, Any]]:
    """Return all objects of a failure bucket."""
    return [json.loads(body) for body in read_objects(aws.client("s3"), bucket).values()]
