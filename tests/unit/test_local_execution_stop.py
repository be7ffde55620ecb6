"""Stopping an execution on the local AWS stops the children of its Map Runs, too."""

import json
from collections.abc import Iterator

import pytest
from ministack.services import stepfunctions
from scavenger_ops.local.execution_stop import delete, stop
from support.local_states import MACHINE, MAP, LocalStates, local_states


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStates]:
    """Return Step Functions as the local AWS has it."""
    with local_states(monkeypatch) as local:
        yield local


ARN = f"{MACHINE.replace(':stateMachine:', ':execution:')}:run-0"
GIVEN = {"segments": [0, 1, 2], "workers": 1}


def stopped(local: LocalStates, how: object) -> None:
    """Run three children one after the other. While the first one runs, somebody stops their parent."""
    assert callable(how)
    local.function = lambda event: {"body": event} if how() else {}
    local.start({"Segments": MAP}, GIVEN)


def test_the_children_are_aborted(local: LocalStates) -> None:
    """The first one does not reach its second state, and the others do not start."""
    stopped(local, lambda: stop({"executionArn": ARN}))
    assert local.execution(ARN)["status"] == "ABORTED"
    assert [(child["status"], bool(child["stopDate"])) for child in local.children()] == [("ABORTED", True)]
    assert (len(local.invoked), local.map_run(ARN)["status"]) == (1, "ABORTED")
    counts = local.map_run(ARN)["executionCounts"]
    assert (counts["aborted"], counts["pending"], counts["total"]) == (1, 2, 3)


def test_a_retry_is_not_made_any_more(local: LocalStates) -> None:
    """A child that waits for its next attempt is stopped, too."""
    processor = json.loads(json.dumps(MAP["ItemProcessor"]))
    processor["States"]["Compare"]["Retry"] = [{"ErrorEquals": ["States.ALL"]}]
    local.function = lambda _: {"error": bool(stop({"executionArn": ARN})), "body": {"errorType": "ValueError"}}
    local.start({"Segments": {**MAP, "ItemProcessor": processor}}, GIVEN)
    assert (len(local.invoked), [child["status"] for child in local.children()]) == (1, ["ABORTED"])


def test_deleting_the_state_machine_stops_its_executions(local: LocalStates) -> None:
    """AWS terminates them at their next state."""
    stopped(local, lambda: delete({"stateMachineArn": MACHINE}))
    assert MACHINE not in vars(stepfunctions)["_state_machines"]
    assert (len(local.invoked), [child["status"] for child in local.children()]) == (1, ["ABORTED"])


def test_an_execution_that_has_ended_cannot_be_stopped(local: LocalStates) -> None:
    """Its children stay as they are."""
    arn = local.start({"Segments": MAP}, GIVEN)
    assert stop({"executionArn": arn})[0] == 400
    assert {child["status"] for child in local.children()} == {"SUCCEEDED"}
    assert local.map_run(arn)["status"] == "SUCCEEDED"
