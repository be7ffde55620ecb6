"""A simulated pipeline keeps up, falls behind and recovers as calculated by hand."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from scavenger_ops.plan import simulated_pipeline
from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.lag import find_lag
from scavenger_ops.plan.load import PipelineSettings, ScenarioName
from scavenger_ops.plan.scenario import DISTURBANCE_S
from scavenger_ops.plan.simulate import POINTS, simulate
from scavenger_ops.plan.timeline import Timeline
from support.planning import plan_capacity

HOUR_S = 3600
SETTINGS = PipelineSettings(write_capacity=100)
SCENARIOS: tuple[ScenarioName, ...] = ("steady", "burst", "throttled", "poison")


def pipeline(
    inserts: float, peak: float | None = None, shards: int = 1, item_bytes: int = 500, **deviations: Any
) -> Capacity:
    """Return the capacity of a pipeline with so many shards; an item takes one write unit unless it is larger."""
    capacity = plan_capacity(inserts, peak, item_bytes=item_bytes, settings=SETTINGS, figures=measured(), **deviations)
    return replace(capacity, shards=shards)


@cache
def hour(simulated: Capacity, scenario: ScenarioName = "steady") -> Timeline:
    """Return the timeline of an hour; several tests look at some of them."""
    return simulate(simulated, scenario, hours=1)


def unaccounted(timeline: Timeline) -> int:
    """Count records that are neither waiting nor done; where a sample stands for many, their counts are rounded."""
    done = timeline.deleted + timeline.quarantined + timeline.retries_exhausted
    return abs(timeline.inserted - done - timeline.backlog_at_the_end)


def test_a_table_that_suffices_leaves_no_more_than_window_and_invocation() -> None:
    """A batch's first record came when the last batch was closed; polling and ticks take a little."""
    timeline = hour(pipeline(1))
    assert timeline.inserted == HOUR_S
    assert timeline.deleted == pytest.approx(HOUR_S, abs=60)
    assert 57 < timeline.max_lag_s < 61
    assert timeline.backlog_at_the_end <= 60
    assert timeline.invocations == pytest.approx(60, abs=1)
    assert timeline.most_concurrent_invocations == 1
    assert timeline.retries_exhausted == timeline.quarantined == 0
    assert timeline.recovered_after_s is None


def test_a_full_batch_does_not_wait_for_the_window() -> None:
    """A hundred records come in ten seconds."""
    timeline = hour(pipeline(10))
    assert 9 < timeline.max_lag_s < 11
    assert timeline.invocations == pytest.approx(360, abs=1)


def test_the_timeline_has_enough_points_for_a_picture() -> None:
    """They are evenly spaced, from the start to the end."""
    timeline = hour(pipeline(1))
    times_s = [point.time_s for point in timeline.points]
    assert len(times_s) == POINTS + 1
    assert times_s == pytest.approx([number * 6 for number in range(601)])


def test_too_few_write_units_let_the_lag_grow() -> None:
    """Of 15, the API's puts take 10, so that 5 a second remain for 10 deletes. The kept units last for 900 seconds.

    From then on, half of the records wait, and the oldest gets older by half a second a second.
    """
    timeline = hour(pipeline(10, write_capacity=15))
    assert timeline.deleted == pytest.approx(300 * 15 + 5 * HOUR_S, rel=0.01)
    assert timeline.backlog_at_the_end == pytest.approx(5 * (HOUR_S - 900), rel=0.02)
    assert timeline.lag_at_the_end_s == pytest.approx((HOUR_S - 900) / 2, rel=0.02)
    assert timeline.max_lag_s == pytest.approx(timeline.lag_at_the_end_s)


def test_larger_items_take_more_units() -> None:
    """A row of 1,500 bytes takes two to put and two to delete."""
    large = pipeline(10, item_bytes=1500, write_capacity=30)
    small = pipeline(10, write_capacity=15)
    assert hour(large).deleted == hour(small).deleted


def test_a_table_on_demand_takes_what_it_is_asked_for() -> None:
    """30,000 puts and as many deletes a second; 30 shards with large batches are quick enough."""
    settings: dict[str, Any] = {"billing_mode": "PAY_PER_REQUEST", "batch_size": 10_000, "parallelization_factor": 10}
    timeline = hour(pipeline(30_000, shards=30, **settings))
    assert timeline.deleted == pytest.approx(30_000 * HOUR_S, rel=0.02)


def test_it_catches_up_after_throttling() -> None:
    """Nine tenths of ten minutes remain, and are deleted by the capacity that the table has beyond the load."""
    timeline = hour(pipeline(5, write_capacity=20), "throttled")
    left_over = 0.9 * DISTURBANCE_S * 5
    assert timeline.recovered_after_s == pytest.approx(left_over / (20 - 5 - 5), rel=0.1)
    assert timeline.max_lag_s == pytest.approx(0.9 * DISTURBANCE_S, rel=0.05)
    assert max(point.backlog for point in timeline.points) == pytest.approx(left_over, rel=0.05)
    assert timeline.retries_exhausted == 0
    assert timeline.lag_at_the_end_s < 25


