"""The JSON of a line of the log."""

from typing import Any

from scavenger_ops.logs.line import LogLine


def to_json(line: LogLine) -> dict[str, Any]:
    """Return a line for JSON. docs/reference/schemas/logs.schema.json describes it."""
    return {
        "time": line.time.isoformat(timespec="milliseconds"),
        "level": line.level or None,
        "is_problem": line.is_problem,
        "message": line.message,
        "fields": dict(line.fields),
        "request_id": line.request_id,
    }
