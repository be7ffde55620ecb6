"""Why objects are in the failure bucket, in words, and how many for each reason."""

from collections.abc import Sequence
from typing import NamedTuple

from scavenger_ops.redrive.report import RedriveReport
from scavenger_ops.redrive.result import STILL_THERE, ListedObject, RedriveResult, RedriveStatus, join_reasons

# Conditions of failure objects. Any other one is shown as it is.
_CONDITIONS = {
    "RetryAttemptsExhausted": "retries exhausted",
    "RecordAgeExceeded": "record age exceeded",
    "Quarantined": "quarantined",
}


class ReasonGroup(NamedTuple):
    """The objects that were in the bucket for one reason: how many, how many are left, their records, the oldest."""

    reason: str
    objects: int
    records: int
    left: int
    oldest_s: float


def group_by_reason(report: RedriveReport) -> list[ReasonGroup]:
    """Return the objects by reason, the reason with most objects first."""
    by_reason: dict[str, list[ListedObject]] = {}
    for each in report.listed:
        by_reason.setdefault(reason_in_words(report.results.get(each.name)), []).append(each)
    groups = [_group(report, reason, objects) for reason, objects in by_reason.items()]
    return sorted(groups, key=lambda group: (-group.objects, group.reason))


def _group(report: RedriveReport, reason: str, objects: Sequence[ListedObject]) -> ReasonGroup:
    results = [report.results.get(each.name) for each in objects]
    records = sum(result.records for result in results if result)
    left = sum(result is None or result.status in STILL_THERE for result in results)
    return ReasonGroup(reason, len(objects), records, left, max(map(report.age_s, objects)))


def reason_in_words(result: RedriveResult | None) -> str:
    """Return why an object is in the bucket, as far as it is known."""
    if result is None:
        return "not tried"
    if result.status is RedriveStatus.GONE:
        return "removed by another redrive"
    if result.status is RedriveStatus.UNREADABLE:
        return "no failure object"
    condition = _CONDITIONS.get(result.condition, result.condition) or "unknown: S3 did not return it"
    return f"{condition}: {join_reasons(result.reasons)}" if result.reasons else condition
