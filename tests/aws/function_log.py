"""Reads what a function's invocations did from its log. It arrives some seconds later."""

import json
from typing import Any

from support.deployment import read_log

from aws.account import Aws


def batches(aws: Aws, function: str, since_ms: int) -> list[dict[str, Any]]:
    """Return the figures of each invocation since a time (telemetry.report)."""
    return [line for line in json_lines(aws, function, since_ms) if line.get("message") == "Batch done"]


def json_lines(aws: Aws, function: str, since_ms: int = 0) -> list[dict[str, Any]]:
    """Return the lines of a function's log that are JSON."""
    lines = read_log(aws.client("logs"), f"/aws/lambda/{function}", since_ms)
    return [json.loads(line) for line in lines if line.startswith("{")]


def total(figures: list[dict[str, Any]], name: str) -> int:
    """Add up a figure."""
    return sum(each[name] for each in figures)
