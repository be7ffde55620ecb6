"""A small load, figures that are easy to calculate with, and the stages of the plan for them."""

from dataclasses import replace
from typing import Any

from scavenger_ops.plan.capacity import Capacity, find_capacity
from scavenger_ops.plan.function_cost import FunctionCost, Measured
from scavenger_ops.plan.lag import PlannedLag, find_lag
from scavenger_ops.plan.load import PipelineSettings, PlannedLoad, PlannedPipeline

# On a whole CPU, an invocation for 100 records takes 10 ms + 10 ms for a request + 10 ms for the records: 30 ms.
COST = FunctionCost(invocation_cpu_s=0.01, record_cpu_s=0.0001, deletes_a_request=25, requests_in_flight=None)
FIGURES = Measured(
    measured_on="2026-01-01",
    machine="a machine",
    this_function=COST,
    matching=replace(COST, record_cpu_s=0.001, deletes_a_request=1),
    article=COST,
    sequel=COST,
    start_cpu_s=0.5,
    request_s=0.01,
)
SETTINGS = PipelineSettings(stream_view_type="KEYS_ONLY", billing_mode="PAY_PER_REQUEST", memory_size=1769)


def plan_capacity(
    inserts: float = 400.0,
    peak: float | None = None,
    *,
    item_bytes: int = 1000,
    settings: PipelineSettings = SETTINGS,
    figures: Measured = FIGURES,
    **changes: Any,
) -> Capacity:
    """Return the capacity for a load of small items, by one deviation from the settings."""
    load = PlannedLoad(inserts, peak or inserts, item_bytes, 60)
    return find_capacity(PlannedPipeline(load, replace(settings, **changes)), figures)


def plan_lag(inserts: float = 400.0, peak: float | None = None, **changes: Any) -> PlannedLag:
    """Return what such a load makes of it."""
    return find_lag(plan_capacity(inserts, peak, **changes))
