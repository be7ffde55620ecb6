"""Shards, batches and limits are worked out from the settings, and compared with figures worked out by hand."""

import json
from dataclasses import replace
from typing import Any

import pytest
from scavenger_ops.plan.capacity import find_capacity
from scavenger_ops.plan.load import EventName, PlannedLoad, PlannedPipeline, StreamViewType
from support.events import ARTICLE_EVENT
from support.planning import COST, FIGURES, SETTINGS, plan_capacity, plan_lag


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
    """A table on demand begins with four shards; an item of more than 1 KB takes two units."""
    assert plan_capacity(1.0, peak, **changes).shards == shards
    assert plan_capacity(1.0, peak, **changes, parallelization_factor=3).lanes == 3 * shards


def test_a_record_in_the_event_is_as_large_as_the_articles() -> None:
    """Its key has 62 bytes and its item 113, as DynamoDB counts; the ARN of the stream is as long as ours."""
    (record,) = ARTICLE_EVENT["Records"]
    stream = "table/staging-scavenger-messages/stream/2026-01-01T00:00:00.000"
    whole = {**record, "eventSourceARN": f"arn:aws:dynamodb:us-east-1:123456789012:{stream}"}
    without_image = {**whole, "dynamodb": {k: v for k, v in record["dynamodb"].items() if k != "NewImage"}}
    events: dict[StreamViewType, object] = {"NEW_AND_OLD_IMAGES": whole, "NEW_IMAGE": whole, "KEYS_ONLY": without_image}
    for view, event in events.items():
        pipeline = PlannedPipeline(PlannedLoad(1, 1, 113, 62), replace(SETTINGS, stream_view_type=view))
        assert find_capacity(pipeline, FIGURES).record_bytes == pytest.approx(
            len(json.dumps(event, separators=(",", ":"))), rel=0.05
        )


def test_an_insert_has_no_old_image() -> None:
    """A stream of only old images has its key and nothing else."""
    assert (
        plan_capacity(stream_view_type="OLD_IMAGE").record_bytes
        == plan_capacity(stream_view_type="KEYS_ONLY").record_bytes
    )


def test_an_update_has_an_old_image_too() -> None:
    """Each image counts if the stream has it."""
    sizes = {
        view: plan_capacity(stream_view_type=view, event_names=(EventName.MODIFY,)).record_bytes
        for view in ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
    }
    image_bytes = sizes["NEW_IMAGE"] - sizes["KEYS_ONLY"]
    assert image_bytes > 1000
    assert sizes["OLD_IMAGE"] == sizes["NEW_IMAGE"]
    assert sizes["NEW_AND_OLD_IMAGES"] == sizes["NEW_IMAGE"] + image_bytes


def test_a_message_that_is_updated_is_two_writes() -> None:
    """So the stream has twice as many shards; where inserts and updates count, it is an upper bound."""
    assert plan_capacity(1.0, 4000.0, event_names=(EventName.MODIFY,)).shards == 8


def test_with_match_attributes_each_row_is_a_request() -> None:
    """A full batch is 100 requests, 8 at a time, and takes ten times as much of the CPU here: 10 + 10 + 100 ms."""
    capacity = plan_capacity(match_attributes=True, max_requests_in_flight=8)
    assert capacity.function.requests(100) == 100
    assert capacity.full_batch_s == pytest.approx(0.01 + max(100 * 0.01 / 8, 0.01 + 100 * 0.001))
    slow = plan_capacity(match_attributes=True, max_requests_in_flight=1)
    assert slow.full_batch_s == pytest.approx(0.01 + 100 * 0.01 + 100 * 0.001)


def test_a_payload_of_6_mb_ends_a_batch() -> None:
    """An item of 40,000 bytes has about 60,000 in JSON."""
    result = plan_capacity(stream_view_type="NEW_IMAGE", item_bytes=40_000, batch_size=1000)
    assert result.full_batch == 6 * 1024 * 1024 // result.record_bytes == 103


def test_less_memory_is_less_cpu() -> None:
    """A tenth of the CPU: 100 ms for the invocation, 10 for a request and 100 for 100 records."""
    lag = plan_lag(memory_size=177)
    assert lag.steady.invocation_s == pytest.approx(0.21, rel=1e-3)
    assert lag.capacity.lane_deletes_a_second == pytest.approx(4 * 100 / 0.21, rel=1e-3)
    assert lag.capacity.cpu_share_of_a_full_batch == pytest.approx(0.2 / 0.21, rel=1e-3)


def test_the_efficiency_of_a_cpu_share_is_interpolated_between_the_measured_ones() -> None:
    """It is a half at a tenth of a CPU, three quarters at half a CPU, and one at a whole CPU."""
    cost = replace(COST, efficiency_by_memory=((177, 0.5), (885, 0.75)))
    shares = {memory_size: cost.cpu_share(memory_size) for memory_size in (128, 177, 531, 885, 1769, 3000)}
    assert shares == pytest.approx(
        {128: 0.5 * 128 / 1769, 177: 0.05, 531: 0.625 * 0.3, 885: 0.375, 1769: 1, 3000: 1}, rel=1e-2
    )
