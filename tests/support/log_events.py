"""Lines of the function's log, of every kind, as CloudWatch Logs returns them."""

import json
from typing import Any

FIGURES = {
    "received": 100,
    "deleted": 98,
    "duplicates": 1,
    "ignored": 0,
    "quarantined": 1,
    "failed": 0,
    "requests": 5,
    "unprocessed": 25,
    "write_units": 98.0,
    "oldest_record_age_s": 61.2,
    "faults": {"ThrottlingException": 1},
}
DENIED = (
    "DynamoDB accepts no deletes in table orders-staging (AccessDeniedException). No record is lost: Lambda delivers "
    "the batch again. Allow the function's role dynamodb:BatchWriteItem."
)
OBJECT = "aws/lambda/orders/quarantine/2026/11/29/2026-11-29T10.00.01-fc8b8ef2-536b-4766-aa3e-c99cbfe38bbe"


def line(level: str, message: str, **fields: Any) -> dict[str, Any]:
    """Return a line of the function's."""
    return {"level": level, "message": message, "service": "orders", "function_request_id": "fc8b8ef2"} | fields


def platform(kind: str, status: str | None = None, **record: Any) -> dict[str, Any]:
    """Return a line of Lambda's."""
    metrics = {"durationMs": 1203.2, "maxMemoryUsedMB": 104}
    told = {"requestId": "fc8b8ef2", "metrics": metrics} | ({"status": status} if status else {}) | record
    return {"time": "2026-11-29T10:00:00.000Z", "type": f"platform.{kind}", "record": told}


SUMMARY = line("INFO", "Batch done", **FIGURES)
QUARANTINED = line("WARNING", "Record quarantined", sequence_number="1" * 24, reason="it has no Keys", object=OBJECT)
STOPPED = line("ERROR", "Deletes stopped", reason=DENIED)
ASKED_FOR = line("DEBUG", "Delete asked for", key={"messageId": {"S": "m-1"}}, sequence_number="12")
RAISED = {
    "timestamp": "2026-11-29T10:00:00Z",
    "level": "ERROR",
    "errorType": "TableError",
    "errorMessage": DENIED,
    "requestId": "fc8b8ef2",
    "stackTrace": ['  File "/var/task/scavenger/handler.py", line 58, in handle\n    raise deletes.error\n'],
}
METRICS_LINE = {"_aws": {"Timestamp": 1}, "service": "orders", "Deleted": [98]}

# What is shown, and whether it is a problem.
SHOWN: dict[str, tuple[dict[str, Any], bool]] = {
    "a batch": (SUMMARY, False),
    "a batch with failed records": (SUMMARY | {"deleted": 90, "failed": 8}, True),
    "a batch with superseded rows": (SUMMARY | {"deleted": 90, "superseded": 8}, False),
    "a quarantined record": (QUARANTINED, True),
    "an error": (STOPPED, True),
    "a key": (ASKED_FOR, False),
    "an error that was raised": (RAISED, True),
    "an invocation": (platform("report", "success"), False),
    "a timeout": (platform("report", "timeout"), True),
    "a killed function": (platform("report", "error", errorType="Runtime.ExitError"), True),
    "a start that failed": (platform("initReport", "error", errorType="Runtime.ImportModuleError"), True),
    "lost lines": (platform("logsDropped", reason="Consumer seems to have fallen behind", droppedRecords=1), True),
}
# What is not.
LEFT_OUT: dict[str, dict[str, Any]] = {
    "metrics": METRICS_LINE,
    "a start": platform("start"),
    "an end": platform("runtimeDone", "success"),
    "a start of the function": platform("initStart"),
    "its report": platform("initReport", "success"),
}


def events(*lines: dict[str, Any] | str, since_ms: int = 1_795_946_400_000) -> list[dict[str, Any]]:
    """Return the lines as CloudWatch Logs does, a second apart."""
    return [
        {
            "eventId": f"event-{number}",
            "timestamp": since_ms + 1000 * number,
            "message": each if isinstance(each, str) else json.dumps(each),
        }
        for number, each in enumerate(lines)
    ]
