"""Batches, invocations and lag are worked out from a load, and compared with figures worked out by hand."""

import hcl2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scavenger.batch_delete import START_RESERVE_S
from scavenger_ops.mapping_model.settings import POLL_INTERVAL_S
from scavenger_ops.plan.lag import INVOCATIONS_WITHOUT_PROGRESS, MAXIMUM_RECORD_AGE_S
from scavenger_ops.toolchain import ROOT
from support.planning import plan_capacity, plan_lag


def test_full_batches_make_the_fewest_invocations() -> None:
    """400 inserts in 4 lanes: 100 in a second each, and as many in a batch."""
    steady = plan_lag(400.0).steady
    assert (steady.records_an_invocation, steady.invocations_a_second, steady.requests_a_second) == (100, 4, 16)
    assert steady.invocation_s == pytest.approx(0.03)
    assert steady.concurrent_invocations == pytest.approx(0.12)
    # Polled for, joined by 99 others in a second, and then deleted.
    assert steady.lag_s == pytest.approx(POLL_INTERVAL_S + 0.99 + 0.03)


def test_a_batch_of_one_does_not_wait_for_the_window() -> None:
    """It is full with its first record."""
    assert plan_lag(1.0, batch_size=1).steady.lag_s == pytest.approx(POLL_INTERVAL_S + 0.0201)


def test_a_slow_table_waits_for_the_window() -> None:
    """One insert a second: 15 in a lane's minute, and next to none while they are deleted."""
    steady = plan_lag(1.0).steady
    assert steady.records_an_invocation == pytest.approx(0.25 * (60 + 0.0216), rel=1e-3)
    assert steady.invocations_a_second == pytest.approx(4 / 60, rel=1e-3)
    assert steady.lag_s == pytest.approx(POLL_INTERVAL_S + 60 + 2 * 0.0216, rel=1e-3)


def test_a_record_that_comes_alone_is_a_batch() -> None:
    """It waits for the window all the same."""
    steady = plan_lag(0.004, maximum_batching_window_in_seconds=10).steady
    assert (steady.records_an_invocation, steady.invocations_a_second) == (1, 0.004)
    assert steady.lag_s == pytest.approx(POLL_INTERVAL_S + 10 + 2 * (0.01 + 0.01 + 0.0001))


def test_without_a_window_a_batch_is_what_a_poll_brings() -> None:
    """Four polls a second, as long as an invocation ends before the next one. Otherwise every second, third, ..."""
    steady = plan_lag(40.0, maximum_batching_window_in_seconds=0).steady
    assert steady.records_an_invocation == 10 * POLL_INTERVAL_S
    assert steady.lag_s == pytest.approx(POLL_INTERVAL_S + 0.0203)
    # With a tenth of a CPU, the 600 of 0.75 s take 0.71; the 400 of 0.5 s would take longer than those.
    slow = plan_lag(3200.0, maximum_batching_window_in_seconds=0, batch_size=10_000, memory_size=177).steady
    assert slow.records_an_invocation == 600
    assert slow.lag_s == pytest.approx(0.75 + 0.71, rel=1e-2)


def test_a_lag_grows_by_what_is_not_deleted() -> None:
    """150 write units, of which the puts take 100: half of the deletes are done, and a second waits half a second."""
    lag = plan_lag(100.0, billing_mode="PROVISIONED", write_capacity=150)
    steady = lag.steady
    assert (steady.lag_s, steady.lag_growth_s_a_second) == (None, 0.5)
    assert (lag.worst_lag_s, lag.peak_may_last_s) == (None, None)
    # 100 records in 2 s, without a pause.
    assert (steady.invocation_s, steady.concurrent_invocations, steady.deletes_a_second) == (2.0, 1, 50.0)
    assert steady.records_an_invocation == pytest.approx(100)


