"""The rows of the screen: what each says, whether that is fine, of which time it is, and whence it comes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scavenger_ops.status.cloudwatch import QUARTER, metric_of
from scavenger_ops.status.facts import MISSING, Facts, Metrics, RowName, Trigger
from scavenger_ops.status.findings import MOST_LAG, waiting
from scavenger_ops.status.function import NOT_RESERVED
from scavenger_ops.status.lag import measure_lag
from scavenger_ops.status.series import Series
from scavenger_ops.status.text import duration

State = Literal["fine", "wrong", "not known"]

NOT_KNOWN: State = "not known"
# No data point: without traffic there is none, and that is not wrong.
NO_DATA = "-"

# The fields of Metrics that a row shows, or that it is compared with.
_SERIES: dict[RowName, tuple[str, ...]] = {
    "lag": ("lag_ms", "lag_of_day_ms"),
    "inserts": ("received", "written", "polled", "filtered_out", "invocations"),
    "deletes": ("deleted", "would_delete", "duplicates", "ignored"),
    "throttling": ("write_throttles", "unprocessed", "throttles"),
    "faults": ("errors", "failed", "quarantined"),
    "given up": ("given_up", "dropped"),
}
# How far back what a row shows goes, and the requests that the others come from.
_WINDOWS: dict[RowName, str] = {
    **dict.fromkeys(("lag", "inserts", "deletes"), "15 min"),
    **dict.fromkeys(("throttling", "faults"), "1 h"),
    "given up": "24 h",
    "staging": "6 h",
}
_SOURCES: dict[RowName, str] = {
    "function": "Lambda GetFunctionConfiguration, GetFunctionConcurrency",
    "trigger": "Lambda ListEventSourceMappings, DynamoDB DescribeTable",
    "failure bucket": "S3 ListObjectsV2",
    "staging": "DynamoDB DescribeTable",
    "alarms": "CloudWatch DescribeAlarms",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its name, whether it is fine, what it says, of what time, when its newest point begins, and its source."""

    name: RowName
    state: State
    text: str
    window: str
    newest_at: datetime | None
    source: str


def make_rows(facts: Facts, wrong: Collection[RowName], unknown: Collection[RowName]) -> tuple[Row, ...]:
    """Return the rows; one is fine only if all that it needs is known, and nothing is found to be wrong with it."""
    return tuple(
        Row(
            name,
            _state(name, facts, wrong, unknown),
            text,
            _WINDOWS.get(name, "now"),
            _newest(name, facts.metrics),
            _source(name),
        )
        for name, text in _texts(facts)
    )


def rows_of_metrics(metrics: Collection[str]) -> tuple[RowName, ...]:
    """Return which rows need any of these fields of Metrics."""
    return tuple(name for name, needed in _SERIES.items() if set(needed) & set(metrics))


def _state(name: RowName, facts: Facts, wrong: Collection[RowName], unknown: Collection[RowName]) -> State:
    if name in wrong:
        return "wrong"
    return NOT_KNOWN if name in unknown or not _is_known(name, facts) else "fine"


def _is_known(name: RowName, facts: Facts) -> bool:
    """Return whether all is there that a row needs, also if nothing was noted as missing."""
    if name in _SERIES:
        return all(getattr(facts.metrics, field) is not None for field in _SERIES[name])
    triggers = facts.triggers
    return {
        "function": facts.settings is not None and facts.concurrency is not None,
        "trigger": triggers is not None and all(each.messages_table for each in triggers),
        "failure bucket": facts.bucket is not None or _has_no_bucket(facts),
        "staging": facts.staging_table is not None and facts.staging_table.item_count is not None,
        "alarms": facts.all_alarms is not None,
    }[name]


def _has_no_bucket(facts: Facts) -> bool:
    return facts.settings is not None and facts.triggers is not None and not facts.bucket_name


def _newest(name: RowName, metrics: Metrics) -> datetime | None:
    series: list[Series | None] = [getattr(metrics, field) for field in _SERIES.get(name, ())]
    return max((each.latest_at for each in series if each and each.latest_at), default=None)


def _source(name: RowName) -> str:
    metrics = [metric_of(field) for field in _SERIES.get(name, ())]
    names = dict.fromkeys(f"{metric.namespace} {metric.name}" for metric in metrics)
    return f"CloudWatch GetMetricData: {', '.join(names)}" if names else _SOURCES[name]


