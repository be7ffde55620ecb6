"""What a simulation comes to at its full size; `make soak` runs it, `pytest` only if it is named."""

import pytest
from scavenger_ops.plan.design import RAISED_QUOTAS
from scavenger_ops.plan.pipeline import Load, Pipeline, Settings
from scavenger_ops.plan.simulation.simulate import simulate

INSERTS_A_SECOND = 1_000_000
DAY_S = 24 * 3600


def test_a_million_inserts_a_second_are_simulated_for_a_day() -> None:
    """Thousands of shards with ten lanes each, and an invocation for each record."""
    settings = Settings(
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
    large = Pipeline(Load(INSERTS_A_SECOND, INSERTS_A_SECOND, 500, 60), settings)
    course = simulate(large, 5000, "steady", 24, RAISED_QUOTAS)
    assert course.inserted == pytest.approx(INSERTS_A_SECOND * DAY_S, rel=0.001)
    assert course.deleted == pytest.approx(course.inserted, rel=0.001)
    assert course.invocations == pytest.approx(course.inserted, rel=0.001)
    assert course.max_lag_s < 1
