"""What a load takes is worked out from the settings, with the figures worked out here by hand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import hcl2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scavenger.batch_delete import START_RESERVE_S
from scavenger_ops.mapping_model.settings import POLL_INTERVAL_S
from scavenger_ops.plan.design import DEFAULT_QUOTAS, RAISED_QUOTAS, Design, Quotas
from scavenger_ops.plan.estimate import MAXIMUM_RECORD_AGE_S, Estimate, design_of, estimate
from scavenger_ops.plan.fitness import Quota
from scavenger_ops.plan.flow import INVOCATIONS_WITHOUT_PROGRESS
from scavenger_ops.plan.function_cost import FunctionCost, Measured
from scavenger_ops.plan.pipeline import Load, Pipeline, Settings, StreamViewType
from scavenger_ops.plan.stream import record_bytes
from scavenger_ops.plan.verdict import notes, verdict, what_binds
from scavenger_ops.toolchain import ROOT
from support.events import ARTICLE_EVENT

# On a whole CPU, an invocation for 100 records takes 10 ms + 10 ms for a request + 10 ms for the records: 30 ms.
COST = FunctionCost(invocation_cpu_s=0.01, record_cpu_s=0.0001, deletes_a_request=25, requests_in_flight=None)
FIGURES = Measured(
    measured_on="2026-01-01",
    machine="a machine",
    this_function=COST,
    article=COST,
    sequel=COST,
    start_cpu_s=0.5,
    request_s=0.01,
)
SETTINGS = Settings(
    stream_view_type="KEYS_ONLY",
    billing_mode="PAY_PER_REQUEST",
    write_capacity=5,
    batch_size=100,
    maximum_batching_window_in_seconds=60,
    parallelization_factor=1,
    memory_size=1769,
    max_requests_in_flight=8,
    timeout=60,
)


def design(
    inserts: float = 400.0, peak: float | None = None, quotas: Quotas = DEFAULT_QUOTAS, **changes: Any
) -> Design:
    """Make a design for a load of small items, by one deviation from the settings."""
    load = Load(inserts, peak or inserts, changes.pop("item_bytes", 1000), 60)
    return replace(design_of(Pipeline(load, replace(SETTINGS, **changes)), FIGURES), quotas=quotas)


def plan(inserts: float = 400.0, peak: float | None = None, **changes: Any) -> Estimate:
    """Estimate such a design."""
    return estimate(design(inserts, peak, **changes))


@pytest.mark.parametrize(
    ("peak", "changes", "shards"),
    [
        (1.0, {}, 4),
        (4000.0, {}, 4),
        (4001.0, {}, 5),
        (3000.0, {"item_bytes": 1025}, 6),
        (1000.0, {"billing_mode": "PROVISIONED"}, 1),
        (1001.0, {"billing_mode": "PROVISIONED"}, 2),
        (1_000_000.0, {}, 1000),
    ],
)
def test_a_shard_is_for_1000_write_units_a_second(peak: float, changes: dict[str, Any], shards: int) -> None:
    """And a table on demand begins with four; an item of more than 1 KB takes two units."""
    assert plan(1.0, peak, **changes).shards == shards
    assert plan(1.0, peak, **changes, parallelization_factor=3).lanes == 3 * shards


def test_a_record_in_the_event_is_as_large_as_the_articles() -> None:
    """Whose key has 62 bytes and whose item 113, as DynamoDB counts; with the ARN of a stream as long as ours."""
    (record,) = ARTICLE_EVENT["Records"]
    stream = "table/staging-scavenger-messages/stream/2026-01-01T00:00:00.000"
    whole = {**record, "eventSourceARN": f"arn:aws:dynamodb:us-east-1:123456789012:{stream}"}
    without_image = {**whole, "dynamodb": {k: v for k, v in record["dynamodb"].items() if k != "NewImage"}}
    events: dict[StreamViewType, object] = {"NEW_AND_OLD_IMAGES": whole, "NEW_IMAGE": whole, "KEYS_ONLY": without_image}
    for view, event in events.items():
        pipeline = Pipeline(Load(1, 1, 113, 62), replace(SETTINGS, stream_view_type=view))
        assert record_bytes(pipeline) == pytest.approx(len(json.dumps(event, separators=(",", ":"))), rel=0.05)


def test_an_insert_has_no_old_image() -> None:
    """So a stream of old images alone has its key and no more."""
    assert plan(stream_view_type="OLD_IMAGE").record_bytes == plan(stream_view_type="KEYS_ONLY").record_bytes


def test_a_payload_of_6_mb_ends_a_batch() -> None:
    """An item of 40,000 bytes is one of some 60,000 in JSON."""
    result = plan(stream_view_type="NEW_IMAGE", item_bytes=40_000, batch_size=1000)
    assert result.full_batch == 6 * 1024 * 1024 // result.record_bytes == 103


def test_full_batches_make_the_fewest_invocations() -> None:
    """400 inserts in 4 lanes: 100 in a second each, and as many in a batch."""
    steady = plan(400.0).steady
    assert (steady.records_an_invocation, steady.invocations_a_second, steady.requests_a_second) == (100, 4, 16)
    assert steady.invocation_s == pytest.approx(0.03)
    assert steady.concurrent_invocations == pytest.approx(0.12)
    # Polled for, joined by 99 others in a second, and then deleted.
    assert steady.lag_s == pytest.approx(POLL_INTERVAL_S + 0.99 + 0.03)


def test_a_batch_of_one_waits_for_nobody() -> None:
    """However long the window is."""
    assert plan(1.0, batch_size=1).steady.lag_s == pytest.approx(POLL_INTERVAL_S + 0.0201)


def test_a_slow_table_waits_for_the_window() -> None:
    """One insert a second: 15 in a lane's minute, and next to none while they are deleted."""
    steady = plan(1.0).steady
    assert steady.records_an_invocation == pytest.approx(0.25 * (60 + 0.0216), rel=1e-3)
    assert steady.invocations_a_second == pytest.approx(4 / 60, rel=1e-3)
    assert steady.lag_s == pytest.approx(POLL_INTERVAL_S + 60 + 2 * 0.0216, rel=1e-3)


