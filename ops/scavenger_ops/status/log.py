"""What the function's log says about failures: the last error, and the records that the function could not keep."""

from collections.abc import Iterator

from scavenger_ops.logs.line import LogLine
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
    for line in sorted(log.lines, key=lambda line: line.time_ms):
        if line.message == QUARANTINED:
            unkept.pop(str(line.fields.get("sequence_number")), None)
            reason = line.fields.get("reason", "")
            reasons[reason] = reasons.get(reason, 0) + 1
        elif line.level in _ERROR_LEVELS:
            last_error = LoggedError(line.time, _sentence(line))
            if line.message == NOT_QUARANTINED:
                unkept |= dict.fromkeys(_numbers(line), last_error)
    return LogFacts(
        exists=log.exists,
        last_error=last_error,
        unkept_records=len(unkept),
        unkept_error=max(unkept.values(), key=lambda error: error.at, default=None),
        quarantine_reasons=reasons,
    )


def _sentence(line: LogLine) -> str:
    """Return what an error says: Lambda's report of an invocation, the function's reason, or all of the message."""
    if status := line.fields.get("status"):
        what, kind = line.message.partition(":")[0], line.fields.get("error_type")
        return f"The {what} ended with {status}{f' ({kind})' if kind else ''}."
    reason: str | None = line.fields.get("reason")
    return reason or line.message.removeprefix("[ERROR]").strip()


def _numbers(line: LogLine) -> Iterator[str]:
    """Yield the sequence numbers of the records in a line. Those without one cannot be told apart, and count as one."""
    yield from map(str, line.fields.get("sequence_numbers", [None]))
