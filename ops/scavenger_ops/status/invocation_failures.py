"""Whether invocations fail: pure functions of the errors and the failed records of the last hour."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scavenger_ops.status.cause_in_words import cause_in_log
from scavenger_ops.status.facts import Facts, MetricFacts
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.remediation import read_log
from scavenger_ops.status.series import LONGEST_INVOCATION, MetricSeries
from scavenger_ops.text import count, duration

_FAILED_RESULTS = ("PROBLEM", "FAILED")


def describe_occurrences(series: MetricSeries | None, what: str, at: datetime) -> str | None:
    """Return how often something happened in the last hour and how long ago the last time was.

    Return None if it did not happen or is over.
    """
    if series is None or series.total is None or not series.nonzero_times or series.is_over:
        return None
    ago = duration((at - series.nonzero_times[-1]).total_seconds())
    return f"{count(series.total, what)} in the last hour, the last {ago} ago"


def find_invocation_failures(facts: Facts) -> Iterator[Problem]:
    """Find that invocations fail or may fail."""
    signs = _signs(facts)
    metrics = {"errors": facts.metrics.errors, "failed records": facts.metrics.failed}
    not_known = " and ".join(name for name, series in metrics.items() if series is None)
    results = [
        f"the last non-empty batch ended with {mapping.last_result!r}"
        for mapping in facts.mappings or ()
        if is_failed_call(mapping.last_result)
    ]
    # A result stays until the next non-empty batch: on real AWS one was still there after 20 minutes of empty polls.
    # So it says something about now only together with other signs.
    if not signs and not (results and not_known):
        return
    reasons = [*results, *signs, *([f"the {not_known} of the last hour are not known"] if not_known else [])]
    what = f"Invocations {'fail' if signs else 'may fail'}: {'; '.join(reasons)}."
    fix = "Repair what the cause names. The log has all errors:"
    yield Problem("errors", what, fix, (read_log(facts),), cause_in_log(facts))


def _signs(facts: Facts) -> list[str]:
    metrics = facts.metrics
    errors = describe_occurrences(metrics.errors, "error", facts.at)
    if facts.log and facts.log.unkept_records:
        # Another problem is about these records.
        return [errors] if errors else []
    failed = describe_occurrences(_without_throttled(metrics), "failed record", facts.at)
    return [sign for sign in (errors, failed or _only_failures(facts)) if sign]


def _only_failures(facts: Facts) -> str | None:
    """Return that all records failed for too long, even if throttling explains each failure.

    Lambda delivers what a throttled table did not delete again within minutes. The function deletes some of it then.
    """
    metrics = facts.metrics
    results = (metrics.deleted, metrics.would_delete, metrics.superseded, metrics.duplicates)
    if metrics.failed is None or None in results:
        return None
    done_at = max(
        (
            *(time for series in results if series for time in series.nonzero_times),
            # Nothing failed in the invocations of that minute.
            *(time for time, value in metrics.failed.points if not value),
        ),
        default=None,
    )
    failed = [(time, value) for time, value in metrics.failed.points if value and (not done_at or time > done_at)]
    if not failed or facts.at - failed[0][0] < LONGEST_INVOCATION:
        return None
    records = count(sum(value for _, value in failed), "record")
    return f"nothing was deleted for {duration((facts.at - failed[0][0]).total_seconds())}, and {records} failed"


def _without_throttled(metrics: MetricFacts) -> MetricSeries | None:
    """Return the failed records without those that throttling of the table explains: Lambda delivers these again.

    Unprocessed items do not explain failed records: a server error, or no answer at all, leaves unprocessed items too.
    """
    if metrics.failed is None:
        return None
    throttled = (metrics.write_throttles or MetricSeries()).nonzero_times
    return MetricSeries(
        tuple(
            (time, failed)
            for time, failed in metrics.failed.points
            if not failed or not any(timedelta(0) <= time - since <= LONGEST_INVOCATION for since in throttled)
        )
    )


def is_failed_call(result: str) -> bool:
    """Return whether a mapping's last result is that of a failed invocation, and of nothing else."""
    cause = result.partition(":")[2].strip().lower()
    return is_problem(result) and cause in ("", "function call failed")


def is_problem(result: str) -> bool:
    """Return whether a mapping's last result is a failure: AWS has "PROBLEM: ...", the local AWS "FAILED"."""
    return result.upper().startswith(_FAILED_RESULTS)