def test_a_record_that_comes_alone_is_a_batch() -> None:
    """And waits for the window all the same."""
    steady = plan(0.004, maximum_batching_window_in_seconds=10).steady
    assert (steady.records_an_invocation, steady.invocations_a_second) == (1, 0.004)
    assert steady.lag_s == pytest.approx(POLL_INTERVAL_S + 10 + 2 * (0.01 + 0.01 + 0.0001))


def test_without_a_window_a_batch_is_what_a_poll_brings() -> None:
    """Four polls a second, as long as an invocation ends before the next one; else every second, third, ..."""
    steady = plan(40.0, maximum_batching_window_in_seconds=0).steady
    assert steady.records_an_invocation == 10 * POLL_INTERVAL_S
    assert steady.lag_s == pytest.approx(POLL_INTERVAL_S + 0.0203)
    # With a tenth of a CPU, the 600 of 0.75 s take 0.71; the 400 of 0.5 s would take longer than those.
    slow = plan(3200.0, maximum_batching_window_in_seconds=0, batch_size=10_000, memory_size=177).steady
    assert slow.records_an_invocation == 600
    assert slow.lag_s == pytest.approx(0.75 + 0.71, rel=1e-2)


def test_less_memory_is_less_cpu() -> None:
    """A tenth of the CPU: 100 ms for the invocation, 10 for a request and 100 for 100 records."""
    result = plan(memory_size=177)
    assert result.steady.invocation_s == pytest.approx(0.21, rel=1e-3)
    assert result.limits[0].deletes_a_second == pytest.approx(4 * 100 / 0.21, rel=1e-3)
    assert result.cpu_share_of_an_invocation == pytest.approx(0.2 / 0.21, rel=1e-3)


def test_a_share_of_a_cpu_is_worth_what_was_measured_and_between_that_what_lies_between() -> None:
    """Half of it at a tenth, three quarters at half of a CPU, all of a whole one."""
    cost = replace(COST, efficiency_by_memory=((177, 0.5), (885, 0.75)))
    shares = {memory_size: cost.cpu_share(memory_size) for memory_size in (128, 177, 531, 885, 1769, 3000)}
    assert shares == pytest.approx(
        {128: 0.5 * 128 / 1769, 177: 0.05, 531: 0.625 * 0.3, 885: 0.375, 1769: 1, 3000: 1}, rel=1e-2
    )


