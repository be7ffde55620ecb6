"""The JSON of a plan: docs/reference/schemas/plan.schema.json describes it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scavenger_ops.plan.cost import Alternative, BillItem, total_usd
from scavenger_ops.plan.lag import Flow
from scavenger_ops.plan.limits import find_limits
from scavenger_ops.plan.report import PlanReport
from scavenger_ops.plan.sentences import record_bytes_with_keys_only

if TYPE_CHECKING:
    from scavenger_ops.plan.timeline import Timeline


def to_json(report: PlanReport, timeline: "Timeline | None" = None) -> dict[str, Any]:
    """Return all of a plan, and of its simulation, if there is one."""
    return {
        "verdict": report.verdict,
        "keeps_up": report.keeps_up,
        "load": asdict(report.capacity.load),
        "settings": asdict(report.capacity.settings),
        "quotas_to_raise": [asdict(quota) for quota in report.quotas],
        "better": _better(report),
        "estimate": _estimate(report),
        "cost_usd_a_month": _bill(report.cost.items),
        "alternatives": [_alternative(alternative) for alternative in report.alternatives],
        "prices": asdict(report.prices),
        "assumptions": report.assumptions,
        "simulation": _simulation(timeline) if timeline else None,
    }


def _better(report: PlanReport) -> dict[str, Any] | None:
    """Return the better settings; null if none keep up."""
    better = report.advice.better
    if better is None:
        return None
    return {
        "settings": asdict(better.settings),
        "changes": report.rationales,
        "lag_s": better.lag.worst_lag_s,
        "most_deletes_a_second": better.lag.peak.most_deletes_a_second,
        "usd_a_month": better.usd_a_month,
    }


def _estimate(report: PlanReport) -> dict[str, Any]:
    lag, capacity = report.lag, report.capacity
    limits = ((limit.setting, limit.deletes_a_second) for limit in find_limits(capacity))
    return {
        "shards": capacity.shards,
        "lanes": capacity.lanes,
        "record_bytes": capacity.record_bytes,
        "record_bytes_with_keys_only": record_bytes_with_keys_only(capacity),
        "full_batch": capacity.full_batch,
        "full_batch_s": capacity.full_batch_s,
        "batch_ends_by": lag.batch_ends_by,
        "write_units_an_item": capacity.load.write_units_an_item,
        "peak_write_units_a_second": capacity.peak_write_units_a_second,
        "needs_warm_throughput": capacity.needs_warm_throughput,
        "steady": _flow(lag.steady),
        "peak": _flow(lag.peak),
        "peak_may_last_s": lag.peak_may_last_s,
        "limits": [{"setting": setting, "deletes_a_second": deletes} for setting, deletes in limits],
        "cpu_share_of_a_full_batch": capacity.cpu_share_of_a_full_batch,
        "is_faster_with_memory": capacity.is_faster_with_memory,
        "cold_start_s": capacity.cold_start_s,
    }


def _flow(flow: Flow) -> dict[str, Any]:
    return {"keeps_up": flow.keeps_up, **asdict(flow)}


def _bill(items: Sequence[BillItem]) -> dict[str, float]:
    return {**{item.name: item.usd for item in items}, "total": total_usd(items)}


def _alternative(alternative: Alternative) -> dict[str, Any]:
    facts = asdict(alternative)
    del facts["items"]
    return {**facts, "cost_usd_a_month": _bill(alternative.items)}


def _simulation(timeline: "Timeline") -> dict[str, Any]:
    return {"verdict": timeline.verdict, "keeps_up": timeline.keeps_up, **asdict(timeline)}