def test_a_throttled_table_takes_no_more_than_it_would_have_taken() -> None:
    """Without a unit to spare for deletes, there is none for a tenth of them either."""
    short = pipeline(10, write_capacity=10)
    steady, throttled = (hour(short, scenario) for scenario in ("steady", "throttled"))
    assert throttled.deleted <= steady.deleted


def test_lanes_do_not_go_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches fill before their windows end. In step, all lanes would delete at the same time, and then none."""
    # A lane's batch comes in 12 seconds, so that 4 lanes come to the same in each of the timeline's 6 seconds.
    monkeypatch.setattr(simulated_pipeline, "MOST_LANES", 4)
    inserts = 1000 * 2500 / 12
    large = pipeline(
        inserts, shards=1000, billing_mode="PAY_PER_REQUEST", batch_size=2500, stream_view_type="KEYS_ONLY"
    )
    timeline = simulate(large, "steady", 1)
    planned = find_lag(large).steady
    assert timeline.most_concurrent_invocations == pytest.approx(planned.concurrent_invocations, rel=0.15)
    # On average, a record waits for half of a batch to come, and for the invocation.
    waiting_s = 12 / 2 + planned.invocation_s
    assert timeline.backlog_at_the_end == pytest.approx(inserts * waiting_s, rel=0.15)


def test_kept_units_carry_a_burst() -> None:
    """30 a second come for ten minutes, and puts leave 10 for their deletes; the other 20 are just what was kept."""
    timeline = hour(pipeline(5, 30, write_capacity=40), "burst")
    assert timeline.inserted == pytest.approx(5 * 3000 + 30 * 600, rel=0.001)
    assert timeline.recovered_after_s == 0.0


def test_a_burst_that_is_too_high_is_cleared_afterwards() -> None:
    """60 a second come, and puts take more than there is: what was kept lasts for 150 of 600 seconds."""
    timeline = hour(pipeline(5, 60, write_capacity=40), "burst")
    left_over = 60 * (600 - 300 * 40 / (60 + 60 - 40))
    assert max(point.backlog for point in timeline.points) == pytest.approx(left_over, rel=0.05)
    assert timeline.recovered_after_s == pytest.approx(left_over / (40 - 5 - 5), rel=0.05)


def test_malformed_records_delay_no_other() -> None:
    """Half of those that come in ten minutes are quarantined, and the others are deleted as usual."""
    steady = hour(pipeline(5))
    timeline = hour(pipeline(5), "poison")
    assert timeline.quarantined == pytest.approx(5 * DISTURBANCE_S / 2, rel=0.02)
    assert timeline.max_lag_s == pytest.approx(steady.max_lag_s, abs=3)
    assert timeline.recovered_after_s == pytest.approx(0, abs=20)
    assert timeline.retries_exhausted == 0


def test_malformed_records_among_those_that_wait_for_write_units_are_not_lost() -> None:
    """A batch of which only a part is deleted continues at the first well-formed record that remains."""
    timeline = hour(pipeline(10, write_capacity=15, batch_size=1000, memory_size=1769), "poison")
    assert timeline.quarantined == pytest.approx(10 * DISTURBANCE_S / 2, rel=0.02)
    assert timeline.deleted == pytest.approx(300 * 15 + 5 * HOUR_S, rel=0.03)
    assert unaccounted(timeline) == 0


def test_quarantine_takes_time() -> None:
    """About 0.1 seconds for the object, when each record has an invocation of its own."""
    one_by_one = pipeline(1, batch_size=1, maximum_batching_window_in_seconds=0, memory_size=1769)
    steady, timeline = hour(one_by_one), hour(one_by_one, "poison")
    assert timeline.max_lag_s == pytest.approx(steady.max_lag_s + 0.1, abs=0.02)


def test_lanes_that_stand_for_others_have_the_load_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred shards with ten lanes each: 50 records come to a lane in 50 seconds."""
    monkeypatch.setattr(simulated_pipeline, "MOST_LANES", 4)
    busy = pipeline(1000, shards=100, write_capacity=3000, batch_size=50, parallelization_factor=10)
    timeline = simulate(busy, "steady", 1)
    assert 47 < timeline.max_lag_s < 53
    assert timeline.deleted == pytest.approx(1000 * HOUR_S, rel=0.01)


def test_a_table_with_little_spare_capacity_has_not_recovered_at_the_end() -> None:
    """One delete a second is spare, for 2,700 that wait."""
    timeline = hour(pipeline(5, write_capacity=11), "throttled")
    assert timeline.disturbance is not None
    assert timeline.recovered_after_s is None