@pytest.mark.parametrize(
    ("changes", "name", "deletes_a_second"),
    [
        ({"batch_size": 1}, "batch_size", 4 / 0.0201),
        ({"batch_size": 10_000, "memory_size": 177}, "memory_size", 4 * 10_000 / 10.11),
        # 400 requests, one after the other.
        ({"batch_size": 10_000, "max_requests_in_flight": 1}, "max_requests_in_flight", 4 * 10_000 / 5.01),
        ({"batch_size": 10_000}, "parallelization_factor", 4 * 10_000 / 1.02),
        ({"billing_mode": "PROVISIONED", "write_capacity": 1000}, "write_capacity", 1000 - 400),
        ({"item_bytes": 2000, "billing_mode": "PROVISIONED", "write_capacity": 1000}, "write_capacity", 100),
        ({"billing_mode": "PROVISIONED"}, "write_capacity", 0),
        ({"quotas": Quotas(1000, 1000)}, "the quota of write units", 600),
        ({"quotas": Quotas(40_000, 1)}, "the quota of concurrency", 100 / 0.03),
    ],
)
def test_the_tightest_limit_is_named_with_its_figure(
    changes: dict[str, Any], name: str, deletes_a_second: float
) -> None:
    """The API's puts take their write units first."""
    limit = plan(**changes).limits[0]
    assert limit.name == name
    assert limit.deletes_a_second == pytest.approx(deletes_a_second, rel=1e-2)


def test_a_raised_quota_limits_nothing() -> None:
    """Only what one can set is left."""
    assert [limit.name for limit in plan(quotas=RAISED_QUOTAS).limits] == ["batch_size"]


def test_a_lag_grows_by_what_is_not_deleted() -> None:
    """150 write units, of which the puts take 100: half of the deletes are done, and a second waits half a second."""
    result = plan(100.0, billing_mode="PROVISIONED", write_capacity=150)
    steady = result.steady
    assert (steady.lag_s, steady.lag_growth_s_a_second) == (None, 0.5)
    assert (result.worst_lag_s, result.peak_may_last_s) == (None, None)
    # 100 records in 2 s, without a pause.
    assert (steady.invocation_s, steady.concurrent_invocations, steady.deletes_a_second) == (2.0, 1, 50.0)
    assert steady.records_an_invocation == pytest.approx(100)


def test_an_invocation_that_waits_for_write_units_ends_with_its_time() -> None:
    """60 s, of which the last ten are for what comes after."""
    steady = plan(100.0, billing_mode="PROVISIONED", write_capacity=101).steady
    assert (steady.invocation_s, steady.records_an_invocation) == (50.0, 50.0)
    assert plan(100.0, billing_mode="PROVISIONED", write_capacity=100).steady.invocation_s == 50.0


def test_no_more_invocations_are_busy_than_the_quota_allows() -> None:
    """One for all four lanes, with 100 records in 30 ms, is too few for 4,000."""
    steady = plan(4000.0, quotas=Quotas(40_000, 1)).steady
    assert (steady.keeps_up, steady.concurrent_invocations) == (False, 1)
    assert steady.deletes_a_second == pytest.approx(100 / 0.03)


def test_a_peak_that_is_too_much_may_last_until_its_records_are_too_old() -> None:
    """At peak 100 of 200 are deleted: after 40 h, those of the 20th hour are, and what came since is done faster."""
    result = plan(50.0, 200.0, billing_mode="PROVISIONED", write_capacity=300)
    assert result.steady.keeps_up
    assert not result.peak.keeps_up
    assert result.peak_may_last_s == 2 * 72_000
    assert "a peak of up to 40 h is worked off" in verdict(result, ())


def test_what_a_peak_leaves_behind_may_take_longer_than_it_lasted() -> None:
    """At peak 30 of 270 are deleted, and 250 a second after it: 240 for each second have to be done in 20 h."""
    result = plan(50.0, 270.0, billing_mode="PROVISIONED", write_capacity=300)
    assert result.peak_may_last_s == 72_000 * 250 / 240


def test_a_batch_that_makes_progress_is_bounded_by_its_records_age_alone() -> None:
    """One delete a second is 50 an invocation: 200 invocations for 10,000 records, and a retry is not used up."""
    lagging = plan(100.0, billing_mode="PROVISIONED", write_capacity=101, batch_size=10_000)
    assert lagging.steady.given_up_after_s is None
    assert verdict(lagging, ()).endswith("; records go to the failure bucket when they are 20 h old.")


def test_invocations_that_delete_nothing_are_said_to_use_up_the_retries() -> None:
    """Without a unit for deletes, or with fewer than one for each lane's invocation."""
    none = plan(100.0, billing_mode="PROVISIONED", write_capacity=100)
    assert none.steady.given_up_after_s == 11 * 50
    left = "what is left of a batch after 11 invocations that delete nothing, some 9 min, goes to the failure bucket"
    assert verdict(none, ()).endswith(f"; {left}.")
    # One delete a second, for ten lanes with five seconds each, and with ten.
    few: dict[str, Any] = {"billing_mode": "PROVISIONED", "write_capacity": 101, "parallelization_factor": 10}
    assert plan(100.0, **few, timeout=15).steady.given_up_after_s == 11 * 5
    assert plan(100.0, **few, timeout=20).steady.given_up_after_s is None
    peak = plan(50.0, 100.0, billing_mode="PROVISIONED", write_capacity=100)
    assert verdict(peak, ()).startswith("It does not keep up with the peak")
    assert left in verdict(peak, ())


