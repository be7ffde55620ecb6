"""The texts of the screen's rows: pure functions of the facts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from scavenger_ops.status.facts import MISSING, Facts, MappingFacts
from scavenger_ops.status.function import NOT_RESERVED
from scavenger_ops.status.lag import measure_lag
from scavenger_ops.status.problem import RowName
from scavenger_ops.status.problems import waiting_objects
from scavenger_ops.status.series import RECENT, MetricSeries
from scavenger_ops.text import count, duration

NOT_KNOWN: Literal["not known"] = "not known"
# The metric has no data points: without traffic there are none, and that is fine.
NO_DATA = "no data"
NOT_KEPT = f"{NO_DATA} (the local AWS keeps no such metric)"


def row_texts(facts: Facts) -> Iterator[tuple[RowName, str]]:
    """Yield the name and the text of each row, in the order of the screen."""
    yield "function", _function(facts)
    yield "event source mapping", _mappings(facts)
    yield "lag", _lag(facts)
    yield "inserts", _inserts(facts)
    yield "deletes", _deletes(facts)
    yield "throttling", _throttling(facts)
    yield "errors", _failures(facts)
    yield "retries exhausted", _retries_exhausted(facts)
    yield "failure bucket", _bucket(facts)
    yield "staging table", _staging(facts)
    yield "reconciler", _reconciler(facts)
    yield "alarms", _alarms(facts)


def has_no_bucket(facts: Facts) -> bool:
    """Return whether it is known that the deployment has no failure bucket."""
    return facts.settings is not None and facts.mappings is not None and not facts.bucket_name


def _function(facts: Facts) -> str:
    if facts.function is None:
        return NOT_KNOWN
    mode = ", dry run" if facts.settings and facts.settings.is_dry_run else ""
    limits = {None: f"reserved concurrency {NOT_KNOWN}", NOT_RESERVED: "no reserved concurrency"}
    limit = limits.get(facts.concurrency, f"reserved concurrency {facts.concurrency}")
    return f"{facts.function.state or f'state {NOT_KNOWN}'}{mode}, {limit}"


def _mappings(facts: Facts) -> str:
    if facts.mappings is None:
        return NOT_KNOWN
    return "\n".join(_mapping(mapping) for mapping in facts.mappings) or "none"


def _mapping(mapping: MappingFacts) -> str:
    # Empty polls do not change the result.
    result = f"last batch: {mapping.last_result!r}"
    return f"{mapping.state}; {mapping.batch_size:,} records or {mapping.window_s} s a batch\n{result}"


def _lag(facts: Facts) -> str:
    if facts.metrics.lag_ms is None:
        return NOT_KNOWN
    lag = measure_lag(facts.metrics.lag_ms, facts.at, facts.timeout_s)
    if lag is None:
        return _no_data(facts, "lag_ms")
    shrinking = " and shrinking" if lag.is_shrinking and lag.is_long else ""
    latest, maximum = duration(lag.latest.total_seconds()), duration(lag.maximum.total_seconds())
    return f"latest {latest}{shrinking}, maximum {maximum}"


def _inserts(facts: Facts) -> str:
    """Return the rate of writes too: while the mapping is disabled, only that goes on."""
    return f"{_rate(facts, 'received')}; write units {_rate(facts, 'written', '')}"


def _deletes(facts: Facts) -> str:
    """Return the rate, and the numbers of an hour: few deletes make no rate to speak of. A dry run only counts."""
    is_dry_run = facts.settings is not None and facts.settings.is_dry_run
    field = "would_delete" if is_dry_run else "deleted"
    text, total = _rate(facts, field), _sum(facts, field)
    in_an_hour = "" if total == text else f"; {total} in 1 h"
    superseded = f"; superseded {_sum(facts, 'superseded')} in 1 h" if facts.matches_rows and total != text else ""
    return f"{text}{in_an_hour}{', only counted (dry run)' if is_dry_run else ''}{superseded}"


def _throttling(facts: Facts) -> str:
    of_function = f"function {_sum(facts, 'throttles')}, unprocessed {_sum(facts, 'unprocessed')}"
    return f"{of_function}, table {_sum(facts, 'write_throttles')}"


def _failures(facts: Facts) -> str:
    records = f"failed records {_sum(facts, 'failed')}, quarantined {_sum(facts, 'quarantined')}"
    return f"invocations {_sum(facts, 'errors')}, {records}"


def _retries_exhausted(facts: Facts) -> str:
    return f"to the failure bucket {_sum(facts, 'retries_exhausted')}, dropped {_sum(facts, 'dropped')}"


def _bucket(facts: Facts) -> str:
    if facts.bucket:
        return waiting_objects(facts.bucket, facts) if facts.bucket.exists else "missing"
    return "none" if has_no_bucket(facts) else NOT_KNOWN


def _staging(facts: Facts) -> str:
    table = facts.staging_table
    if table is not None and table.status == MISSING:
        return "missing"
    if table is None or table.item_count is None:
        return NOT_KNOWN
    return f"{count(table.item_count, 'row')}, counted every six hours"


def _reconciler(facts: Facts) -> str:
    """Return what the last run found. If it does not know the unprocessed rows, add what the last that knew them found.

    A run with a failed segment does not know them, nor does one that scans the messages.
    """
    failed, found = facts.metrics.failed_segments, facts.metrics.unprocessed_rows
    oldest_s = facts.metrics.oldest_unprocessed_s
    if failed is None or found is None or oldest_s is None:
        return NOT_KNOWN
    lines = []
    if failed.latest_at and (found.latest_at is None or failed.latest_at > found.latest_at):
        lines.append(f"{_ago(facts, failed.latest_at)}: {count(failed.latest or 0, 'segment')} failed")
    if found.latest_at:
        # Written together with the number of rows: 0 if there are none, or none has an age.
        age_s = dict(oldest_s.points).get(found.latest_at)
        oldest = f", the oldest {duration(age_s)} old then" if age_s else ""
        lines.append(f"{_ago(facts, found.latest_at)}: {count(found.latest or 0, 'unprocessed row')}{oldest}")
    return "\n".join(lines) or "no run"


def _ago(facts: Facts, time: datetime) -> str:
    return f"{duration((facts.at - time).total_seconds())} ago"


def _alarms(facts: Facts) -> str:
    if facts.all_alarms is None:
        return NOT_KNOWN
    if not facts.all_alarms:
        return "none found"
    if on := facts.alarms:
        return ", ".join(alarm.name for alarm in on)
    notifies = any(alarm.has_actions and not alarm.is_silenced for alarm in facts.all_alarms)
    return f"none of {len(facts.all_alarms)} on{'' if notifies else '; no actions: they notify nobody'}"


def _sum(facts: Facts, field: str) -> str:
    series: MetricSeries | None = getattr(facts.metrics, field)
    if series is None:
        return NOT_KNOWN
    return _no_data(facts, field) if series.total is None else f"{series.total:,.0f}"


def _rate(facts: Facts, field: str, unit: str = " a minute") -> str:
    series: MetricSeries | None = getattr(facts.metrics, field)
    if series is None:
        return NOT_KNOWN
    start = facts.at - RECENT
    rate = series.since(start).rate_a_minute(start, facts.at)
    return _no_data(facts, field) if rate is None else f"{rate:,.1f}{unit}"


def _no_data(facts: Facts, field: str) -> str:
    return NOT_KEPT if field in facts.metrics_not_kept else NO_DATA
