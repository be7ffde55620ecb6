"""Write how a reconcile grows with the table into docs/explanation/reconcile.md, and an example into plan.md."""

from collections.abc import Iterator

from scavenger_ops.plan.cost import total_usd
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.reconcile.load import ReconcileLoad, ReconcileSettings
from scavenger_ops.plan.reconcile.report import ReconcilePlan, make_reconcile_plan
from scavenger_ops.text import estimate, figure, usd
from scavenger_ops.toolchain import ROOT

from bench.plan import PLANNING, run
from bench.report import write_generated_block

PAGE = ROOT / "docs" / "explanation" / "reconcile.md"
EXAMPLE = "plan reconcile --rows 1e9"
ROWS = (10**6, 10**7, 10**8, 10**9, 10**10)
ROW_BYTES, OBSOLETE_SHARE = 1000, 0.01
# The units that AWS lets a table on demand use unless its quota is raised. Source: ServiceQuotas.html.
QUOTA_OF_A_TABLE = 40_000
FAST = ReconcileSettings(
    max_read_units=QUOTA_OF_A_TABLE, max_write_units=QUOTA_OF_A_TABLE, max_concurrency=40, memory_size=1769
)
HEADS = ("rows", "segments", "default: duration", "cost", "fast: duration", "cost", "read units", "write units")


def growth() -> str:
    """Return the Markdown table: a row for each size, with the default settings and with fast ones."""
    lines = [HEADS, ("--:",) * len(HEADS), *map(_row, ROWS)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _row(rows: int) -> tuple[str, ...]:
    default, fast = (_plan(rows, settings) for settings in (ReconcileSettings(), FAST))
    use = default.use
    return (
        figure(rows),
        figure(default.pace.segments),
        *_duration_and_cost(default),
        *_duration_and_cost(fast),
        figure(use.scan_read_units + use.look_up_read_units),
        figure(use.delete_write_units),
    )


def _plan(rows: int, settings: ReconcileSettings) -> ReconcilePlan:
    return make_reconcile_plan(ReconcileLoad(rows, ROW_BYTES, ROW_BYTES, OBSOLETE_SHARE), settings, measured())


def _duration_and_cost(plan: ReconcilePlan) -> Iterator[str]:
    yield estimate(plan.pace.duration_s)
    yield usd(total_usd(plan.bill.on_demand))


if __name__ == "__main__":
    write_generated_block("reconcile growth", growth(), PAGE)
    write_generated_block("reconcile example", f"```\n{run(EXAMPLE)}\n```", PLANNING)
