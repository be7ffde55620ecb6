"""The JSON of a plan: docs/reference/schemas/plan-reconcile.schema.json describes it."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from scavenger_ops.plan.cost import BillItem, total_usd
from scavenger_ops.plan.reconcile.report import ReconcilePlan


def to_json(plan: ReconcilePlan) -> dict[str, Any]:
    """Return all of a plan."""
    pace = plan.pace
    return {
        "verdict": plan.verdict,
        "ends": pace.ends,
        "load": asdict(pace.load),
        "settings": asdict(pace.settings),
        "estimate": {
            "duration_s": pace.duration_s,
            "rows_a_second": pace.rows_a_second,
            "segments": pace.segments,
            "workers": pace.workers,
            "segment_s": pace.segment_s,
            "limits": [limit._asdict() for limit in pace.limits],
            **asdict(plan.use),
        },
        "cost_usd": {"on_demand": _bill(plan.bill.on_demand), "provisioned": _bill(plan.bill.provisioned)},
        "prices": asdict(plan.prices),
        "assumptions": plan.assumptions,
    }


def _bill(items: Iterable[BillItem]) -> dict[str, float]:
    items = tuple(items)
    return {**{item.name: item.usd for item in items}, "total": total_usd(items)}
