"""Lays a plan out on one screen."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from scavenger_ops.plan.cost import Alternative, BillItem, MonthlyCost, PriceTable, total_usd
from scavenger_ops.plan.lag import Flow
from scavenger_ops.plan.report import PlanReport
from scavenger_ops.text import count, figure, seconds, usd

GROWS = "grows"
GROWS_AT_PEAK = "grows at peak"

FLOW_ROWS = (
    "inserts a second",
    "possible deletes a second",
    "records an invocation",
    "invocations a second",
    "requests a second",
    "an invocation takes",
    "invocations at the same time",
    "lag at most",
    "write units a second for deletes",
    "... and for the API's puts",
)

# The lines of the bill that are shown as one; --json has each.
LINES = {
    "deletes": ("deletes",),
    "function": ("function", "invocations"),
    "log and traces": ("log", "traces"),
    "monitoring": ("own_metrics", "mapping_metrics", "alarms", "dashboard"),
}


def show_screen(report: PlanReport, console: Console) -> None:
    """Show what is planned for, what it takes and costs, and what would be better."""
    _print(report.feasibility, console, "bold green" if report.lag.peak.keeps_up else "bold red")
    _show("Load and stream", _pairs(_stream(report)), console)
    _show("Function, lag and write units", _flows(report), console)
    _show(_cost_title(report), _bill(report.cost.items, report.prices), console)
    _show("Alternatives", _alternatives(report.alternatives), console)
    _head("What limits it", console)
    for sentence in (*report.what_binds, *report.notes):
        _print(sentence, console)
    _head("Better settings", console)
    _show_advice(report, console)
    _head("Assumptions", console)
    for sentence in report.assumptions:
        _print(sentence, console, "dim")


def _stream(report: PlanReport) -> Iterator[tuple[str, str]]:
    capacity, load = report.capacity, report.capacity.load
    rate = f"{figure(load.inserts_a_second)} a second, {figure(load.peak_inserts_a_second)} at peak"
    units = count(load.write_units_an_item, "write unit")
    yield "inserts", f"{rate}, of {figure(load.item_bytes)} bytes, {units} each"
    factor = capacity.settings.parallelization_factor
    yield "shards", f"{figure(capacity.shards)}; lanes {figure(capacity.lanes)} (x parallelization_factor {factor})"
    each = f"each of {figure(capacity.record_bytes)} bytes in the event"
    yield "batch", f"{figure(capacity.full_batch)} records at most, {each}"


def _flows(report: PlanReport) -> Grid:
    grid = _grid("", "steady", "at peak")
    steady, peak = (_figures(flow, report) for flow in (report.lag.steady, report.lag.peak))
    for row in zip(FLOW_ROWS, steady, peak, strict=True):
        grid.add_row(*row)
    return grid


def _figures(flow: Flow, report: PlanReport) -> Iterator[str]:
    units = figure(report.capacity.load.write_units(flow.inserts_a_second))
    yield figure(flow.inserts_a_second)
    yield figure(flow.most_deletes_a_second)
    yield figure(flow.records_an_invocation)
    yield figure(flow.invocations_a_second)
    yield figure(flow.requests_a_second)
    yield seconds(flow.invocation_s)
    yield figure(flow.concurrent_invocations)
    yield _lag(flow.lag_s)
    # As many for the deletes as for the API's puts.
    yield units
    yield units


def _cost_title(report: PlanReport) -> str:
    what = "Cost a month" if report.lag.steady.keeps_up else "Cost a month, of what is deleted"
    return f"{what}: {report.prices.region}, prices of {report.prices.as_of}"


def _bill(items: Iterable[BillItem], prices: PriceTable) -> Grid:
    by_name = {item.name: item for item in items}
    grid = _grid("", "$", "", right=(1,))
    for line, names in LINES.items():
        parts = [by_name[name] for name in names]
        amounts = ", ".join(count(part.units, prices.prices[part.price].unit) for part in parts)
        grid.add_row(line, usd(total_usd(parts)), amounts)
    grid.add_row("total", usd(total_usd(by_name.values())), "", style="bold")
    return grid


def _alternatives(alternatives: Iterable[Alternative]) -> Grid:
    grid = _grid("", "requests/s", "invoc./s", "at once", "lag", "$ a month", "loses", right=range(1, 6))
    for each in alternatives:
        grid.add_row(
            each.name,
            figure(each.requests_a_second),
            figure(each.invocations_a_second),
            figure(each.concurrent_invocations),
            _lag(each.lag_s) if each.keeps_up_at_peak or each.lag_s is None else GROWS_AT_PEAK,
            usd(total_usd(each.items)),
            each.loses,
        )
    return grid


def _show_advice(report: PlanReport, console: Console) -> None:
    better = report.advice.better
    if better is None:
        _print("No settings keep up with this load.", console, "red")
        return
    if not report.rationales:
        _print("These settings fit.", console, "green")
        return
    for line in _assignments(better, report.rationales):
        # In one piece, however long, to be copied.
        console.print(Text(line, style="bold"), soft_wrap=True)
    lag_s, possible = _lag(better.lag.worst_lag_s), figure(better.lag.peak.most_deletes_a_second)
    _print(f"With them: {usd(better.usd_a_month)} a month, a lag of {lag_s}, {possible} deletes a second.", console)


def _assignments(better: MonthlyCost, rationales: Mapping[str, str]) -> Iterator[str]:
    """Return each change as Terraform has it, with its rationale as a comment."""
    values = {name: getattr(better.settings, name) for name in rationales}
    texts = {name: f'"{value}"' if isinstance(value, str) else str(value) for name, value in values.items()}
    width = max(map(len, texts))
    for name, text in texts.items():
        yield f"{name:{width}} = {text}  # {rationales[name]}"


def _lag(lag_s: float | None) -> str:
    return GROWS if lag_s is None else seconds(lag_s)


def _pairs(rows: Iterable[tuple[str, str]]) -> Grid:
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        grid.add_row(*row)
    return grid


def _grid(*heads: str, right: Iterable[int] | None = None) -> Grid:
    """Return a table with the columns in `right` aligned to the right, by default all but the first."""
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    on_the_right = set(range(1, len(heads)) if right is None else right)
    for number, head in enumerate(heads):
        grid.add_column(head, justify="right" if number in on_the_right else "left")
    return grid


def _show(title: str, grid: Grid, console: Console) -> None:
    _head(title, console)
    console.print(grid)


def _head(title: str, console: Console) -> None:
    console.print()
    console.print(Text(title, style="bold"))


def _print(text: str, console: Console, style: str = "") -> None:
    lines = textwrap.fill(text, console.width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    console.print(Text(lines, style=style), soft_wrap=True)
