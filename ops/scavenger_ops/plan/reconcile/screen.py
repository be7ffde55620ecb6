"""Shows a plan on one screen: how long the run takes and what it costs first, and then the rest."""

from collections.abc import Iterator

from rich.console import Console

from scavenger_ops.layout import show_head, show_pairs, show_sentence, show_table
from scavenger_ops.plan.cost import total_usd
from scavenger_ops.plan.reconcile.bill import ReconcileBill
from scavenger_ops.plan.reconcile.report import ReconcilePlan
from scavenger_ops.screen import show_verdict
from scavenger_ops.text import count, estimate, figure, usd


def show_screen(plan: ReconcilePlan, console: Console) -> None:
    """Show what a run takes, what it costs, what bounds it, and what the figures rest on."""
    load = plan.pace.load
    rows = f"{count(load.rows, 'row')} of {count(load.row_bytes, 'byte')}"
    show_verdict(console, "good" if plan.pace.ends else "bad", rows, plan.verdict)
    show_head(console, "Run")
    show_pairs(console, _run(plan))
    show_head(console, f"Cost: {plan.prices.region}, prices of {plan.prices.as_of}")
    show_table(console, ("", "on demand", "provisioned"), _bill(plan.bill))
    show_head(console, "What limits it")
    for sentence in plan.what_bounds:
        show_sentence(console, sentence)
    show_head(console, "Assumptions")
    for sentence in plan.assumptions:
        show_sentence(console, sentence, "dim")


def _run(plan: ReconcilePlan) -> Iterator[tuple[str, str]]:
    pace, use = plan.pace, plan.use
    yield "duration", f"{estimate(pace.duration_s)}, {count(pace.rows_a_second, 'row')} a second"
    yield "workers", f"{figure(pace.workers)}; segments {figure(pace.segments)}, each in {estimate(pace.segment_s)}"
    yield "read units", f"{figure(use.scan_read_units)} of staging, {figure(use.look_up_read_units)} of messages"
    yield "write units", f"{figure(use.delete_write_units)}, for {count(pace.load.obsolete_rows, 'delete')}"
    memory = f"of {figure(pace.settings.memory_size)} MB"
    yield "function", f"{count(use.invocations, 'invocation')} {memory}, {figure(use.function_gb_s)} GB-seconds"
    yield "state machine", count(use.state_transitions, "transition")


def _bill(bill: ReconcileBill) -> Iterator[tuple[str, str, str]]:
    for on_demand, provisioned in zip(bill.on_demand, bill.provisioned, strict=True):
        yield on_demand.name.replace("_", " "), usd(on_demand.usd), usd(provisioned.usd)
    yield "total", usd(total_usd(bill.on_demand)), usd(total_usd(bill.provisioned))
