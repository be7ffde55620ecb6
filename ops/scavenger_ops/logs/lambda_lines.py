"""Lambda's own lines in the log: what matters of them. Source: telemetry-schema-reference.html."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from scavenger.redaction import redact, redact_code

from scavenger_ops.text import figure, seconds

SUCCESS = "success"
# In the text format of logs.
_REPORT = re.compile(
    r"REPORT RequestId: (?P<request_id>\S+)\s.*?Duration: (?P<durationMs>[\d.]+) ms.*Max Memory Used: "
    r"(?P<maxMemoryUsedMB>\d+) MB(?:.*Status: (?P<status>\w+))?(?:.*Error Type: (?P<error_type>\S+))?",
    re.DOTALL,
)
_BOOKKEEPING = re.compile(r"(START|END) RequestId: |INIT_START |XRAY TraceId|EXTENSION\t|TELEMETRY\t|\s*\Z")
# Also the last line of a stack of Python, "scavenger.records.EventError: ...".
_ERROR = re.compile(r"\[(ERROR|CRITICAL)\]|Task timed out|Runtime exited|Traceback |[\w.]*(Error|Exception)\b:")


class LambdaLine(NamedTuple):
    """A line of Lambda's: its level, which is empty if it is no problem, its message, and its fields for JSON."""

    level: str
    message: str
    fields: Mapping[str, Any]
    request_id: str | None = None


def read_platform_event(kind: str, record: Mapping[str, Any]) -> LambdaLine | None:
    """Return the line of an event of Lambda's, or None if it says nothing beside the report of the invocation."""
    if kind == "platform.report":
        return _report("invocation", record)
    if kind == "platform.initReport" and record.get("status", SUCCESS) != SUCCESS:
        return _report("start of the function", record)
    if kind == "platform.logsDropped":
        return LambdaLine("WARNING", f"Lambda dropped log lines: {redact(record.get('reason', 'no reason'))}", {})
    return None


def read_text(text: str) -> LambdaLine | None:
    """Return a line that is not JSON: Lambda's report as such, and any other as it is, redacted."""
    if found := _REPORT.match(text):
        metrics = {name: float(found[name]) for name in ("durationMs", "maxMemoryUsedMB")}
        status, error = found["status"] or SUCCESS, found["error_type"]
        return _report(
            "invocation",
            {"requestId": found["request_id"], "status": status, "errorType": error, "metrics": metrics},
        )
    if _BOOKKEEPING.match(text):
        return None
    return LambdaLine("ERROR" if _ERROR.search(text.split("\n", maxsplit=1)[0]) else "", redact(text), {})


def _report(what: str, record: Mapping[str, Any]) -> LambdaLine:
    """Return the line of an invocation or a start that has ended: how long it took, and how it failed, if it did."""
    metrics = record.get("metrics")
    figures = {
        "duration_ms": _number(metrics, "durationMs"),
        "max_memory_used_mb": _number(metrics, "maxMemoryUsedMB"),
    }
    status, error = redact_code(record.get("status", SUCCESS)), record.get("errorType")
    fields: dict[str, Any] = {name: value for name, value in figures.items() if value is not None}
    fields |= {"status": status} | ({"error_type": redact_code(error)} if error else {})
    words = [] if status == SUCCESS else [" ".join([status, *([f"({redact_code(error)})"] if error else [])])]
    words += [seconds(fields["duration_ms"] / 1000)] if "duration_ms" in fields else []
    words += [f"{figure(fields['max_memory_used_mb'])} MB"] if "max_memory_used_mb" in fields else []
    request_id = redact(record["requestId"]) if isinstance(record.get("requestId"), str) else None
    level = "" if status == SUCCESS else "ERROR"
    return LambdaLine(level, f"{what}: {', '.join(words) or 'done'}", fields, request_id)


def _number(metrics: object, name: str) -> float | None:
    value = metrics.get(name) if isinstance(metrics, dict) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
