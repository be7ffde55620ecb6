"""The screens of `scavenger status`: of a deployment that works, and of others."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

from rich.console import Console
from scavenger_ops.status.facts import BucketFacts, Facts, MetricFacts
from scavenger_ops.status.failure_facts import LogFacts, LoggedError, QuarantineReasons
from scavenger_ops.status.problem import Unknown
from scavenger_ops.status.report import make_report
from scavenger_ops.status.screen import show_screen
from scavenger_ops.status.series import MetricSeries
from support.status_facts import FUNCTION, HEALTHY, NOW, SETTINGS, at_minutes_ago

REFUSED = (
    "S3 stored no object in bucket failures (AccessDenied: Access Denied). Lambda delivers the records again. "
    "If this persists, check that the bucket exists and that the function's role has s3:PutObject on it."
)


def _each_minute(value: float, minutes: int = 60) -> MetricSeries:
    """Return a metric with this value in each minute, up to two minutes ago."""
    return MetricSeries(tuple((NOW - timedelta(minutes=ago), value) for ago in range(minutes, 2, -1)))


BUSY = replace(
    MetricFacts(**{field.name: _each_minute(0) for field in fields(MetricFacts)}),
    **{name: _each_minute(120) for name in ("written", "polled", "received", "deleted")},
    invocations=_each_minute(2),
    lag_ms=_each_minute(61_000, 15),
    failed_segments=at_minutes_ago({540: 0}),
    unprocessed_rows=at_minutes_ago({540: 12}),
    oldest_unprocessed_s=at_minutes_ago({540: 3 * 3600}),
)
WELL = replace(HEALTHY, metrics=BUSY)
ERROR = LoggedError(NOW - timedelta(minutes=3), REFUSED)
PROBLEMS = replace(
    WELL,
    log=LogFacts(last_error=ERROR, unkept_records=1, unkept_error=ERROR),
    bucket=BucketFacts("failures", waiting=4, quarantined=3, oldest_at=NOW - timedelta(hours=3)),
    quarantine_reasons=QuarantineReasons(
        {
            "its Keys are not exactly the key attributes of the staging table: createdAt, messageId": 12,
            "its eventSource is not aws:dynamodb": 1,
        }
    ),
    metrics=replace(BUSY, failed=_each_minute(1, 4), quarantined=_each_minute(1, 15)),
)
DENIED = Unknown(
    ("errors",),
    "the function's log",
    "logs:FilterLogEvents",
    "CloudWatch Logs request FilterLogEvents failed (AccessDeniedException: not authorized). Allow your role or user "
    "logs:FilterLogEvents.",
)
DRY_RUN = replace(
    WELL,
    function=replace(FUNCTION, settings=replace(SETTINGS, is_dry_run=True)),
    metrics=replace(BUSY, deleted=_each_minute(0), would_delete=_each_minute(120)),
)
SUPERSEDED = replace(
    WELL,
    function=replace(FUNCTION, settings=replace(SETTINGS, match_attributes={"receivedAt": "acceptedAt"})),
    metrics=replace(BUSY, deleted=_each_minute(0), superseded=_each_minute(120)),
)
FAILED_SEGMENTS = replace(
    WELL,
    function=replace(FUNCTION, arn="arn:aws:lambda:us-east-1:000000000000:function:orders"),
    metrics=replace(BUSY, failed_segments=at_minutes_ago({30: 2, 540: 0})),
)
LOCAL = replace(WELL, metrics=replace(BUSY, write_throttles=MetricSeries()), metrics_not_kept=("write_throttles",))


def _shows(facts: Facts) -> Callable[[Console], None]:
    return lambda console: show_screen(make_report(facts), console)


SCREENS: dict[str, Callable[[Console], None]] = {
    "well": _shows(WELL),
    "problems": _shows(PROBLEMS),
    "not known": _shows(replace(WELL, log=None, unknown=(DENIED,))),
    "dry run": _shows(DRY_RUN),
    "superseded rows": _shows(SUPERSEDED),
    "failed segments": _shows(FAILED_SEGMENTS),
    "on the local AWS": _shows(LOCAL),
}