def test_an_invocation_that_waits_for_write_units_ends_with_its_time() -> None:
    """60 s, of which the last ten are for what comes after."""
    steady = plan_lag(100.0, billing_mode="PROVISIONED", write_capacity=101).steady
    assert (steady.invocation_s, steady.records_an_invocation) == (50.0, 50.0)
    assert plan_lag(100.0, billing_mode="PROVISIONED", write_capacity=100).steady.invocation_s == 50.0


def test_a_peak_that_is_too_much_may_last_until_its_records_are_too_old() -> None:
    """At peak 100 of 200 are deleted: after 40 h, those of the 20th hour are, and what came since is done faster."""
    lag = plan_lag(50.0, 200.0, billing_mode="PROVISIONED", write_capacity=300)
    assert lag.steady.keeps_up
    assert not lag.peak.keeps_up
    assert lag.peak_may_last_s == 2 * 72_000


def test_what_a_peak_leaves_behind_may_take_longer_than_it_lasted() -> None:
    """At peak 30 of 270 are deleted, and 250 a second after it: 240 for each second have to be done in 20 h."""
    lag = plan_lag(50.0, 270.0, billing_mode="PROVISIONED", write_capacity=300)
    assert lag.peak_may_last_s == 72_000 * 250 / 240


def test_the_constants_are_those_of_the_function_and_of_terraform() -> None:
    """The constants repeat them."""
    assert plan_capacity(timeout=60).time_to_work_s == 60 - START_RESERVE_S
    with (ROOT / "variables.tf").open() as file:
        defaults = {
            name.strip('"'): body["default"] for block in hcl2.load(file)["variable"] for name, body in block.items()
        }
    assert defaults["maximum_record_age_in_seconds"] == MAXIMUM_RECORD_AGE_S
    assert defaults["maximum_retry_attempts"] + 1 == INVOCATIONS_WITHOUT_PROGRESS


RATES = st.floats(0.001, 1e6)


@given(
    inserts=RATES,
    ratio=st.floats(1, 100),
    batch_size=st.integers(1, 10_000),
    window_s=st.integers(0, 300),
    factor=st.integers(1, 10),
    memory_size=st.integers(128, 10_240),
    is_provisioned=st.booleans(),
    item_bytes=st.integers(60, 400 * 1024),
)
def test_records_are_neither_made_nor_lost(  # noqa: PLR0913 - one each
    *,
    inserts: float,
    ratio: float,
    batch_size: int,
    window_s: int,
    factor: int,
    memory_size: int,
    is_provisioned: bool,
    item_bytes: int,
) -> None:
    """Invocations times their records are the deletes, batches and lanes are never too full, and lags make sense."""
    lag = plan_lag(
        inserts,
        inserts * ratio,
        batch_size=batch_size,
        maximum_batching_window_in_seconds=window_s,
        parallelization_factor=factor,
        memory_size=memory_size,
        billing_mode="PROVISIONED" if is_provisioned else "PAY_PER_REQUEST",
        write_capacity=1000,
        item_bytes=item_bytes,
        stream_view_type="NEW_AND_OLD_IMAGES",
    )
    for flow in (lag.steady, lag.peak):
        assert flow.invocations_a_second * flow.records_an_invocation == pytest.approx(flow.deletes_a_second)
        assert flow.records_an_invocation <= lag.capacity.full_batch * (1 + 1e-9)
        assert flow.concurrent_invocations <= lag.capacity.lanes * (1 + 1e-9)
        assert flow.deletes_a_second <= min(flow.inserts_a_second, flow.most_deletes_a_second)
        assert flow.keeps_up == (flow.most_deletes_a_second >= flow.inserts_a_second)
        assert 0 <= flow.lag_growth_s_a_second <= 1
        if flow.lag_s is not None:
            longest_s = POLL_INTERVAL_S + max(POLL_INTERVAL_S, window_s) + 2 * flow.invocation_s
            assert flow.invocation_s < flow.lag_s <= longest_s * (1 + 1e-9)
