"""Deployments for the tests of `scavenger verify`, without AWS."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import boto3
from reconciler.tables import ComparedTable, ComparedTables
from scavenger.settings import KeyedTable, Settings
from scavenger_ops.verify.deployment import Deleter, VerifiedDeployment

MARKER_ID = "856fe256fe3345628cf6e9f1582b6acc"
STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/messages/stream/2026-11-30T00:00:00.000"


def described(name: str, key_types: Mapping[str, str], **options: Any) -> ComparedTable:
    """Return a table with this key."""
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{name}"
    defaults = {"attribute_types": key_types, "stream_arn": STREAM}
    return ComparedTable(KeyedTable(name, key_types), arn, arn, 0, 0, 1, 1, **(defaults | options))


def verified(  # noqa: PLR0913 - each is a setting
    *patterns: Mapping[str, Any],
    staging: Mapping[str, str] | None = None,
    messages: Mapping[str, str] | None = None,
    events: Sequence[str] = ("INSERT",),
    mapping: Mapping[str, str] | None = None,
    match: Mapping[str, str] | None = None,
    staging_options: Mapping[str, Any] | None = None,
    messages_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> VerifiedDeployment:
    """Return a deployment whose filter has these patterns, with the event names that the module adds."""
    staging_types = staging or {"id": "S"}
    tables = ComparedTables(
        _client(),
        described("staging", staging_types, **(staging_options or {})),
        described("messages", messages or staging_types, **(messages_options or {})),
    )
    settings = Settings(KeyedTable("staging", staging_types), None, 8, mapping, match or {}, events)
    filters = [{"eventName": list(events), **pattern} for pattern in patterns or ({},)]
    unknown = options.pop("unknown_patterns", ())
    return VerifiedDeployment(tables, Deleter("pipeline", settings, filters, unknown), 0, **options)


@cache
def _client() -> Any:
    return boto3.client("dynamodb", region_name="us-east-1")
