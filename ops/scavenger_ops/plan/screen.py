"""Lays a plan out on one screen."""

import textwrap
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from scavenger_ops.plan.advice import Advice
from scavenger_ops.plan.alternatives import Alternative
from scavenger_ops.plan.cost import Item, total_usd
from scavenger_ops.plan.fitness import Plan
from scavenger_ops.plan.flow import Flow
from scavenger_ops.plan.gains import gain
from scavenger_ops.plan.prices import PriceTable
from scavenger_ops.plan.report import Report
from scavenger_ops.text import count, figure, seconds, usd

GROWS = "grows"
GROWS_AT_PEAK = "grows at peak"

FLOW_ROWS = (
    "inserts a second",
    "deletes a second that are possible",
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


def show_screen(report: Report, console: Console) -> None:
    """Show what is planned for, what it takes and costs, and what would be better."""
    keeps_up = report.estimate.peak.keeps_up
    _print(report.verdict, console, "bold green" if keeps_up else "bold red")
    _show("Load and stream", _pairs(_stream(report)), console)
    _show("Function, lag and write units", _flows(report.estimate.steady, report.estimate.peak, report), console)
    _show(_cost_title(report), _bill(report.bill, report.prices), console)
    _show("Beside it", _alternatives(report.alternatives), console)
    _head("What binds", console)
    for sentence in (*report.what_binds, *report.notes):
        _print(sentence, console)
    _head("Better settings", console)
    _show_advice(report.advice, console)
    _head("Assumed", console)
    for sentence in report.assumptions:
        _print(sentence, console, "dim")


def _stream(report: Report) -> Iterator[tuple[str, str]]:
    load, result = report.design.pipeline.load, report.estimate
    rate = f"{figure(load.inserts_a_second)} a second, {figure(load.peak_inserts_a_second)} at peak"
    yield (
        "inserts",
        f"{rate}, of {figure(load.item_bytes)} bytes, {count(result.write_units_an_item, 'write unit')} each",
    )
    factor = report.design.pipeline.settings.parallelization_factor
    yield "shards", f"{figure(result.shards)}; lanes {figure(result.lanes)} (x parallelization_factor {factor})"
    yield (
        "batch",
        f"{figure(result.full_batch)} records at most, each of {figure(result.record_bytes)} bytes in the event",
    )


def _flows(steady: Flow, peak: Flow, report: Report) -> Grid:
    grid = _grid("", "steady", "at peak")
    units = report.estimate.write_units_an_item
    for row in zip(FLOW_ROWS, _figures(steady, units), _figures(peak, units), strict=True):
        grid.add_row(*row)
    return grid


def _figures(flow: Flow, units_an_item: int) -> Iterator[str]:
    yield figure(flow.inserts_a_second)
    yield figure(flow.most_deletes_a_second)
    yield figure(flow.records_an_invocation)
    yield figure(flow.invocations_a_second)
    yield figure(flow.requests_a_second)
    yield seconds(flow.invocation_s)
    yield figure(flow.concurrent_invocations)
    yield _lag(flow.lag_s)
    yield figure(flow.inserts_a_second * units_an_item)
    yield figure(flow.inserts_a_second * units_an_item)


def _cost_title(report: Report) -> str:
    what = "Cost a month" if report.estimate.steady.keeps_up else "Cost a month, of what is deleted"
    return f"{what}: {report.prices.region}, prices of {report.prices.as_of}"


def _bill(items: Iterable[Item], prices: PriceTable) -> Grid:
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
            usd(each.usd_a_month),
            each.loses,
        )
    return grid


def _show_advice(advice: Advice, console: Console) -> None:
    if advice.better is None:
        _print("No settings keep up with this load.", console, "red")
        return
    if not advice.changes:
        _print("These settings fit.", console, "green")
        return
    for line in _assignments(advice, advice.better):
        # In one piece, however long, to be copied.
        console.print(Text(line, style="bold"), soft_wrap=True)
    lag_s = _lag(advice.better.estimate.worst_lag_s)
    able = figure(advice.better.estimate.peak.most_deletes_a_second)
    _print(f"With them: {usd(advice.better.usd_a_month)} a month, a lag of {lag_s}, {able} deletes a second.", console)


def _assignments(advice: Advice, better: Plan) -> Iterator[str]:
    """Give each change as Terraform has it, with its gain as a comment."""
    values = {name: getattr(better.settings, name) for name in advice.changes}
    texts = {name: f'"{value}"' if isinstance(value, str) else str(value) for name, value in values.items()}
    width = max(map(len, texts))
    for name, text in texts.items():
        yield f"{name:{width}} = {text}  # {gain(advice, better, name)}"


def _lag(lag_s: float | None) -> str:
    return GROWS if lag_s is None else seconds(lag_s)


def _pairs(rows: Iterable[tuple[str, str]]) -> Grid:
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        grid.add_row(*row)
    return grid


def _grid(*heads: str, right: Iterable[int] | None = None) -> Grid:
    """Make a table whose figures are on the right: all but the first column, unless said otherwise."""
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
