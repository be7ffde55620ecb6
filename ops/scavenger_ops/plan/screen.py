"""Shows a plan on one screen: whether it keeps up, better settings, and then the rest."""

from collections.abc import Iterable, Iterator

from rich.console import Console

from scavenger_ops.layout import show_head, show_pairs, show_sentence, show_table
from scavenger_ops.plan.advice_screen import show_better
from scavenger_ops.plan.cost import BillItem, total_usd
from scavenger_ops.plan.explanation_screen import show_explanation
from scavenger_ops.plan.lag import Flow
from scavenger_ops.plan.report import PlanReport
from scavenger_ops.plan.sentences import lag_text
from scavenger_ops.screen import show_verdict
from scavenger_ops.text import count, figure, seconds, usd

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

# The lines of the bill that are shown as one; --explain shows each.
LINES = {
    "deletes": ("deletes",),
    "function": ("function", "invocations"),
    "log and traces": ("log", "traces"),
    "monitoring": ("own_metrics", "mapping_metrics", "alarms", "dashboard"),
}


def show_screen(report: PlanReport, console: Console, *, is_explained: bool = False) -> None:
    """Show whether the settings keep up, what would be better, what the load takes, and what it costs."""
    show_verdict(console, "good" if report.keeps_up else "bad", _load(report), report.verdict)
    for sentence in (*([report.consequence] if report.consequence else []), *report.requests_for_quotas):
        show_sentence(console, sentence)
    show_head(console, "Better settings")
    show_better(report, console)
    show_head(console, "Load and stream")
    show_pairs(console, _stream(report))
    show_head(console, "Function, lag and write units")
    show_table(console, ("", "steady", "at peak"), _flows(report))
    show_head(console, _cost_title(report))
    show_table(console, ("", ""), _bill(report.cost.items))
    show_head(console, "What limits it")
    for sentence in report.what_limits:
        show_sentence(console, sentence)
    if is_explained:
        show_explanation(report, console)
    else:
        console.print()
        show_sentence(console, "--explain also shows alternatives, prices and assumptions.", "dim")


def _load(report: PlanReport) -> str:
    load = report.capacity.load
    rate = f"{count(load.inserts_a_second, 'insert')} a second"
    if load.peak_inserts_a_second == load.inserts_a_second:
        return rate
    return f"{rate}, {figure(load.peak_inserts_a_second)} at peak"


def _stream(report: PlanReport) -> Iterator[tuple[str, str]]:
    capacity, load = report.capacity, report.capacity.load
    units = count(load.write_units_an_item, "write unit")
    yield "load", f"{_load(report)}, of {figure(load.item_bytes)} bytes, {units} each"
    factor = capacity.settings.parallelization_factor
    yield "shards", f"{figure(capacity.shards)}; lanes {figure(capacity.lanes)} (x parallelization_factor {factor})"
    each = f"each of {figure(capacity.record_bytes)} bytes in the event"
    yield "batch", f"{figure(capacity.full_batch)} records at most, {each}"


def _flows(report: PlanReport) -> Iterator[tuple[str, str, str]]:
    steady, peak = (_figures(flow, report) for flow in (report.lag.steady, report.lag.peak))
    return zip(FLOW_ROWS, steady, peak, strict=True)


def _figures(flow: Flow, report: PlanReport) -> Iterator[str]:
    units = figure(report.capacity.load.write_units(flow.inserts_a_second))
    yield figure(flow.inserts_a_second)
    yield figure(flow.most_deletes_a_second)
    yield figure(flow.records_an_invocation)
    yield figure(flow.invocations_a_second)
    yield figure(flow.requests_a_second)
    yield seconds(flow.invocation_s)
    yield figure(flow.concurrent_invocations)
    yield lag_text(flow.lag_s)
    # As many for the deletes as for the API's puts.
    yield units
    yield units


def _cost_title(report: PlanReport) -> str:
    what = "Cost a month" if report.lag.steady.keeps_up else "Cost a month, of what is deleted"
    return f"{what}: {report.prices.region}, prices of {report.prices.as_of}"


def _bill(items: Iterable[BillItem]) -> Iterator[tuple[str, str]]:
    by_name = {item.name: item for item in items}
    for line, names in LINES.items():
        yield line, usd(total_usd(by_name[name] for name in names))
    yield "total", usd(total_usd(by_name.values()))
