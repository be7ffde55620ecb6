"""The screens of `scavenger logs`."""

import json
from collections.abc import Callable

from rich.console import Console
from scavenger_ops.logs.line import LogLine, read_line
from scavenger_ops.logs.screen import LogReport, show_screen

# 2026-11-29 10:03:01 UTC.
NOW_MS = 1_795_946_581_000
HOUR_MS = 3_600_000
BATCH = {
    "received": 100,
    "deleted": 100,
    "duplicates": 0,
    "quarantined": 0,
    "failed": 0,
    "requests": 4,
    "unprocessed": 0,
    "write_units": 100.0,
    "oldest_record_age_s": 61.2,
    "faults": {},
}
QUARANTINED = {
    "reason": "DynamoDB rejects its key: One or more parameter values were invalid: Type mismatch for key createdAt",
    "sequence_number": "4421584500000000017450439091",
    "object": "aws/lambda/orders/quarantine/2026/11/29/2026-11-29T10.02.58-fc8b8ef2-536b-4766-aa3e-c99cbfe38bbe",
}
DENIED = (
    "DynamoDB accepts no deletes in table orders-staging (AccessDeniedException: User: "
    "arn:aws:sts::123456789012:assumed-role/orders-us-east-1/orders is not authorized to perform: "
    "dynamodb:BatchWriteItem). No record is lost: Lambda delivers the batch again. Allow the function's role "
    "dynamodb:BatchWriteItem on the table (with MATCH_ATTRIBUTES: dynamodb:DeleteItem), and the use of the table's KMS "
    "key."
)


def _line(seconds_ago: int, level: str, message: str, **fields: object) -> LogLine | None:
    return read_line(NOW_MS - 1000 * seconds_ago, json.dumps({"level": level, "message": message, **fields}))


def _report(seconds_ago: int, status: str, duration_ms: float) -> LogLine | None:
    record = {"status": status, "metrics": {"durationMs": duration_ms, "maxMemoryUsedMB": 104}}
    return read_line(NOW_MS - 1000 * seconds_ago, json.dumps({"type": "platform.report", "record": record}))


WELL = (
    _line(120, "INFO", "Batch done", **BATCH),
    _report(120, "success", 214.0),
    _line(60, "INFO", "Batch done", **BATCH | {"requests": 5, "unprocessed": 25, "faults": {"ThrottlingException": 1}}),
    _report(60, "success", 431.0),
)
PROBLEMS = (
    *WELL,
    _line(3, "WARNING", "Record quarantined", **QUARANTINED),
    _line(3, "INFO", "Batch done", **BATCH | {"deleted": 99, "quarantined": 1}),
    _report(3, "success", 262.0),
    _line(1, "ERROR", "Deletes stopped", reason=DENIED),
    _line(1, "INFO", "Batch done", **BATCH | {"deleted": 0, "failed": 100, "requests": 2, "write_units": 0}),
    _report(0, "timeout", 60_000.0),
)


def _show(*lines: LogLine | None) -> Callable[[Console], None]:
    shown = [line for line in lines if line]
    report = LogReport("orders", "us-east-1", "/aws/lambda/orders", NOW_MS - HOUR_MS, shown)
    return lambda console: show_screen(report, console)


SCREENS: dict[str, Callable[[Console], None]] = {
    "well": _show(*WELL),
    "problems": _show(*PROBLEMS),
    "no lines": _show(),
}
