"""The model does what AWS was recorded to do: tests/data/recordings.json, which says where each recording is from."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.event_filter.matching import passes
from scavenger_ops.event_filter.pattern import FilterPatternError, check
from scavenger_ops.mapping_model.simulated_function import FunctionError
from support.events import record

from model.mapping_scenario import Answer, MappingScenario, failing, succeed

RECORDINGS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "recordings.json").read_text())
MAPPINGS: list[dict[str, Any]] = RECORDINGS["mappings"]
# With a batch info of other fields, and times to the millisecond in it.
KINESIS = "kinesis"
# The stamps of the snapshots.
FORMS = {"seconds": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "milliseconds": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"}
WHILE_RETRYING = "test_kinesis_maximum_record_age_exceeded[expire-while-retrying]"


def function_of(recorded: dict[str, Any]) -> Answer:
    """Return a function that answers as the recorded one did."""
    told = recorded["function"]

    def answer(numbers: list[int]) -> object:
        if "raises" in told:
            raise FunctionError
        if "answers" in told:
            return told["answers"]
        return failing(told["always_reports"]) if told["always_reports"] in numbers else succeed(numbers)

    return answer


def carry_out(recorded: dict[str, Any]) -> MappingScenario:
    """Put the records, of which some wait until they are older than their age here, and run to the end."""
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
    """Return the recorded test's name."""
    return str(recorded["test"])


@pytest.mark.parametrize("recorded", [each for each in MAPPINGS if "deliveries" in each], ids=name_of)
def test_each_record_is_delivered_as_often_as_recorded(recorded: dict[str, Any]) -> None:
    """In whatever batches: those were not recorded."""
    delivered = [number for batch in carry_out(recorded).batches for number in batch]
    assert [delivered.count(number) for number in range(recorded["records"])] == recorded["deliveries"]


@pytest.mark.parametrize("recorded", [each for each in MAPPINGS if "failure_record" not in each], ids=name_of)
def test_nothing_is_sent_to_the_destination_that_was_not_recorded(recorded: dict[str, Any]) -> None:
    """These functions succeeded."""
    assert carry_out(recorded).kept == []


@pytest.mark.parametrize("recorded", [each for each in MAPPINGS if "failure_record" in each], ids=name_of)
def test_the_failure_record_is_as_recorded(recorded: dict[str, Any]) -> None:
    """Its fields, its counts and the forms of its times."""
    wanted = recorded["failure_record"]
    ((_, body),) = carry_out(recorded).kept
    context, info = body["requestContext"], body["DDBStreamBatchInfo"]
    assert context.keys() == {"requestId", "functionArn", "condition", "approximateInvokeCount"}
    assert context["condition"] == wanted["condition"]
    assert body.get("responseContext") == wanted["responseContext"]
    assert ("responseContext" in body) is ("responseContext" in wanted["fields"])
    assert body["version"] == wanted["version"]
    # To a queue or a topic no payload is sent.
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
    """How often what got too old while it was retried had been invoked hangs on waits that are not sourced."""
    ((_, body),) = (scenario := carry_out(recorded)).kept
    count = body["requestContext"]["approximateInvokeCount"]
    if recorded["test"] == WHILE_RETRYING:
        assert count == len(scenario.batches) > 1
    else:
        assert count == recorded["failure_record"]["approximateInvokeCount"]


@pytest.mark.parametrize("recorded", [*MAPPINGS, *RECORDINGS["filters"]], ids=name_of)
def test_each_recording_says_where_it_is_from(recorded: dict[str, Any]) -> None:
    """By a commit, so that it can be read again."""
    source = RECORDINGS["sources"][recorded["source"]]
    assert re.fullmatch(r"https://github\.com/localstack/localstack/blob/[0-9a-f]{40}/tests/aws/.+", source["snapshot"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", recorded["recorded"])
    assert recorded["test"].startswith("test_")


# Of numbers AWS's tutorial says otherwise (Streams.Lambda.Tutorial2.html), so that no filter with one is answered.
NOT_ANSWERED = {"test_dynamodb_event_filter[numeric_filter]", "test_dynamodb_event_filter[date_time_conversion]"}


@pytest.mark.parametrize("recorded", RECORDINGS["filters"], ids=name_of)
def test_a_filter_lets_through_what_was_recorded(recorded: dict[str, Any]) -> None:
    """And keeps back what was."""
    pattern = recorded["pattern"]
    if recorded["test"] in NOT_ANSWERED:
        with pytest.raises(FilterPatternError):
            check(pattern)
        return
    check(pattern)
    for is_delivered, changes in [(True, recorded["delivered"]), (False, recorded["kept_back"])]:
        for change in changes:
            images = {name: image for name, image in change.items() if name != "eventName"}
            assert passes([pattern], record(1, event_name=change["eventName"], **images)) is is_delivered
