"""Lays the state of a deployment out on one screen."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from scavenger_ops.status.cloudwatch import window_of
from scavenger_ops.status.facts import MISSING, Facts, Metrics, Trigger
from scavenger_ops.status.findings import MOST_LAG, waiting
from scavenger_ops.status.function import NOT_RESERVED
from scavenger_ops.status.lag import measure_lag
from scavenger_ops.status.mending import Finding, Row
from scavenger_ops.status.series import Series
from scavenger_ops.status.text import duration

NOT_KNOWN = "not known"
# No data point: without traffic there is none, and that is not wrong.
NO_DATA = "-"


def show_screen(facts: Facts, findings: Sequence[Finding], console: Console) -> None:
    """Show the facts, then what is wrong and what is not known; or, in one line, that all is well."""
    title = f"{facts.name}  {facts.region}  {facts.at:%Y-%m-%d %H:%M:%S} UTC"
    console.print(Text(title, style="bold"))
    console.print(_grid(facts, {finding.about for finding in findings}))
    console.print()
    for number, finding in enumerate(findings, 1):
        _show_finding(number, finding, console)
    for line in _not_known(facts):
        _print(line, console, "yellow")
    if not findings:
        all_is_known = not facts.unknown
        verdict = "All is well." if all_is_known else "As far as it is known, nothing is wrong."
        console.print(Text(verdict, style="green" if all_is_known else "yellow"))


def _grid(facts: Facts, wrong: set[Row]) -> Grid:
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for row, text, window in _rows(facts):
        is_wrong = row in wrong
        mark = Text("!" if is_wrong else " ")
        grid.add_row(mark, row, Text(text), Text(window, style="dim"), style="red" if is_wrong else None)
    return grid


def _rows(facts: Facts) -> Iterator[tuple[Row, str, str]]:
    """Give each row, what it says, and of what time that is."""
    yield "function", _function(facts), "now"
    yield "trigger", _triggers(facts), "now"
    yield "lag", _lag(facts), "15 min"
    yield "inserts", _inserts(facts), "15 min"
    yield "deletes", f"{_rate(facts, 'deleted')} a minute", "15 min"
    yield "throttling", _throttling(facts.metrics), "1 h"
    yield "faults", _faults(facts.metrics), "1 h"
    yield "given up", _given_up(facts.metrics), "24 h"
    yield "failure bucket", _bucket(facts), "now"
    yield "staging", _backlog(facts), "6 h"
    yield "alarms", _alarms(facts), "now"


def _function(facts: Facts) -> str:
    if facts.function is None:
        return NOT_KNOWN
    mode = ", dry run" if facts.settings and facts.settings.is_dry_run else ""
    reserved = {None: f"reserved concurrency {NOT_KNOWN}", NOT_RESERVED: "no concurrency reserved"}
    return f"{facts.function.state}{mode}, {reserved.get(facts.concurrency, f'{facts.concurrency} concurrent at most')}"


def _triggers(facts: Facts) -> str:
    if facts.triggers is None:
        return NOT_KNOWN
    return "\n".join(_trigger(trigger) for trigger in facts.triggers) or "none"


def _trigger(trigger: Trigger) -> str:
    # Empty polls leave the result as it is.
    result = f"last non-empty batch: {trigger.last_result!r}"
    return f"{trigger.state}; batches of {trigger.batch_size:,} records or {trigger.window_s} s\n{result}"


def _lag(facts: Facts) -> str:
    if facts.metrics.lag_ms is None:
        return NOT_KNOWN
    lag = measure_lag(facts.metrics.lag_ms, facts.at)
    if lag is None:
        return NO_DATA
    now = "now and falling" if lag.is_falling and lag.now > MOST_LAG else "at last"
    return f"{duration(lag.now.total_seconds())} {now}, {duration(lag.most.total_seconds())} at most"


def _inserts(facts: Facts) -> str:
    """Return what is written too: while the mapping is off, it alone goes on."""
    return f"{_rate(facts, 'received')} a minute reach it; {_rate(facts, 'written')} write units a minute"


def _throttling(metrics: Metrics) -> str:
    table = f"staging table {_sum(metrics.write_throttles)}, rows sent back {_sum(metrics.unprocessed)}"
    return f"{table}, function {_sum(metrics.throttles)}"


def _faults(metrics: Metrics) -> str:
    records = f"{_sum(metrics.failed)} failed, {_sum(metrics.quarantined)} quarantined"
    return f"errors {_sum(metrics.errors)}; records {records}"


def _given_up(metrics: Metrics) -> str:
    return f"records {_sum(metrics.given_up)} to the failure bucket, {_sum(metrics.dropped)} dropped"


def _bucket(facts: Facts) -> str:
    if facts.bucket:
        return waiting(facts.bucket, facts) if facts.bucket.exists else "missing"
    is_known = facts.settings is not None and facts.triggers is not None and not facts.bucket_name
    return "none" if is_known else NOT_KNOWN


def _backlog(facts: Facts) -> str:
    table = facts.staging_table
    if table is not None and table.status == MISSING:
        return "missing"
    if table is None or table.item_count is None:
        return NOT_KNOWN
    return f"{table.item_count:,} rows; AWS counts them about every six hours"


def _alarms(facts: Facts) -> str:
    if facts.alarms is None:
        return NOT_KNOWN
    return ", ".join(alarm.name for alarm in facts.alarms) or "none on"


def _sum(series: Series | None) -> str:
    return NOT_KNOWN if series is None else NO_DATA if series.total is None else f"{series.total:,.0f}"


def _rate(facts: Facts, metric: Literal["received", "deleted", "written"]) -> str:
    series: Series | None = getattr(facts.metrics, metric)
    if series is None:
        return NOT_KNOWN
    rate = series.rate_a_minute(facts.at - window_of(metric), facts.at)
    return NO_DATA if rate is None else f"{rate:,.1f}"


def _show_finding(number: int, finding: Finding, console: Console) -> None:
    _print(f"{number}. {finding.what} {finding.mend}", console, "red")
    for command in finding.commands:
        # In one piece, however long, to be copied.
        console.print(Text(f"   {command}", style="bold"), soft_wrap=True)


def _not_known(facts: Facts) -> Iterator[str]:
    for unknown in facts.unknown:
        lacks = f"the permission {unknown.permission} is missing" if unknown.permission else "AWS did not tell"
        yield f"Not known: {unknown.what}: {lacks} ({unknown.reason})"


def _print(text: str, console: Console, style: str) -> None:
    lines = textwrap.fill(text, console.width, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False)
    console.print(Text(lines, style=style), soft_wrap=True)
