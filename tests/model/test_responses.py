"""How Lambda reads the function's response. Source: services-ddb-batchfailurereporting.html."""

import pytest
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.responses import read_response
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulation import Simulation
from support.events import record

from model.mapping_scenario import MappingScenario, failing, succeed

COMPLETE_SUCCESSES = [
    pytest.param({"batchItemFailures": []}, id="empty list"),
    pytest.param({"batchItemFailures": None}, id="null list"),
    pytest.param({}, id="empty response"),
    pytest.param(None, id="null response"),
    pytest.param("", id="empty text"),
    pytest.param([], id="empty array"),
    pytest.param({"batchItemFailure": [{"itemIdentifier": "1002"}]}, id="misspelt key at the top"),
]
COMPLETE_FAILURES = [
    pytest.param({"batchItemFailures": [{"itemIdentifier": ""}]}, id="empty identifier"),
    pytest.param({"batchItemFailures": [{"itemIdentifier": None}]}, id="null identifier"),
    pytest.param({"batchItemFailures": [{"itemIdentifer": "1002"}]}, id="misnamed identifier"),
    pytest.param({"batchItemFailures": [{"itemIdentifier": "1007"}]}, id="number that is not in the batch"),
    pytest.param({"batchItemFailures": [{"itemIdentifier": "1002"}, {"itemIdentifier": ""}]}, id="one bad of two"),
]


@pytest.mark.parametrize("response", COMPLETE_SUCCESSES)
def test_a_complete_success_ends_the_batch(response: object) -> None:
    """Nothing is retried. Source: services-ddb-batchfailurereporting.html."""
    scenario = MappingScenario(lambda _: response)
    scenario.put(1, 2, 3)
    scenario.run()
    assert [one.status for one in scenario.mapping.invocations] == ["success"]
    assert not scenario.mapping.discarded


@pytest.mark.parametrize("bisect", [True, False])
@pytest.mark.parametrize("response", COMPLETE_FAILURES)
def test_a_complete_failure_retries_the_whole_batch(response: object, *, bisect: bool) -> None:
    """It counts as a retry (tests/data/recordings.json). That the batch is not split is an assumption."""
    scenario = MappingScenario(lambda _: response, maximum_retry_attempts=1, bisect_batch_on_function_error=bisect)
    scenario.put(1, 2, 3)
    scenario.run()
    assert scenario.batches == [[1, 2, 3], [1, 2, 3]]
    assert [one.status for one in scenario.mapping.invocations] == ["failure", "failure"]
    assert len(scenario.mapping.discarded) == 3


def test_everything_from_the_lowest_number_on_is_retried() -> None:
    """Records after it that succeeded are retried, too. Source: services-ddb-batchfailurereporting.html."""
    scenario = MappingScenario(lambda numbers: failing(4, 2) if 1 in numbers else succeed(numbers))
    scenario.put(1, 2, 3, 4, 5)
    scenario.run()
    assert scenario.batches == [[1, 2, 3, 4, 5], [2, 3, 4, 5]]
    assert [one.status for one in scenario.mapping.invocations] == ["partial", "success"]


def test_sequence_numbers_are_compared_as_numbers() -> None:
    """As texts, 1000 would come before 999."""
    scenario = MappingScenario(lambda numbers: failing(0, -1) if -2 in numbers else succeed(numbers))
    scenario.put(-2, -1, 0, 1)
    scenario.run()
    assert scenario.batches == [[-2, -1, 0, 1], [-1, 0, 1]]


def test_a_failure_of_the_first_record_retries_the_whole_batch() -> None:
    """The checkpoint does not move."""
    scenario = MappingScenario(lambda _: failing(1), maximum_retry_attempts=1)
    scenario.put(1, 2)
    scenario.run()
    assert scenario.batches == [[1, 2], [1, 2]]


@pytest.mark.parametrize("response", ["done", 7, True, [1], {"batchItemFailures": "1002"}, {"batchItemFailures": [7]}])
def test_a_response_that_aws_does_not_describe_is_a_failure(response: object) -> None:
    """The function must not depend on such a response, so the model assumes the worse case."""
    assert read_response(response, ["1001", "1002"]).status == "failure"


@pytest.mark.parametrize("response", [failing(2), "done", {"batchItemFailures": [{"itemIdentifier": ""}]}])
def test_without_failure_reports_every_response_is_a_success(response: object) -> None:
    """The mapping must have ReportBatchItemFailures. Source: services-ddb-batchfailurereporting.html."""
    scenario = MappingScenario(lambda _: response, report_batch_item_failures=False)
    scenario.put(1, 2, 3)
    scenario.run()
    assert [one.status for one in scenario.mapping.invocations] == ["success"]


def test_a_retry_gets_the_original_records() -> None:
    """Changes that the function makes to its event do not reach the next invocation."""
    simulation = Simulation()
    seen = []

    def spoil(event: dict[str, list[dict[str, object]]]) -> object:
        seen.append(event["Records"][0].pop("eventName"))
        return failing(1) if len(seen) == 1 else None

    mapping = EventSourceMapping(simulation, MappingSettings(), spoil)
    mapping.put("shard-0", record(1))
    simulation.run()
    assert seen == ["INSERT", "INSERT"]
