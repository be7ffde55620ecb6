"""What happens to records whose age exceeds a limit."""

import pytest
from scavenger_ops.mapping_model.simulated_function import FunctionError, InvokeThrottled

from model.mapping_scenario import MappingScenario, succeed

HOUR_S = 3600.0


def event_ids(records: list[dict[str, object]]) -> list[object]:
    """Return the records' event IDs."""
    return [record["eventID"] for record in records]


def fail(_: list[int]) -> object:
    """Fail every batch with an error."""
    raise FunctionError


def throttle(_: list[int]) -> object:
    """Throttle every invocation."""
    raise InvokeThrottled


def test_records_above_the_maximum_age_go_to_the_failure_destination() -> None:
    """The other records of their batch are delivered. Source: tests/data/recordings.json."""
    scenario = MappingScenario(maximum_record_age_in_seconds=3600)
    scenario.mapping.disable()
    scenario.put(1)
    scenario.run(until_s=3000)
    scenario.put(2)
    scenario.run(until_s=4000)
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[2]]
    assert event_ids(scenario.mapping.discarded) == ["event-1"]
    ((_, body),) = scenario.kept
    assert body["requestContext"]["condition"] == "RecordAgeExceeded"
    # It is 1 although the function was never invoked with the record. Source: tests/data/recordings.json.
    assert body["requestContext"]["approximateInvokeCount"] == 1


@pytest.mark.parametrize(("window", "delivered"), [(60, [[1]]), (61, [])])
def test_a_record_of_exactly_the_maximum_age_is_delivered(window: int, delivered: list[list[int]]) -> None:
    """Age counts from the record's arrival in the stream to the invocation: an assumption."""
    scenario = MappingScenario(maximum_record_age_in_seconds=60, maximum_batching_window_in_seconds=window)
    scenario.put(1)
    scenario.run()
    assert scenario.batches == delivered


def test_the_age_is_checked_before_every_attempt() -> None:
    """It ends retries that have no other limit. Source: services-dynamodb-errors.html."""
    scenario = MappingScenario(fail, maximum_record_age_in_seconds=600, maximum_retry_attempts=-1)
    scenario.put(1)
    scenario.run()
    assert scenario.batches
    assert event_ids(scenario.mapping.discarded) == ["event-1"]
    assert max(scenario.began_s) <= 600
    ((_, body),) = scenario.kept
    assert body["requestContext"]["condition"] == "RecordAgeExceeded"
    assert body["requestContext"]["approximateInvokeCount"] == len(scenario.batches)


def test_age_ends_throttled_attempts() -> None:
    """The number of retries does not limit them. Source: services-dynamodb-errors.html."""
    scenario = MappingScenario(throttle, maximum_record_age_in_seconds=600, maximum_retry_attempts=0)
    scenario.put(1)
    scenario.run()
    assert len(scenario.batches) > 2
    assert event_ids(scenario.mapping.discarded) == ["event-1"]


def test_without_a_maximum_age_no_record_expires() -> None:
    """With -1, only the stream's retention limits the age. Source: API_CreateEventSourceMapping.html."""
    scenario = MappingScenario(maximum_record_age_in_seconds=-1)
    scenario.mapping.disable()
    scenario.put(1)
    scenario.run(until_s=23 * HOUR_S)
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[1]]


def test_the_stream_trims_records_older_than_a_day() -> None:
    """They do not even go to the failure destination. Source: Streams.html."""
    scenario = MappingScenario()
    scenario.mapping.disable()
    scenario.put(1)
    scenario.run(until_s=10 * HOUR_S)
    scenario.put(2)
    scenario.run(until_s=25 * HOUR_S)
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[2]]
    assert event_ids(scenario.mapping.trimmed) == ["event-1"]
    assert not scenario.mapping.discarded
    assert not scenario.kept


def test_the_filter_does_not_see_trimmed_records() -> None:
    """They are neither dropped by the filter nor part of a batch. Source: Streams.html."""
    scenario = MappingScenario(batch_size=2)
    scenario.mapping.disable()
    scenario.put(1)
    scenario.put(2, event_name="REMOVE")
    scenario.run(until_s=25 * HOUR_S)
    scenario.put(3)
    scenario.mapping.enable()
    scenario.run()
    assert scenario.mapping.filtered_out == 0
    assert event_ids(scenario.mapping.trimmed) == ["event-1", "event-2"]
    assert scenario.began_s == [25 * HOUR_S + 60]


def test_a_record_of_exactly_a_day_is_not_trimmed() -> None:
    """Retention counts from its arrival in the stream: an assumption."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=0, maximum_record_age_in_seconds=-1)
    scenario.mapping.disable()
    scenario.put(1)
    scenario.run(until_s=24 * HOUR_S)
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[1]]


def test_with_no_limits_one_bad_record_blocks_its_shard_for_a_day() -> None:
    """These are AWS's defaults. In the end, the record is lost. Source: services-dynamodb-errors.html."""

    def answer(numbers: list[int]) -> object:
        return fail(numbers) if 1 in numbers else succeed(numbers)

    scenario = MappingScenario(answer, batch_size=1, maximum_record_age_in_seconds=-1, maximum_retry_attempts=-1)
    scenario.put(1)
    scenario.run(until_s=HOUR_S)
    scenario.put(2)
    scenario.run()
    assert scenario.batches[-1] == [2]
    assert scenario.began_s[-1] > 24 * HOUR_S
    assert scenario.batches.count([2]) == 1
    assert event_ids(scenario.mapping.trimmed) == ["event-1"]
    assert not scenario.mapping.discarded


def test_records_behind_a_failing_one_expire_too() -> None:
    """They wait in the stream, which trims them like any others."""
    scenario = MappingScenario(fail, batch_size=1, maximum_record_age_in_seconds=-1, maximum_retry_attempts=-1)
    scenario.put(1, 2, 3)
    scenario.run()
    assert event_ids(scenario.mapping.trimmed) == ["event-1", "event-2", "event-3"]
    assert scenario.mapping.idle
