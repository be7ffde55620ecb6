"""Whether invocations fail: a pure function of the errors and the failed records of the hour."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scavenger_ops.status.facts import Facts, Metrics
from scavenger_ops.status.remediation import Finding, read_log
from scavenger_ops.status.series import LONGEST_INVOCATION, Series
from scavenger_ops.status.text import count, duration

_FAILED_RESULTS = ("PROBLEM", "FAILED")


def describe_faults(series: Series | None, what: str, at: datetime) -> str | None:
    """Return how many faults the hour has, and how long ago the last was; None if it has none, or they are over."""
    if series is None or series.total is None or not series.fault_times or series.is_over:
        return None
    ago = duration((at - series.fault_times[-1]).total_seconds())
    return f"{count(series.total, what)} in the last hour, the last {ago} ago"


def find_failures(facts: Facts) -> Iterator[Finding]:
    """Return the finding that invocations fail, if they do or may."""
    metrics = facts.metrics
    signs = [
        describe_faults(metrics.errors, "error", facts.at),
        describe_faults(_without_throttled(metrics), "failed record", facts.at),
    ]
    signs += [] if signs[1] else [_standstill(facts)]
    faults = [sign for sign in signs if sign]
    named = {"errors": metrics.errors, "failed records": metrics.failed}
    not_known = " and ".join(name for name, series in named.items() if series is None)
    results = [
        f"the last non-empty batch ended with {trigger.last_result!r}"
        for trigger in facts.triggers or ()
        if is_failed_call(trigger.last_result)
    ]
    # A result stays until the next non-empty batch: on real AWS one was still there after 20 minutes of empty polls.
    # It tells of now only beside faults.
    if not faults and not (results and not_known):
        return
    said = [*results, *faults, *([f"the {not_known} of the last hour are not known"] if not_known else [])]
    what = f"Invocations {'fail' if faults else 'may fail'}: {'; '.join(said)}."
    yield Finding("faults", what, "The log says why:", (read_log(facts),))


def _standstill(facts: Facts) -> str | None:
    """Return that nothing but failures has come of the records for too long, whatever explains each of these.

    What a throttled table sends back is delivered again within minutes, and some of it deleted.
    """
    metrics = facts.metrics
    results = (metrics.deleted, metrics.would_delete, metrics.duplicates)
    if metrics.failed is None or None in results:
        return None
    done_at = max(
        (
            *(time for series in results if series for time in series.fault_times),
            # Nothing failed in that minute's invocations.
            *(time for time, value in metrics.failed.points if not value),
        ),
        default=None,
    )
    failed = [(time, value) for time, value in metrics.failed.points if value and (not done_at or time > done_at)]
    if not failed or facts.at - failed[0][0] < LONGEST_INVOCATION:
        return None
    records = count(sum(value for _, value in failed), "record")
    return f"for {duration((facts.at - failed[0][0]).total_seconds())} nothing was deleted, and {records} failed"


def _without_throttled(metrics: Metrics) -> Series | None:
    """Return the failed records without those that a throttled table explains: they are only delivered again.

    Rows that DynamoDB sent back explain nothing: they are as well of a server error, or of no answer at all.
    """
    if metrics.failed is None:
        return None
    throttled = (metrics.write_throttles or Series()).fault_times
    return Series(
        tuple(
            (time, failed)
            for time, failed in metrics.failed.points
            if not failed or not any(timedelta(0) <= time - since <= LONGEST_INVOCATION for since in throttled)
        )
    )


def is_failed_call(result: str) -> bool:
    """Return whether a mapping's last result is that of an invocation that failed, and of no other matter."""
    cause = result.partition(":")[2].strip().lower()
    return is_problem(result) and cause in ("", "function call failed")


def is_problem(result: str) -> bool:
    """Return whether a mapping's last result is a failure: AWS has "PROBLEM: ...", the local AWS "FAILED"."""
    return result.upper().startswith(_FAILED_RESULTS)