def test_the_constants_are_those_of_the_function_and_of_terraform() -> None:
    """What they are copies of."""
    assert design(timeout=60).time_to_work_s == 60 - START_RESERVE_S
    with (ROOT / "variables.tf").open() as file:
        defaults = {
            name.strip('"'): body["default"] for block in hcl2.load(file)["variable"] for name, body in block.items()
        }
    assert defaults["maximum_record_age_in_seconds"] == MAXIMUM_RECORD_AGE_S
    assert defaults["maximum_retry_attempts"] + 1 == INVOCATIONS_WITHOUT_PROGRESS


def sentences(made: Design) -> Iterator[str]:
    """Say what binds in a design."""
    yield from what_binds(made, estimate(made), ())
    yield from notes(made, FIGURES)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (design(), "batch_size binds first, at 13,333 deletes a second: 4 lanes (shards x parallelization_factor 1)"),
        (design(), "batch_size (100) ends a batch, before its window does"),
        (design(1.0), "maximum_batching_window_in_seconds (60) ends a batch, at 15 of 100 records"),
        (
            design(100.0, stream_view_type="NEW_IMAGE", item_bytes=400_000, quotas=RAISED_QUOTAS),
            "The payload of 6 MB ends a batch, with 10 records of 600,5",
        ),
        (
            design(billing_mode="PROVISIONED"),
            "the staging table has 5 write units a second, of which the API's puts need 400",
        ),
        (design(billing_mode="PROVISIONED"), "While it lags behind, each batch is full: 100 records."),
        (design(batch_size=1), "CPU takes 50% of a full batch's 20 ms; more than 1,769 MB does not make it faster"),
        (design(memory_size=512), "with more than 512 MB it is faster, for no more money"),
        (
            design(batch_size=10_000, max_requests_in_flight=1),
            "CPU takes 20% of a full batch's 5 s; more memory would only",
        ),
        (design(2001.0), "takes 4,000 write units a second at once, and puts and deletes need 4,002 at peak"),
        (design(memory_size=177), "A cold start takes up to 5 s more"),
        (
            design(stream_view_type="NEW_IMAGE"),
            "with stream_view_type KEYS_ONLY, a record has 522 bytes instead of 2,034",
        ),
    ],
)
def test_what_binds_is_said_in_a_sentence_with_its_figure(made: Design, words: str) -> None:
    """Beside the settings that one can change."""
    assert any(words in sentence for sentence in sentences(made)), list(sentences(made))


@pytest.mark.parametrize(
    ("result", "quotas", "words"),
    [
        (plan(), (), "It keeps up: 13,333 deletes a second are possible, 33 times the peak."),
        (plan(), (Quota("write units", 1, 2),), "It keeps up if AWS raises its quotas: 13,333"),
        (
            plan(100.0, billing_mode="PROVISIONED", write_capacity=150),
            (),
            "It does not keep up: 50 deletes a second are possible, 100 are asked for, and the lag grows by 30 s a",
        ),
    ],
)
def test_the_verdict_says_whether_it_keeps_up(result: Estimate, quotas: tuple[Quota, ...], words: str) -> None:
    """And if not, how fast the lag grows, and to what end."""
    assert verdict(result, quotas).startswith(words)


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
    result = plan(
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
    for flow in (result.steady, result.peak):
        assert flow.invocations_a_second * flow.records_an_invocation == pytest.approx(flow.deletes_a_second)
        assert flow.records_an_invocation <= result.full_batch * (1 + 1e-9)
        assert flow.concurrent_invocations <= result.lanes * (1 + 1e-9)
        assert flow.deletes_a_second <= min(flow.inserts_a_second, flow.most_deletes_a_second)
        assert flow.keeps_up == (flow.most_deletes_a_second >= flow.inserts_a_second)
        assert 0 <= flow.lag_growth_s_a_second <= 1
        if flow.lag_s is not None:
            longest_s = POLL_INTERVAL_S + max(POLL_INTERVAL_S, window_s) + 2 * flow.invocation_s
            assert flow.invocation_s < flow.lag_s <= longest_s * (1 + 1e-9)