def test_without_write_units_retries_are_exhausted_and_records_go_to_the_failure_bucket() -> None:
    """An invocation tries for 50 seconds; 11 of them and the waits between them take a batch about 16 minutes."""
    timeline = hour(pipeline(5, write_capacity=5))
    assert timeline.deleted == 300 * 5
    assert timeline.retries_exhausted == 3 * 100
    assert timeline.recovered_after_s is None


def test_records_that_wait_too_long_expire_and_go_to_the_failure_bucket() -> None:
    """With a tenth of the units the lag grows by nine tenths of the time, up to 20 hours."""
    # The more come together, the less there is to simulate.
    slow = pipeline(10, write_capacity=11, batch_size=10_000, maximum_batching_window_in_seconds=300)
    timeline = simulate(slow, "steady", 24)
    assert timeline.max_lag_s == pytest.approx(20 * HOUR_S, rel=0.01)
    gone = timeline.inserted - 10 * 20 * HOUR_S
    assert timeline.deleted == pytest.approx(24 * HOUR_S + 300 * 11, rel=0.02)
    assert timeline.retries_exhausted == pytest.approx(gone - timeline.deleted, rel=0.05)
    assert unaccounted(timeline) == 0


def test_an_invocation_that_runs_out_of_time_continues_in_the_next() -> None:
    """Deleting 6,000 records takes a slice of a CPU longer than the five seconds that there are."""
    big = {"write_capacity": 1000, "batch_size": 10_000, "timeout": 15}
    slow = hour(pipeline(100, memory_size=128, **big))
    fast = hour(pipeline(100, memory_size=1769, **big))
    assert slow.invocations > 1.2 * fast.invocations
    assert slow.max_lag_s > fast.max_lag_s
    assert slow.retries_exhausted == 0
    assert unaccounted(slow) == 0


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("shards", [1, 7, 200])
def test_no_record_is_lost(scenario: ScenarioName, shards: int) -> None:
    """In every scenario, each is deleted, quarantined, discarded or waiting."""
    timeline = simulate(pipeline(4, 10, shards, write_capacity=9, parallelization_factor=2), scenario, 1)
    assert unaccounted(timeline) <= 2
    assert timeline.inserted > 0


@pytest.mark.parametrize("scenario", ["throttled", "poison"])
def test_a_few_shards_stand_for_all(scenario: ScenarioName, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lanes have the same result as six."""
    many = pipeline(4000, 6000, 40, write_capacity=11_000, batch_size=5000)
    monkeypatch.setattr(simulated_pipeline, "MOST_LANES", 6)
    six = simulate(many, scenario, 1)
    monkeypatch.setattr(simulated_pipeline, "MOST_LANES", 2)
    two = simulate(many, scenario, 1)
    assert two.inserted == pytest.approx(six.inserted, rel=0.001)
    assert two.deleted == pytest.approx(six.deleted, rel=0.01)
    assert two.quarantined == pytest.approx(six.quarantined, rel=0.03)
    assert two.invocations == pytest.approx(six.invocations, rel=0.05)
    assert two.max_lag_s == pytest.approx(six.max_lag_s, rel=0.05)


def test_invocations_that_are_simulated_as_one_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each record has an invocation of its own, 5 a second."""
    busy = pipeline(5, write_capacity=15, batch_size=1, maximum_batching_window_in_seconds=0)
    each = simulate(busy, "throttled", 1)
    monkeypatch.setattr(simulated_pipeline, "MOST_EVENTS", 2_500)
    together = simulate(busy, "throttled", 1)
    assert together.invocations == pytest.approx(each.invocations, rel=0.01)
    assert together.deleted == pytest.approx(each.deleted, rel=0.001)
    assert together.max_lag_s == pytest.approx(each.max_lag_s, rel=0.02)
    assert together.recovered_after_s == pytest.approx(each.recovered_after_s, rel=0.05)


def test_a_simulation_is_deterministic() -> None:
    """Two runs have the same timeline."""
    assert simulate(pipeline(7, shards=3), "throttled", 1) == simulate(pipeline(7, shards=3), "throttled", 1)


def test_a_million_inserts_a_second_are_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of shards with ten lanes each, and an invocation for each record; soak_plan_simulate.py has a day."""
    monkeypatch.setattr(simulated_pipeline, "MOST_EVENTS", 2_000)
    large = pipeline(
        1_000_000,
        shards=5000,
        billing_mode="PAY_PER_REQUEST",
        batch_size=1,
        maximum_batching_window_in_seconds=0,
        parallelization_factor=10,
    )
    timeline = simulate(large, "steady", 1)
    assert timeline.inserted == pytest.approx(1_000_000 * HOUR_S, rel=0.001)
    assert timeline.deleted == pytest.approx(timeline.inserted, rel=0.001)
    assert timeline.invocations == pytest.approx(timeline.inserted, rel=0.001)
    assert timeline.max_lag_s < 1
