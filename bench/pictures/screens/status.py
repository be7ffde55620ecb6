"""The screens of `scavenger status`: of a deployment that works, and of others."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from rich.console import Console
from scavenger_ops.status.alarms import KEYS
from scavenger_ops.status.facts import (
    AlarmFacts,
    BucketFacts,
    Facts,
    FunctionFacts,
    FunctionSettings,
    MappingFacts,
    MetricFacts,
    TableFacts,
)
from scavenger_ops.status.failure_facts import LogFacts, LoggedError, QuarantineReasons
from scavenger_ops.status.problem import Unknown
from scavenger_ops.status.report import make_report
from scavenger_ops.status.screen import show_screen
from scavenger_ops.status.series import MetricSeries

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
KEY = {"messageId": "S", "createdAt": "N"}
STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/orders-messages/stream/2026-11-01T00:00:00.000"
QUARANTINED = "its Keys are not exactly the key attributes of the staging table: createdAt, messageId"
REFUSED = (
    "S3 stored no object in bucket orders-failures (AccessDenied: Access Denied). Lambda delivers the records again. "
    "If this persists, check that the bucket exists and that the function's role has s3:PutObject on it."
)


def _each_minute(value: float, minutes: int = 60, until: int = 2) -> MetricSeries:
    return MetricSeries(tuple((NOW - timedelta(minutes=ago), value) for ago in range(minutes, until, -1)))


_TABLE = TableFacts("orders-messages", "ACTIVE", 48_212, 5, STREAM, KEY)
_MAPPING = MappingFacts(
    uuid="11111111-2222-3333-4444-555555555555",
    state="Enabled",
    state_reason="User action",
    changed_at=NOW - timedelta(days=9),
    last_result="OK",
    batch_size=100,
    window_s=60,
    failure_bucket_name="orders-failures",
    stream_arn=STREAM,
    messages_table_name="orders-messages",
    messages_table=_TABLE,
    counts_events=True,
)
_SETTINGS = FunctionSettings("orders-staging", "orders-failures", "orders", staging_key=KEY)
_FUNCTION = FunctionFacts("Active", None, "Successful", None, "/aws/lambda/orders", _SETTINGS, timeout_s=60)
_BUSY = ("written", "polled", "received", "deleted")
WELL = Facts(
    name="orders",
    region="us-east-1",
    at=NOW,
    function=_FUNCTION,
    concurrency=-1,
    mappings=(_MAPPING,),
    staging_table=replace(_TABLE, name="orders-staging", item_count=1_234, stream_arn=None),
    bucket=BucketFacts("orders-failures"),
    log=LogFacts(),
    metrics=replace(
        MetricFacts(**{field.name: _each_minute(0) for field in fields(MetricFacts)}),
        **{name: _each_minute(120) for name in _BUSY},
        invocations=_each_minute(2),
        lag_ms=_each_minute(61_000, 15),
    ),
    all_alarms=tuple(
        AlarmFacts(f"orders-{key}", "", "OK", NOW - timedelta(days=9), has_actions=True, is_silenced=False, key=key)
        for key in KEYS
    ),
)
PROBLEMS = replace(
    WELL,
    log=LogFacts(
        last_error=LoggedError(NOW - timedelta(minutes=3), REFUSED),
        unkept_records=1,
        unkept_error=LoggedError(NOW - timedelta(minutes=3), REFUSED),
    ),
    bucket=BucketFacts(
        "orders-failures",
        waiting=4,
        quarantined=3,
        oldest_at=NOW - timedelta(hours=3),
        newest_quarantined=("aws/lambda/orders/quarantine/2026/11/23/1",),
    ),
    quarantine_reasons=QuarantineReasons({QUARANTINED: 12, "its eventSource is not aws:dynamodb": 1}),
    metrics=replace(WELL.metrics, failed=_each_minute(1, 4), quarantined=_each_minute(1, 15)),
)
DISABLED = replace(
    WELL, mappings=(replace(_MAPPING, state="Disabled", changed_at=NOW - timedelta(hours=30)),), metrics=MetricFacts()
)
UNKNOWN = replace(
    WELL,
    log=None,
    unknown=(
        Unknown(
            ("errors",),
            "the function's log",
            "logs:FilterLogEvents",
            "CloudWatch Logs request FilterLogEvents failed (AccessDeniedException: not authorized). Allow your role "
            "or user logs:FilterLogEvents.",
        ),
    ),
)
DRY_RUN = replace(
    WELL,
    function=replace(_FUNCTION, settings=replace(_SETTINGS, is_dry_run=True)),
    metrics=replace(WELL.metrics, deleted=_each_minute(0), would_delete=_each_minute(120)),
)
_LOCAL = ("lag_ms", "written", "polled", "filtered_out", "write_throttles", "retries_exhausted", "dropped")
LOCAL = replace(
    WELL,
    metrics=replace(WELL.metrics, **dict.fromkeys(_LOCAL, MetricSeries())),
    metrics_not_kept=_LOCAL,
)


def _shows(facts: Facts) -> Callable[[Console], None]:
    return lambda console: show_screen(make_report(facts), console)


SCREENS: dict[str, Callable[[Console], None]] = {
    "well": _shows(WELL),
    "problems": _shows(PROBLEMS),
    "disabled": _shows(DISABLED),
    "unknown": _shows(UNKNOWN),
    "dry-run": _shows(DRY_RUN),
    "local": _shows(LOCAL),
}
