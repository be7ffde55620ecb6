"""A line of the log, as it is shown: from one of the function's or of Lambda's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from scavenger.redaction import redact, redact_code

from scavenger_ops.logs.known_fields import FAILED, SUMMARY, printable, read_fields
from scavenger_ops.logs.lambda_lines import LambdaLine, read_platform_event, read_text

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
PROBLEMS = LEVELS[2:]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log. `level` is empty if the line has none.

    `sentence` is the message with the reason, and `details` are the other fields in words. `fields` has them all, for
    JSON.
    """

    time_ms: int
    level: str
    message: str
    sentence: str
    details: Sequence[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None

    @property
    def time(self) -> datetime:
        """The time, in UTC."""
        return time_of(self.time_ms)

    @property
    def is_problem(self) -> bool:
        """Whether it is a warning or an error, or says that an invocation or a part of a batch failed."""
        return self.level in PROBLEMS or bool(self.message == SUMMARY and self.fields.get(FAILED))


def time_of(time_ms: int) -> datetime:
    """Return a time of CloudWatch's, in milliseconds, as a time in UTC."""
    return _EPOCH + timedelta(milliseconds=time_ms)


def read_line(time_ms: int, text: str) -> LogLine | None:
    """Return the line, or None if it is nothing to read: metrics, traces, and Lambda's starts and ends."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        line = None
    if not isinstance(line, dict):
        return _of_lambda(time_ms, read_text(text))
    if "_aws" in line:
        return None
    if isinstance(line.get("type"), str) and isinstance(line.get("record"), dict):
        return _of_lambda(time_ms, read_platform_event(line["type"], line["record"]))
    if "errorMessage" in line:
        return _of_raised(time_ms, line)
    return _of_function(time_ms, line)


def _of_lambda(time_ms: int, line: LambdaLine | None) -> LogLine | None:
    if line is None:
        return None
    return LogLine(time_ms, line.level, line.message, line.message, (), line.fields, line.request_id)


def _of_raised(time_ms: int, line: Mapping[str, Any]) -> LogLine:
    """Return the line that Lambda's runtime writes for an error that the function raised. It leaves the stack out."""
    kind, told = redact_code(line.get("errorType", "")), redact(line["errorMessage"])
    message = f"{kind}: {told}" if told else kind
    return LogLine(time_ms, "ERROR", message, message, (), {"error_type": kind}, _text(line.get("requestId")))


def _of_function(time_ms: int, line: Mapping[str, Any]) -> LogLine:
    level = line.get("level") if line.get("level") in LEVELS else ""
    message = redact(line.get("message", "(a line without a message)"))
    fields = list(read_fields(message, str(level), line))
    why = [each.text for each in fields if each.is_sentence and each.text]
    return LogLine(
        time_ms,
        str(level),
        message,
        ": ".join([message, *why]),
        [each.text for each in fields if each.text and not each.is_sentence],
        {each.name: each.value for each in fields},
        _text(line.get("function_request_id")),
    )


def _text(value: object) -> str | None:
    return printable(value) if value and isinstance(value, str) else None
