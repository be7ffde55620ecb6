"""Shows what a plan's figures are compared with and rest on: other designs, the prices, and the assumptions."""

from collections.abc import Iterable, Iterator

from rich.console import Console

from scavenger_ops.layout import show_head, show_sentence, show_table
from scavenger_ops.plan.cost import Alternative, BillItem, PriceTable, total_usd
from scavenger_ops.plan.report import PlanReport
from scavenger_ops.plan.sentences import lag_text
from scavenger_ops.text import count, figure, usd

GROWS_AT_PEAK = "grows at peak"


def show_explanation(report: PlanReport, console: Console) -> None:
    """Show the alternatives, the bill with its prices, and the assumptions."""
    show_head(console, "Alternatives")
    heads = ("", "requests/s", "invocations/s", "at once", "lag", "$ a month", "loses")
    show_table(console, heads, _alternatives(report.alternatives), text_column=len(heads) - 1)
    show_head(console, f"Prices: {report.prices.region}, {report.prices.as_of}")
    show_table(console, ("", "$ a month", "$ each", "units a month"), _bill(report), text_column=3)
    for sentence in _doubts(report.cost.items, report.prices):
        show_sentence(console, sentence, "dim")
    show_head(console, "Assumptions")
    for sentence in report.assumptions:
        show_sentence(console, sentence, "dim")


def _alternatives(alternatives: Iterable[Alternative]) -> Iterator[tuple[str, ...]]:
    for each in alternatives:
        yield (
            each.name,
            figure(each.requests_a_second),
            figure(each.invocations_a_second),
            figure(each.concurrent_invocations),
            lag_text(each.lag_s) if each.keeps_up_at_peak or each.lag_s is None else GROWS_AT_PEAK,
            usd(total_usd(each.items)),
            _loses(each),
        )


def _loses(alternative: Alternative) -> str:
    left = alternative.rows_left_a_second
    parts = (alternative.loses, f"{figure(left)} rows a second stay" if left else None)
    return "; ".join(filter(None, parts)) or "nothing"


def _bill(report: PlanReport) -> Iterator[tuple[str, str, str, str]]:
    for item in report.cost.items:
        price = report.prices.prices[item.price]
        yield (
            item.name.replace("_", " "),
            usd(item.usd),
            f"{price.usd:.10f}".rstrip("0").rstrip("."),
            count(item.units, price.unit),
        )


def _doubts(items: Iterable[BillItem], table: PriceTable) -> Iterator[str]:
    """Return why prices of the bill are not certain."""
    for item in items:
        if doubt := table.prices[item.price].doubt:
            yield f"Not certain, {item.name.replace('_', ' ')}: {doubt}"
