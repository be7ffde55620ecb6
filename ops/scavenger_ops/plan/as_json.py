"""Gives a plan as JSON, for scripts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from scavenger_ops.plan.advice import Advice
from scavenger_ops.plan.alternatives import Alternative
from scavenger_ops.plan.cost import Item, total_usd
from scavenger_ops.plan.fitness import Plan
from scavenger_ops.plan.gains import gain
from scavenger_ops.plan.report import Report


def to_json(report: Report) -> dict[str, Any]:
    """Give all of a plan; a lag that is null grows for as long as the rate lasts."""
    pipeline = report.design.pipeline
    return {
        "load": asdict(pipeline.load),
        "settings": asdict(pipeline.settings),
        "verdict": report.verdict,
        "quotas_to_raise": [asdict(quota) for quota in report.quotas],
        "estimate": asdict(report.estimate),
        "what_binds": report.what_binds,
        "notes": report.notes,
        "cost_usd_a_month": _bill(report.bill),
        "alternatives": [_alternative(alternative) for alternative in report.alternatives],
        "better": _better(report.advice),
        "assumptions": report.assumptions,
        "prices": asdict(report.prices),
    }


def _bill(items: Sequence[Item]) -> dict[str, float]:
    return {**{item.name: item.usd for item in items}, "total": total_usd(items)}


def _alternative(alternative: Alternative) -> dict[str, Any]:
    return {
        **{name: value for name, value in asdict(alternative).items() if name != "items"},
        "cost_usd_a_month": _bill(alternative.items),
    }


def _better(advice: Advice) -> dict[str, Any] | None:
    """Give the better settings; null if none would keep up."""
    if advice.better is None:
        return None
    return {
        "settings": asdict(advice.better.settings),
        "changes": {name: gain(advice, advice.better, name) for name in advice.changes},
        **_outcome(advice.better),
    }


def _outcome(better: Plan) -> dict[str, Any]:
    return {
        "lag_s": better.estimate.worst_lag_s,
        "most_deletes_a_second": better.estimate.peak.most_deletes_a_second,
        "usd_a_month": better.usd_a_month,
    }
