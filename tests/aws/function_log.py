"""Reads what a function's invocations did from its log. It arrives some seconds later."""

import json
from typing import Any

from aws.account import Aws


def batches(aws: Aws, function: str, since_ms: int) -> list[dict[str, Any]]:
    """Return the figures of each invocation since a time (telemetry.report)."""
    pages = (
        aws.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/aws/lambda/{function}", startTime=since_ms)
    )
    lines = [event["message"] for page in pages for event in page["events"]]
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in found if line.get("message") == "Batch done"]


def total(figures: list[dict[str, Any]], name: str) -> int:
    """Add up a figure."""
    return sum(each[name] for each in figures)
