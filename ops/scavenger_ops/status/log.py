"""What the function's log says about failures: the last error, and the records that the function could not keep."""

from collections.abc import Iterator, Mapping
from typing import Any

from scavenger.redaction import redact, redact_code

from scavenger_ops.status.failure_facts import LogFacts, LoggedError
from scavenger_ops.status.log_reader import ReadLog

# What the function logs. Source: docs/reference/events.md.
QUARANTINED = "Record quarantined"
NOT_QUARANTINED = "Records that cannot be deleted are not quarantined, but reported as failed"

_ERROR_LEVELS = ("ERROR", "CRITICAL")


def log_facts(log: ReadLog) -> LogFacts:
    """Return the facts in the lines of a log. Lines of other levels do not matter.

    Lambda delivers a record that could not be quarantined again, so it may be quarantined later.
    """
    last_error: LoggedError | None = None
    unkept: dict[str, LoggedError] = {}
    reasons: dict[str, int] = {}
    for at, line in sorted(log.lines, key=lambda line: line[0]):
        if line.get("message") == QUARANTINED:
            unkept.pop(str(line.get("sequence_number")), None)
            reason = redact(line.get("reason", ""))
            reasons[reason] = reasons.get(reason, 0) + 1
        elif sentence := _sentence(line):
            last_error = LoggedError(at, sentence)
            if line.get("message") == NOT_QUARANTINED:
                unkept |= dict.fromkeys(_numbers(line), last_error)
    return LogFacts(
        exists=log.exists,
        last_error=last_error,
        unkept_records=len(unkept),
        unkept_error=max(unkept.values(), key=lambda error: error.at, default=None),
        quarantine_reasons=reasons,
    )


def _sentence(line: Mapping[str, Any]) -> str | None:
    """Return what an error says, without anything of an item; None if the line is not an error."""
    record = line.get("record")
    if line.get("type") == "platform.report" and isinstance(record, dict):
        status, kind = record.get("status"), record.get("errorType")
        how = f"{redact_code(status)} ({redact_code(kind)})" if kind else redact_code(status)
        return None if status == "success" else f"The invocation ended with {how}."
    if line.get("level") not in _ERROR_LEVELS:
        return None
    if line.get("errorType"):
        return f"{redact_code(line['errorType'])}: {redact(line.get('errorMessage', ''))}"
    return redact(line.get("reason") or line.get("message", ""))


def _numbers(line: Mapping[str, Any]) -> Iterator[str]:
    """Yield the sequence numbers of the records in a line. Those without one cannot be told apart, and count as one."""
    numbers = line.get("sequence_numbers")
    yield from (str(number) for number in (numbers if isinstance(numbers, list) else [None]))
