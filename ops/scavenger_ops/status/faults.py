"""Whether invocations fail: a pure function of the errors and the failed records of the hour."""

from collections.abc import Iterator
from datetime import datetime

from scavenger_ops.status.facts import Facts
from scavenger_ops.status.mending import Finding, read_log
from scavenger_ops.status.series import Series
from scavenger_ops.status.text import count, duration

_FAILED_RESULTS = ("PROBLEM", "FAILED")


def describe_faults(series: Series | None, what: str, at: datetime) -> str | None:
    """Return how many faults the hour has, and how long ago the last was; None if it has none, or they are over."""
    if series is None or series.total is None or series.last_fault_at is None or series.is_over:
        return None
    ago = duration((at - series.last_fault_at).total_seconds())
    return f"{count(series.total, what)} in the last hour, the last {ago} ago"


def find_failures(facts: Facts) -> Iterator[Finding]:
    """Return the finding that invocations fail, if they do."""
    metrics = facts.metrics
    signs = [
        f"the mapping's last result is {trigger.last_result!r}"
        for trigger in facts.triggers or ()
        if trigger.last_result.upper().startswith(_FAILED_RESULTS)
    ]
    if errors := describe_faults(metrics.errors, "error", facts.at):
        signs.append(errors)
    # While the table is throttled, records that are delivered again are nothing special.
    throttled = [series for series in (metrics.write_throttles, metrics.unprocessed) if series and series.last_fault_at]
    if not throttled and (failed := describe_faults(metrics.failed, "failed record", facts.at)):
        signs.append(failed)
    if signs:
        yield Finding("faults", f"Invocations fail: {'; '.join(signs)}.", "The log says why:", (read_log(facts),))
