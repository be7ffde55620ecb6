"""When the mapping invokes the function, and with how many records."""

from typing import Any

from scavenger_ops.mapping_model.batch_buffer import MAX_PAYLOAD_BYTES

from model.mapping_scenario import MappingScenario

# 15 records with this image fit into 6 MB, 16 do not.
LARGE_IMAGE: dict[str, Any] = {"NewImage": {"text": {"S": "x" * 400_000}}}


def test_a_record_is_read_at_the_next_poll() -> None:
    """Each shard is polled four times a second. Source: with-ddb.html."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=0)
    scenario.run(until_s=0.1)
    scenario.put(1)
    scenario.run(until_s=0.5)
    scenario.put(2)
    scenario.run()
    assert scenario.began_s == [0.25, 0.5]


def test_without_a_window_a_batch_may_be_one_record() -> None:
    """The function is invoked as soon as there is a record. Source: with-ddb.html."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=0)
    scenario.put(1)
    scenario.run(until_s=1)
    scenario.put(2)
    scenario.run()
    assert scenario.batches == [[1], [2]]
    assert scenario.began_s == [0, 1]


def test_without_a_window_records_are_collected_while_the_function_runs() -> None:
    """They are delivered as soon as the invocation ends."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=0, takes_s=10)
    scenario.put(1)
    scenario.run(until_s=3)
    scenario.put(2)
    scenario.run(until_s=6)
    scenario.put(3)
    scenario.run()
    assert scenario.batches == [[1], [2, 3]]
    assert scenario.began_s == [0, 10]


def test_the_function_is_invoked_at_the_end_of_the_window() -> None:
    """The records that arrived until then are one batch. Source: invocation-eventsourcemapping.html."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=60)
    scenario.put(1)
    scenario.run(until_s=30)
    scenario.put(2)
    scenario.run()
    assert scenario.batches == [[1, 2]]
    assert scenario.began_s == [60]


def test_a_full_batch_does_not_wait_for_the_window() -> None:
    """The function is invoked at the record that fills the batch. Source: invocation-eventsourcemapping.html."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=60, batch_size=3)
    scenario.put(1, 2)
    scenario.run(until_s=10)
    scenario.put(3)
    scenario.run()
    assert scenario.batches == [[1, 2, 3]]
    assert scenario.began_s == [10]


def test_a_batch_has_at_most_batch_size_records() -> None:
    """A backlog is delivered in full batches, one after the other. The rest waits for the window."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=60, batch_size=3)
    scenario.put(*range(7))
    scenario.run()
    assert scenario.batches == [[0, 1, 2], [3, 4, 5], [6]]
    assert scenario.began_s == [0, 0, 60]


def test_a_batch_is_full_when_it_reaches_the_payload_limit() -> None:
    """An event is never larger than 6 MB. A full one does not wait for the window. Source: with-ddb.html."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=60)
    scenario.put(*range(15), **LARGE_IMAGE)
    scenario.run(until_s=10)
    assert not scenario.batches
    scenario.put(15, **LARGE_IMAGE)
    scenario.run()
    assert scenario.batches == [list(range(15)), [15]]
    assert scenario.began_s == [10, 70]


def test_a_single_record_is_delivered_however_large_it_is() -> None:
    """Otherwise it would block its shard for ever."""
    scenario = MappingScenario()
    scenario.put(1, NewImage={"text": {"S": "x" * (MAX_PAYLOAD_BYTES + 1)}})
    scenario.put(2)
    scenario.run()
    assert scenario.batches == [[1], [2]]


def test_the_next_window_starts_when_the_invocation_ends() -> None:
    """It does not start when the next record arrives. Source: invocation-eventsourcemapping.html."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=60, takes_s=7)
    scenario.put(1)
    scenario.run(until_s=65)
    scenario.put(2)
    scenario.run()
    assert scenario.began_s == [60, 67 + 60]


def test_after_a_window_without_records_the_next_one_begins() -> None:
    """The function is not invoked for an empty window: an assumption."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=60)
    scenario.put(1)
    scenario.run(until_s=150)
    assert scenario.batches == [[1]]
    scenario.put(2)
    scenario.run()
    assert scenario.began_s == [60, 180]


def test_the_mapping_is_idle_when_everything_is_delivered() -> None:
    """A simulation without a given end returns when the last invocation ends."""
    scenario = MappingScenario(takes_s=7)
    assert scenario.mapping.idle
    scenario.put(1)
    assert not scenario.mapping.idle
    scenario.run(until_s=30)
    assert not scenario.mapping.idle
    scenario.run(until_s=61)
    assert not scenario.mapping.idle
    scenario.run()
    assert scenario.mapping.idle
    assert scenario.now_s == 67


def test_each_invocation_is_recorded() -> None:
    """Tests can read its times, its records and how it ended."""
    scenario = MappingScenario(takes_s=7)
    scenario.put(1, 2)
    scenario.run()
    (invocation,) = scenario.mapping.invocations
    assert invocation.ended - invocation.time == 7
    assert invocation.shard_id == "shard-0"
    assert invocation.sequence_numbers == ("1001", "1002")
    assert invocation.status == "success"
