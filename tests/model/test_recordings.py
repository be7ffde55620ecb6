"""The model does what AWS was recorded to do. tests/data/recordings.json says where each recording comes from."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import FilterPatternError, check
from scavenger_ops.mapping_model.simulated_function import FunctionError
from support.events import record

from model.mapping_scenario import Answer, MappingScenario, failing, succeed

RECORDINGS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "recordings.json").read_text())
MAPPINGS: list[dict[str, Any]] = RECORDINGS["mappings"]
# Its batch info has other fields, and times in milliseconds.
KINESIS = "kinesis"
# The forms of the timestamps in the snapshots.
FORMS = {"seconds": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "milliseconds": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"}
WHILE_RETRYING = "test_kinesis_maximum_record_age_exceeded[expire-while-retrying]"


def function_of(recorded: dict[str, Any]) -> Answer:
    """Return a function that answers as the recorded one did."""
    described = recorded["function"]

    def answer(numbers: list[int]) -> object:
        if "raises" in described:
            raise FunctionError
        if "answers" in described:
            return described["answers"]
        return failing(described["always_reports"]) if described["always_reports"] in numbers else succeed(numbers)

    return answer


def replay(recorded: dict[str, Any]) -> MappingScenario:
    """Put the records into the stream, the older ones earlier, and run to the end. Return the scenario."""
    scenario = MappingScenario(function_of(recorded), **recorded["settings"])
    ages = recorded.get("older_than_s", [0] * recorded["records"])
    scenario.mapping.disable()
    for number in sorted(range(recorded["records"]), key=lambda number: -ages[number]):
        scenario.run(until_s=max(ages) - ages[number])
        scenario.put(number)
    scenario.run(until_s=max(ages) + 1)
    scenario.mapping.enable()
    scenario.run()
    return scenario


def name_of(recorded: dict[str, Any]) -> str:
    """Return the name of the recorded test."""
    return str(recorded["test"])


@pytest.mark.parametrize("recorded", [each for each in MAPPINGS if "deliveries" in each], ids=name_of)
def test_each_record_is_delivered_as_often_as_recorded(recorded: dict[str, Any]) -> None:
    """The batches may differ: they were not recorded."""
    delivered = [number for batch in replay(recorded).batches for number in batch]
    assert [delivered.count(number) for number in range(recorded["records"])] == recorded["deliveries"]


@pytest.mark.parametrize("recorded", [each for each in MAPPINGS if "failure_record" not in each], ids=name_of)
def test_nothing_is_sent_to_the_failure_destination_that_was_not_recorded(recorded: dict[str, Any]) -> None:
    """These functions succeeded."""
    assert replay(recorded).kept == []


@pytest.mark.parametrize("recorded", [each for each in MAPPINGS if "failure_record" in each], ids=name_of)
def test_the_failure_record_is_as_recorded(recorded: dict[str, Any]) -> None:
    """Its fields, its counts and the forms of its times are the same."""
    wanted = recorded["failure_record"]
    ((_, body),) = replay(recorded).kept
    context, info = body["requestContext"], body["DDBStreamBatchInfo"]
    assert context.keys() == {"requestId", "functionArn", "condition", "approximateInvokeCount"}
    assert context["condition"] == wanted["condition"]
    assert body.get("responseContext") == wanted["responseContext"]
    assert ("responseContext" in body) is ("responseContext" in wanted["fields"])
    assert body["version"] == wanted["version"]
    # A queue or a topic gets no payload.
    assert sorted(body.keys() - {"DDBStreamBatchInfo", "payload"}) == sorted({*wanted["fields"]} - {"payload"})
    assert [int(record["dynamodb"]["SequenceNumber"]) - 1000 for record in json.loads(body["payload"])["Records"]] == (
        wanted["records"]
    )
    assert info["batchSize"] == wanted["batchSize"]
    assert re.fullmatch(FORMS[wanted["timestamp"]], body["timestamp"])
    if recorded["source"] != KINESIS:
        assert sorted(info) == wanted["batch_info_fields"]
        for name in ("approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord"):
            assert re.fullmatch(FORMS[wanted["approximateArrival"]], info[name])


@pytest.mark.parametrize("recorded", [each for each in MAPPINGS if "failure_record" in each], ids=name_of)
def test_the_failure_record_counts_invocations_as_recorded(recorded: dict[str, Any]) -> None:
    """For a record that expired while it was retried, the count depends on backoffs that AWS does not document."""
    ((_, body),) = (scenario := replay(recorded)).kept
    count = body["requestContext"]["approximateInvokeCount"]
    if recorded["test"] == WHILE_RETRYING:
        assert count == len(scenario.batches) > 1
    else:
        assert count == recorded["failure_record"]["approximateInvokeCount"]


@pytest.mark.parametrize("recorded", [*MAPPINGS, *RECORDINGS["filters"]], ids=name_of)
def test_each_recording_names_its_source(recorded: dict[str, Any]) -> None:
    """It names a commit, so that the source can be read again."""
    source = RECORDINGS["sources"][recorded["source"]]
    assert re.fullmatch(r"https://github\.com/localstack/localstack/blob/[0-9a-f]{40}/tests/aws/.+", source["snapshot"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", recorded["recorded"])
    assert recorded["test"].startswith("test_")


# AWS's tutorial contradicts the recordings for numbers (Streams.Lambda.Tutorial2.html), so patterns with a number are
# rejected.
REJECTED = {"test_dynamodb_event_filter[numeric_filter]", "test_dynamodb_event_filter[date_time_conversion]"}


@pytest.mark.parametrize("recorded", RECORDINGS["filters"], ids=name_of)
def test_a_filter_lets_through_what_was_recorded(recorded: dict[str, Any]) -> None:
    """It drops the records that were dropped."""
    pattern = recorded["pattern"]
    if recorded["test"] in REJECTED:
        with pytest.raises(FilterPatternError):
            check(pattern)
        return
    check(pattern)
    for is_delivered, changes in [(True, recorded["delivered"]), (False, recorded["kept_back"])]:
        for change in changes:
            images = {name: image for name, image in change.items() if name != "eventName"}
            assert passes([pattern], record(1, event_name=change["eventName"], **images)) is is_delivered
