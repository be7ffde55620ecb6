"""Better settings are found where there are any, with the rationale of each change."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scavenger_ops.plan.advice import LAG_S, Advice, changes, find_advice, find_rationale, is_prompt
from scavenger_ops.plan.cost import MonthlyCost, find_cost
from scavenger_ops.plan.feasibility import HEADROOM, Quota, is_feasible, needed_write_capacity, quotas_to_raise
from scavenger_ops.plan.function_cost import FunctionCost, Measured
from scavenger_ops.plan.lag import find_lag
from scavenger_ops.plan.load import PipelineSettings
from support.planning import plan_capacity

# On a whole CPU, 30 ms for 100 records. With a full payload, 80 MB are used at most, so that 120 have to be there.
COST = FunctionCost(
    invocation_cpu_s=0.01,
    record_cpu_s=0.0001,
    deletes_a_request=25,
    requests_in_flight=None,
    idle_memory_mb=50.0,
    memory_mb_a_payload_mb=5.0,
)
FIGURES = Measured("2026-01-01", "a machine", COST, COST, COST, COST, start_cpu_s=0.5, request_s=0.01)
SETTINGS = PipelineSettings(stream_view_type="KEYS_ONLY", billing_mode="PAY_PER_REQUEST", batch_size=1000)


def ask(inserts: float, peak: float | None = None, figures: Measured = FIGURES, **deviations: Any) -> Advice:
    """Ask for advice on a load of items of 1,000 bytes, by one deviation from the settings."""
    capacity = plan_capacity(inserts, peak, settings=SETTINGS, figures=figures, **deviations)
    return find_advice(find_cost(find_lag(capacity)))


def better(advice: Advice) -> MonthlyCost:
    """Return the better settings, which there must be."""
    assert advice.better is not None
    return advice.better


def rationales(advice: Advice) -> dict[str, str]:
    """Return the rationale of each change."""
    return {name: find_rationale(advice, better(advice), name) for name in advice.changes}


def test_settings_that_fit_are_left_alone() -> None:
    """A busy table: large batches, only keys in the stream, and on demand, since its peak is four times the average."""
    advice = ask(1000.0, 4000.0)
    assert advice.changes == ()
    assert better(advice).settings == advice.asked.settings


def test_a_table_without_the_write_units_gets_them() -> None:
    """200 for the puts and 200 for the deletes, and a quarter more."""
    advice = ask(200.0, billing_mode="PROVISIONED", batch_size=2500)
    assert better(advice).settings.write_capacity == 500
    assert rationales(advice) == {"write_capacity": "keeps up with the peak: 300 deletes a second are possible, not 0"}


def test_a_table_with_a_high_peak_goes_on_demand() -> None:
    """2,500 units all the time would cost more than 200 deletes."""
    advice = ask(200.0, 1000.0, billing_mode="PROVISIONED")
    assert advice.changes == ("billing_mode",)
    assert better(advice).settings.billing_mode == "PAY_PER_REQUEST"


@pytest.mark.parametrize(("peak", "is_provisioned"), [(1000.0, True), (1900.0, True), (2000.0, False)])
def test_a_table_is_provisioned_if_its_load_is_steady(peak: float, *, is_provisioned: bool) -> None:
    """1.25 units of $0.00065 an hour for each at peak, or $0.00225 of requests: at 0.7 of it, a peak of 1.94."""
    advice = ask(1000.0, peak)
    assert (better(advice).settings.billing_mode == "PROVISIONED") is is_provisioned
    if is_provisioned:
        assert better(advice).settings.write_capacity == 2.5 * peak
        assert rationales(advice)["billing_mode"].endswith("a month less")


def test_small_batches_are_enlarged() -> None:
    """10 records a batch are 100 invocations a second, each with a log and some with a trace."""
    advice = ask(1000.0, 4000.0, batch_size=10)
    assert advice.changes == ("batch_size",)
    assert better(advice).settings.batch_size >= 500
    assert rationales(advice)["batch_size"].startswith("keeps up with the peak")


def test_lanes_that_just_keep_up_get_room_to_spare() -> None:
    """1,000 records in 920 ms are hardly more than the 1,000 a second that a shard has; twice the lanes are enough."""
    slow = replace(FIGURES, this_function=replace(COST, record_cpu_s=0.0009))
    advice = ask(4000.0, figures=slow, memory_size=1769, billing_mode="PROVISIONED", write_capacity=10_000)
    assert advice.asked.lag.steady.keeps_up
    assert advice.changes == ("parallelization_factor",)
    assert better(advice).settings.parallelization_factor == 2
    assert rationales(advice) == {
        "parallelization_factor": "has a fifth to spare: 6,000 deletes a second are possible, not 4,348"
    }


def test_memory_that_is_too_small_for_a_full_batch_is_raised_to_the_least_that_fits() -> None:
    """1,000 records of 522 bytes are half a MB, and half as much memory again has to be there."""
    advice = ask(1000.0, 4000.0, replace(FIGURES, this_function=replace(COST, idle_memory_mb=197.5)))
    assert better(advice).settings.memory_size == 512
    assert rationales(advice) == {"memory_size": "room for a full batch, which takes 300 MB with some to spare"}


def test_little_memory_is_enough_for_small_batches() -> None:
    """A record takes almost no memory, and 128 MB are more than one and a half times the 50 MB without records."""
    assert "memory_size" not in ask(0.1, batch_size=1, memory_size=128).changes
    without_room = replace(FIGURES, this_function=replace(COST, idle_memory_mb=90.0))
    assert "memory_size" in ask(0.1, figures=without_room, batch_size=1, memory_size=128).changes


def test_the_write_capacity_of_a_table_on_demand_is_not_called_too_low() -> None:
    """On demand, write_capacity has no effect."""
    assert rationales(ask(1000.0))["write_capacity"] == "what puts and deletes need at peak, with a fifth to spare"


def test_memory_that_makes_nothing_faster_is_reduced() -> None:
    """Ten times the memory does not shorten the wait for requests."""
    advice = ask(3000.0, 3900.0, replace(FIGURES, request_s=0.1), memory_size=10_240, max_requests_in_flight=4)
    assert better(advice).settings.memory_size < 10_240
    assert rationales(advice)["memory_size"].endswith("a month less")


def test_a_batch_that_outlasts_the_timeout_is_made_smaller() -> None:
    """15 s leave five to work in, and 10,000 records take seven at a seventh of a CPU."""
    advice = ask(1000.0, 4000.0, batch_size=10_000, timeout=15)
    assert better(advice).settings.batch_size < 10_000 or better(advice).settings.memory_size > 256
    assert "a full batch is done in time" in rationales(advice).values()


def test_a_batch_need_not_be_done_within_its_retries() -> None:
    """4 units a second for 50 s are 200 deletes an invocation; 50 such invocations use up no retry."""
    assert ask(1.0, billing_mode="PROVISIONED", write_capacity=5, batch_size=10_000).changes == ()


def test_a_batch_is_done_well_before_its_records_are_too_old() -> None:
    """A tenth of the 0.99 units that are left goes to each lane: 3,564 deletes in half of 20 hours."""
    few: dict[str, Any] = {"billing_mode": "PROVISIONED", "write_capacity": 1, "parallelization_factor": 10}
    assert ask(0.01, **few, batch_size=3564).changes == ()
    advice = ask(0.01, **few, batch_size=3565)
    assert set(rationales(advice).values()) == {"a full batch is done in time"}


def test_each_invocation_of_a_throttled_batch_deletes_something() -> None:
    """Otherwise it uses up a retry: 0.99 deletes a second, for ten lanes and five seconds, are half a delete each."""
    few: dict[str, Any] = {"billing_mode": "PROVISIONED", "write_capacity": 1, "parallelization_factor": 10}
    assert ask(0.01, **few, timeout=60).changes == ()
    assert ask(0.01, **few, timeout=15).changes != ()


def test_a_lag_that_was_asked_for_may_stay() -> None:
    """A window of five minutes is kept; without one, the lag is at most about a minute."""
    assert ask(1.0, maximum_batching_window_in_seconds=300).longest_lag_s > 300
    assert ask(1.0, maximum_batching_window_in_seconds=5).longest_lag_s == LAG_S


def test_a_function_that_is_too_slow_has_no_better_settings() -> None:
    """It takes a tenth of a second of CPU for each record."""
    advice = ask(1000.0, figures=replace(FIGURES, this_function=replace(COST, record_cpu_s=0.1)))
    assert advice.better is None
    assert advice.changes == ()


def test_write_capacity_is_no_change_on_demand() -> None:
    """write_capacity has no effect there."""
    assert changes(SETTINGS, replace(SETTINGS, write_capacity=9)) == ()
    assert changes(replace(SETTINGS, billing_mode="PROVISIONED"), replace(SETTINGS, write_capacity=9)) == (
        "billing_mode",
    )


def test_quotas_that_are_too_low_are_named() -> None:
    """Two write units for each insert, and a quarter more."""
    advice = ask(20_000.0)
    assert quotas_to_raise(advice.asked.lag) == (Quota("write units a second for a table", 40_000, 50_000),)
    assert quotas_to_raise(ask(10_000.0).asked.lag) == ()
    slow = replace(FIGURES, request_s=10.0)
    (_, invocations) = quotas_to_raise(ask(100_000.0, figures=slow, parallelization_factor=10).asked.lag)
    assert (invocations.what, invocations.default) == ("invocations at the same time", 1000)


def fits(cost: MonthlyCost, advice: Advice) -> bool:
    """Return whether settings keep within all bounds."""
    return is_feasible(cost.lag.capacity) and is_prompt(cost, advice.longest_lag_s)


LOADS = {
    "inserts": st.floats(0.01, 50_000),
    "ratio": st.floats(1, 20),
    "item_bytes": st.integers(60, 50_000),
    "batch_size": st.integers(1, 10_000),
    "window_s": st.integers(0, 300),
    "factor": st.integers(1, 10),
    "memory_size": st.integers(128, 10_240),
    "write_capacity": st.integers(1, 100_000),
    "billing_mode": st.sampled_from(["PROVISIONED", "PAY_PER_REQUEST"]),
    "stream_view_type": st.sampled_from(["KEYS_ONLY", "NEW_AND_OLD_IMAGES"]),
}


@given(**LOADS)
# Each of them looks through a thousand settings.
@settings(max_examples=20)
def test_advice_keeps_up_and_is_never_worse(  # noqa: PLR0913 - one each
    *,
    inserts: float,
    ratio: float,
    item_bytes: int,
    batch_size: int,
    window_s: int,
    factor: int,
    memory_size: int,
    write_capacity: int,
    billing_mode: str,
    stream_view_type: str,
) -> None:
    """It fits, with room to spare. Where the settings that were asked for fit too, it costs no more."""
    advice = ask(
        inserts,
        inserts * ratio,
        item_bytes=item_bytes,
        batch_size=batch_size,
        maximum_batching_window_in_seconds=window_s,
        parallelization_factor=factor,
        memory_size=memory_size,
        write_capacity=write_capacity,
        billing_mode=billing_mode,
        stream_view_type=stream_view_type,
    )
    found = better(advice)
    assert fits(found, advice)
    assert found.lag.peak.most_deletes_a_second >= inserts * ratio
    if found.settings.billing_mode == "PROVISIONED":
        assert found.settings.write_capacity >= needed_write_capacity(found.lag.capacity)
    else:
        assert found.lag.peak.most_deletes_a_second >= HEADROOM * inserts * ratio
    if fits(advice.asked, advice):
        assert found.usd_a_month <= advice.asked.usd_a_month
    for text in rationales(advice).values():
        assert text
