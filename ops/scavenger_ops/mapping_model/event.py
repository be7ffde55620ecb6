"""The function's event, as it is sent."""

import json
from collections.abc import Iterable
from typing import Any

from scavenger_ops.mapping_model.record_run import RecordRun


def encode(event: object) -> str:
    """Write an event as compactly as it is sent."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def size_bytes(event: object) -> int:
    """Give the size of an event, or of a part of it, in bytes."""
    return len(encode(event).encode())


def event_of(runs: Iterable[RecordRun]) -> dict[str, Any]:
    """Make the function's event of records each of which is a run by itself."""
    return {"Records": [run.body for run in runs]}
