"""The facts of a healthy deployment, and of deployments in which one thing differs, for the tests of status."""

import shlex
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import typer
from rich.console import Console
from scavenger_ops.cli import app
from scavenger_ops.status.alarms import KEYS, OLDEST_UNPROCESSED
from scavenger_ops.status.consistency import RESULTS
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
from scavenger_ops.status.failure_facts import LogFacts
from scavenger_ops.status.report import make_report
from scavenger_ops.status.screen import show_screen
from scavenger_ops.status.series import MetricSeries

from support.aws_cli import read_command

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/orders-messages/stream/2026-11-01T00:00:00.000"
KEY = {"messageId": "S", "createdAt": "N"}
MESSAGES = TableFacts("orders-messages", "ACTIVE", item_count=9, write_units=5, stream_arn=STREAM, key=KEY)
STAGING = TableFacts("orders-staging", "ACTIVE", item_count=1234, write_units=5, stream_arn=None, key=KEY)
MAPPING = MappingFacts(
    uuid="11111111-2222-3333-4444-555555555555",
    state="Enabled",
    state_reason="User action",
    changed_at=NOW - timedelta(days=9),
    last_result="OK",
    batch_size=100,
    window_s=60,
    failure_bucket_name="failures",
    stream_arn=STREAM,
    messages_table_name="orders-messages",
    messages_table=MESSAGES,
    counts_events=True,
)
SETTINGS = FunctionSettings("orders-staging", "failures", "orders", staging_key=KEY)
FUNCTION = FunctionFacts("Active", None, "Successful", None, "/aws/lambda/orders", SETTINGS, timeout_s=60)
ALARMS = tuple(
    AlarmFacts(f"orders-{key}", "", "OK", NOW - timedelta(days=9), has_actions=True, is_silenced=False, key=key)
    for key in KEYS
    if key != OLDEST_UNPROCESSED
)
HEALTHY = Facts(
    name="orders",
    region="us-east-1",
    at=NOW,
    function=FUNCTION,
    concurrency=-1,
    mappings=(MAPPING,),
    staging_table=STAGING,
    bucket=BucketFacts("failures"),
    log=LogFacts(),
    metrics=MetricFacts(*[MetricSeries()] * len(fields(MetricFacts))),
    all_alarms=ALARMS,
)
CALL_FAILED = "PROBLEM: Function call failed"
RECONCILE = "scavenger reconcile orders"
LOG = "scavenger logs orders --since 1h --errors"


def points(*values: float) -> MetricSeries:
    """Return a metric with these last values, one a minute."""
    times = [NOW - timedelta(minutes=number) for number in range(len(values), 0, -1)]
    return MetricSeries(tuple(zip(times, values, strict=True)))


def at_minutes_ago(values: Mapping[int, float]) -> MetricSeries:
    """Return a metric with these values, each by how many minutes ago it was."""
    return MetricSeries(tuple(sorted((NOW - timedelta(minutes=minutes), value) for minutes, value in values.items())))


def with_metrics(**series: MetricSeries | None) -> Facts:
    """Change metrics. Unless it is given, `received` agrees with the others."""
    if "received" not in series:
        results = [each for name, each in series.items() if name in RESULTS and each]
        times = sorted({time for each in results for time, _ in each.points})
        sums = [(time, sum(dict(each.points).get(time, 0) for each in results)) for time in times]
        series["received"] = MetricSeries(tuple(sums))
    return replace(HEALTHY, metrics=replace(HEALTHY.metrics, **series))


def with_function(**changes: Any) -> Facts:
    """Change the function."""
    return replace(HEALTHY, function=replace(FUNCTION, **changes))


def with_mapping(**changes: Any) -> Facts:
    """Change the event source mapping."""
    return replace(HEALTHY, mappings=(replace(MAPPING, **changes),))


def with_settings(**changes: Any) -> Facts:
    """Change the function's settings."""
    return with_function(settings=replace(SETTINGS, **changes))


def with_alarms(**changes: Mapping[str, Any]) -> Facts:
    """Change alarms, by their keys with underscores instead of hyphens."""
    changed = {key.replace("_", "-"): change for key, change in changes.items()}
    return replace(HEALTHY, all_alarms=tuple(replace(alarm, **changed.get(str(alarm.key), {})) for alarm in ALARMS))


def screen(facts: Facts, width: int = 80) -> str:
    """Return the screen without a terminal."""
    output = StringIO()
    show_screen(make_report(facts), Console(file=output, width=width, highlight=False))
    return output.getvalue()


def check(command: str) -> None:
    """Raise an error if the AWS CLI, or our CLI, does not accept the command."""
    match shlex.split(command):
        case ["aws", *_] as words:
            read_command(words)
        case ["scavenger", name, *options]:
            ours = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined] # it is a group
            ours.make_context(name, list(options))
        case words:
            raise AssertionError(words)


def ago(**time: float) -> datetime:
    """Return an earlier time."""
    return NOW - timedelta(**time)
