"""The event of the function, as Lambda sends it."""

import json
from collections.abc import Iterable
from typing import Any

from scavenger_ops.mapping_model.record_run import RecordRun


def encode(event: object) -> str:
    """Return an event as compact JSON, as Lambda sends it."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def size_bytes(event: object) -> int:
    """Return the size of an event, or of a part of it, in bytes."""
    return len(encode(event).encode())


def event_of(runs: Iterable[RecordRun]) -> dict[str, Any]:
    """Return the function's event of these records. Each run must be one record."""
    return {"Records": [run.body for run in runs]}
