"""What a simulation comes to at its full size; `make soak` runs it, `pytest` only if it is named."""

from dataclasses import replace

import pytest
from scavenger_ops.plan.design import RAISED_QUOTAS, Design
from scavenger_ops.plan.flow import flow
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.pipeline import Load, Pipeline, Settings
from scavenger_ops.plan.simulation.simulate import simulate

HOUR_S = 3600
DAY_S = 24 * HOUR_S
SETTINGS = Settings(
    stream_view_type="NEW_AND_OLD_IMAGES",
    billing_mode="PAY_PER_REQUEST",
    write_capacity=100,
    batch_size=1,
    maximum_batching_window_in_seconds=0,
    parallelization_factor=10,
    memory_size=256,
    max_requests_in_flight=8,
    timeout=60,
)


def test_a_million_inserts_a_second_are_simulated_for_a_day() -> None:
    """Thousands of shards with ten lanes each, and an invocation for each record."""
    inserts = 1_000_000
    course = simulate(Pipeline(Load(inserts, inserts, 500, 60), SETTINGS), 5000, "steady", 24, RAISED_QUOTAS)
    assert course.inserted == pytest.approx(inserts * DAY_S, rel=0.001)
    assert course.deleted == pytest.approx(course.inserted, rel=0.001)
    assert course.invocations == pytest.approx(course.inserted, rel=0.001)
    assert course.max_lag_s < 1


def test_busy_lanes_without_a_window_have_the_lag_and_the_invocations_of_the_plan() -> None:
    """Each poll of the four shards finds something."""
    settings = replace(SETTINGS, batch_size=1000, parallelization_factor=1, memory_size=1769, max_requests_in_flight=1)
    busy = Pipeline(Load(2640, 2640, 1000, 60), settings)
    planned = flow(Design(busy, measured().this_function, measured().request_s), 2640)
    course = simulate(busy, 4, "steady", 1)
    assert course.max_lag_s == pytest.approx(planned.lag_s, rel=0.15)
    assert course.invocations / HOUR_S == pytest.approx(planned.invocations_a_second, rel=0.15)
