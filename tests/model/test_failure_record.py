"""What Lambda stores in the failure destination. Source: services-dynamodb-errors.html."""

import json
import uuid

import pytest
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulated_function import FunctionError, InvokeThrottled
from scavenger_ops.mapping_model.simulation import Simulation
from support.events import event, record

from model.mapping_scenario import Answer, MappingScenario, failing

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/messages/stream/2026-01-01T00:00:00.000"


def fail(_: list[int]) -> object:
    """Fail every batch with an error."""
    raise FunctionError


def throttle(_: list[int]) -> object:
    """Throttle every invocation."""
    raise InvokeThrottled


def test_the_object_has_the_documented_form() -> None:
    """Its time is 61 s after the start (2023-11-14, 22:13:20): a window of a minute and a backoff of a second."""
    scenario = MappingScenario(fail, maximum_retry_attempts=1, bisect_batch_on_function_error=False)
    scenario.put(1)
    scenario.run(until_s=1.5)
    scenario.put(2)
    scenario.run()
    ((key, body),) = scenario.kept
    request_id = body["requestContext"].pop("requestId")
    prefix, _, object_uuid = key.partition("2023-11-14T22.14.21-")
    function_arn = body["requestContext"].pop("functionArn")
    payload = body.pop("payload")
    assert prefix == "aws/lambda/00000000-0000-4000-8000-000000000000/shard-0/2023/11/14/"
    assert len({request_id, str(uuid.UUID(object_uuid))}) == 2
    assert function_arn.startswith("arn:aws:lambda:")
    assert json.loads(payload) == event(record(1), record(2))
    assert body == {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2023-11-14T22:14:21.000Z",
        "DDBStreamBatchInfo": {
            "shardId": "shard-0",
            "startSequenceNumber": "1001",
            "endSequenceNumber": "1002",
            "approximateArrivalOfFirstRecord": "2023-11-14T22:13:20Z",
            "approximateArrivalOfLastRecord": "2023-11-14T22:13:21Z",
            "batchSize": 2,
            "streamArn": ARN,
        },
    }
    json.dumps(body)


def test_each_object_has_a_key_of_its_own() -> None:
    """Two batches may be discarded in the same second."""
    scenario = MappingScenario(fail, maximum_retry_attempts=0, batch_size=1)
    scenario.put(1, 2)
    scenario.run()
    assert len({key for key, _ in scenario.kept}) == 2


def test_failures_that_the_function_reports_are_not_a_function_error() -> None:
    """`functionError` is null for them. Source: tests/data/recordings.json."""
    scenario = MappingScenario(lambda _: failing(2), maximum_retry_attempts=0)
    scenario.put(1, 2, 3)
    scenario.run()
    ((_, body),) = scenario.kept
    assert body["responseContext"]["functionError"] is None
    assert json.loads(body["payload"]) == event(record(2), record(3))
    assert body["DDBStreamBatchInfo"]["batchSize"] == 2


@pytest.mark.parametrize("answer", [throttle, fail, lambda _: failing(1)])
def test_the_object_of_expired_records_has_no_response(answer: Answer) -> None:
    """It has none whether the function was invoked with them or not. Source: tests/data/recordings.json."""
    scenario = MappingScenario(answer, maximum_record_age_in_seconds=70, maximum_retry_attempts=-1)
    scenario.put(1)
    scenario.run()
    ((_, body),) = scenario.kept
    assert body["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in body


def test_without_a_failure_destination_records_are_dropped() -> None:
    """Nothing stores them, but the model lists them as discarded."""

    def invoke(_: object) -> object:
        raise FunctionError

    simulation = Simulation()
    mapping = EventSourceMapping(simulation, MappingSettings(maximum_retry_attempts=0), invoke)
    mapping.put("shard-0", record(1))
    simulation.run()
    assert mapping.discarded == [record(1)]
    assert mapping.idle
