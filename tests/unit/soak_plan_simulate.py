"""Simulations at their full size; `make soak` runs them, `pytest` only if the file is named."""

from dataclasses import replace

import pytest
from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.lag import find_lag
from scavenger_ops.plan.load import PipelineSettings
from scavenger_ops.plan.simulate import simulate
from support.planning import plan_capacity

HOUR_S = 3600
DAY_S = 24 * HOUR_S
SETTINGS = PipelineSettings(
    billing_mode="PAY_PER_REQUEST",
    write_capacity=100,
    batch_size=1,
    maximum_batching_window_in_seconds=0,
    parallelization_factor=10,
)


def find(inserts: float, item_bytes: int, settings: PipelineSettings) -> Capacity:
    """Return the capacity of a pipeline for a steady load."""
    return plan_capacity(inserts, item_bytes=item_bytes, settings=settings, figures=measured())


def test_a_million_inserts_a_second_are_simulated_for_a_day() -> None:
    """Thousands of shards with ten lanes each, and an invocation for each record."""
    inserts = 1_000_000
    timeline = simulate(replace(find(inserts, 500, SETTINGS), shards=5000), "steady", 24)
    assert timeline.inserted == pytest.approx(inserts * DAY_S, rel=0.001)
    assert timeline.deleted == pytest.approx(timeline.inserted, rel=0.001)
    assert timeline.invocations == pytest.approx(timeline.inserted, rel=0.001)
    assert timeline.max_lag_s < 1


def test_busy_lanes_without_a_window_have_the_lag_and_the_invocations_of_the_plan() -> None:
    """Each poll of the four shards finds something."""
    settings = replace(SETTINGS, batch_size=1000, parallelization_factor=1, memory_size=1769, max_requests_in_flight=1)
    busy = find(2640, 1000, settings)
    planned = find_lag(busy).steady
    timeline = simulate(busy, "steady", 1)
    assert timeline.max_lag_s == pytest.approx(planned.lag_s, rel=0.15)
    assert timeline.invocations / HOUR_S == pytest.approx(planned.invocations_a_second, rel=0.15)