def _texts(facts: Facts) -> Iterator[tuple[RowName, str]]:
    yield "function", _function(facts)
    yield "trigger", _triggers(facts)
    yield "lag", _lag(facts)
    yield "inserts", _inserts(facts)
    yield "deletes", _deletes(facts)
    yield "throttling", _throttling(facts.metrics)
    yield "faults", _faults(facts.metrics)
    yield "given up", _given_up(facts.metrics)
    yield "failure bucket", _bucket(facts)
    yield "staging", _backlog(facts)
    yield "alarms", _alarms(facts)


def _function(facts: Facts) -> str:
    if facts.function is None:
        return NOT_KNOWN
    mode = ", dry run" if facts.settings and facts.settings.is_dry_run else ""
    reserved = {None: f"reserved concurrency {NOT_KNOWN}", NOT_RESERVED: "no concurrency reserved"}
    limit = reserved.get(facts.concurrency, f"{facts.concurrency} concurrent at most")
    return f"{facts.function.state or f'state {NOT_KNOWN}'}{mode}, {limit}"


def _triggers(facts: Facts) -> str:
    if facts.triggers is None:
        return NOT_KNOWN
    return "\n".join(_trigger(trigger) for trigger in facts.triggers) or "none"


def _trigger(trigger: Trigger) -> str:
    # Empty polls leave the result as it is.
    result = f"last batch: {trigger.last_result!r}"
    return f"{trigger.state}; batches of {trigger.batch_size:,} records or {trigger.window_s} s\n{result}"


def _lag(facts: Facts) -> str:
    if facts.metrics.lag_ms is None:
        return NOT_KNOWN
    lag = measure_lag(facts.metrics.lag_ms, facts.at, facts.timeout_s)
    if lag is None:
        return NO_DATA
    now = "now and falling" if lag.is_falling and lag.now > MOST_LAG else "at last"
    return f"{duration(lag.now.total_seconds())} {now}, {duration(lag.most.total_seconds())} at most"


def _inserts(facts: Facts) -> str:
    """Return what is written too: while the mapping is off, it alone goes on."""
    return (
        f"{_rate(facts, facts.metrics.received)} a minute; {_rate(facts, facts.metrics.written)} write units a minute"
    )


def _deletes(facts: Facts) -> str:
    if facts.settings and facts.settings.is_dry_run:
        return f"{_rate(facts, facts.metrics.would_delete)} a minute, but only counted"
    return f"{_rate(facts, facts.metrics.deleted)} a minute"


def _throttling(metrics: Metrics) -> str:
    table = f"table {_sum(metrics.write_throttles)}, rows sent back {_sum(metrics.unprocessed)}"
    return f"{table}, function {_sum(metrics.throttles)}"


def _faults(metrics: Metrics) -> str:
    records = f"{_sum(metrics.failed)} failed, {_sum(metrics.quarantined)} quarantined"
    return f"errors {_sum(metrics.errors)}; records {records}"


def _given_up(metrics: Metrics) -> str:
    return f"records {_sum(metrics.given_up)} to the failure bucket, {_sum(metrics.dropped)} dropped"


def _bucket(facts: Facts) -> str:
    if facts.bucket:
        return waiting(facts.bucket, facts) if facts.bucket.exists else "missing"
    return "none" if _has_no_bucket(facts) else NOT_KNOWN


def _backlog(facts: Facts) -> str:
    table = facts.staging_table
    if table is not None and table.status == MISSING:
        return "missing"
    if table is None or table.item_count is None:
        return NOT_KNOWN
    return f"{table.item_count:,} rows, counted about every six hours"


def _alarms(facts: Facts) -> str:
    if facts.all_alarms is None:
        return NOT_KNOWN
    if not facts.all_alarms:
        return "none found"
    if on := facts.alarms:
        return ", ".join(alarm.name for alarm in on)
    tells = any(alarm.has_actions and not alarm.is_silenced for alarm in facts.all_alarms)
    nobody = "" if tells else "; no actions: they tell nobody"
    return f"none of {len(facts.all_alarms)} on{nobody}"


def _sum(series: Series | None) -> str:
    return NOT_KNOWN if series is None else NO_DATA if series.total is None else f"{series.total:,.0f}"


def _rate(facts: Facts, series: Series | None) -> str:
    if series is None:
        return NOT_KNOWN
    start = facts.at - QUARTER
    rate = series.since(start).rate_a_minute(start, facts.at)
    return NO_DATA if rate is None else f"{rate:,.1f}"
