"""The fourth stage: all that a plan says, as the screen and the JSON have it."""

from dataclasses import dataclass

from scavenger_ops.plan.cost import PriceTable, price_table, total_usd
from scavenger_ops.plan.function_cost import Measured
from scavenger_ops.plan.reconcile import sentences
from scavenger_ops.plan.reconcile.bill import ReconcileBill, ReconcileUse, find_bill, find_use
from scavenger_ops.plan.reconcile.load import ReconcileLoad, ReconcileSettings
from scavenger_ops.plan.reconcile.pace import ReconcilePace, find_pace


@dataclass(frozen=True)
class ReconcilePlan:
    """The stages' results, with the sentences that sum them up."""

    pace: ReconcilePace
    use: ReconcileUse
    bill: ReconcileBill
    verdict: str
    what_bounds: tuple[str, ...]
    assumptions: tuple[str, ...]
    prices: PriceTable


def make_reconcile_plan(load: ReconcileLoad, settings: ReconcileSettings, figures: Measured) -> ReconcilePlan:
    """Take a table and settings through the stages."""
    pace = find_pace(load, settings, figures)
    use, prices = find_use(pace), price_table()
    bill = find_bill(use)
    return ReconcilePlan(
        pace,
        use,
        bill,
        sentences.verdict(pace, total_usd(bill.on_demand)),
        tuple(sentences.what_bounds(pace)),
        tuple(sentences.assumptions(prices)),
        prices,
    )
