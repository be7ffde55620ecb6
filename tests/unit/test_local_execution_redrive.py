"""An execution on the local AWS that failed or was stopped can be redriven from where it ended."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import stepfunctions
from scavenger_ops.local.execution_redrive import describe
from scavenger_ops.local.execution_stop import stop
from support.local_states import ALL, COMPARE, MACHINE, MAP, LocalStates, local_states


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStates]:
    """Return Step Functions as the local AWS has it."""
    with local_states(monkeypatch) as local:
        yield local


ARN = f"{MACHINE.replace(':stateMachine:', ':execution:')}:run-0"
FAILED = {"error": True, "body": {"errorType": "ValueError"}}


def redrive(arn: str) -> tuple[int, dict[str, Any]]:
    """Redrive an execution, wait for its end, and return status and body of the answer."""
    headers = {"x-amz-target": "AWSStepFunctions.RedriveExecution"}
    body = json.dumps({"executionArn": arn}).encode()
    status, _, answer = asyncio.run(stepfunctions.handle_request("POST", "/", headers, body, {}))
    for thread in threading.enumerate():
        if thread.name == arn:
            thread.join(30)
    return status, json.loads(answer)


def test_it_goes_on_with_the_state_that_failed(local: LocalStates) -> None:
    """The state has the input that it had, and the one before it is not run again."""
    answers: Iterator[dict[str, Any]] = iter([{"body": {"step": 1}}, FAILED, {"body": {"step": 2}}])
    local.function = lambda _: next(answers)
    arn = local.start({"One": {**COMPARE, "Next": "Two"}, "Two": {**COMPARE, "End": True}}, {"step": 0})
    assert local.failure(arn)[0] == "ValueError"
    status, answer = redrive(arn)
    assert (status, isinstance(answer["redriveDate"], float)) == (200, True)
    assert (local.output(arn), local.invoked) == ({"step": 2}, [{"step": 0}, {"step": 1}, {"step": 1}])
    assert "ExecutionRedriven" in [event["type"] for event in local.execution(arn)["events"]]


def test_children_that_succeeded_keep_their_results(local: LocalStates) -> None:
    """The one that was stopped goes on with the state in which it was, and the last one starts."""

    def function(event: Any) -> dict[str, Any]:
        if len(local.invoked) == 3:
            stop({"executionArn": ARN})
        return {"body": event}

    local.function = function
    local.start({"Segments": MAP}, {"segments": [0, 1, 2], "workers": 1})
    assert [child["status"] for child in local.children()] == ["SUCCEEDED", "ABORTED"]
    redrive(ARN)
    assert (local.output(ARN), local.invoked) == ([0, 1, 2], [0, 0, 1, 1, 1, 2, 2])
    shown = local.map_run(ARN)
    assert (shown["status"], shown["redriveCount"], shown["executionCounts"]["succeeded"]) == ("SUCCEEDED", 1, 3)
    assert sorted(child.get("redriveCount", 0) for child in local.children()) == [0, 0, 1]


def test_what_the_stopped_attempt_still_does_is_lost(local: LocalStates) -> None:
    """Its function may return only when the redrive has ended."""

    def function(event: Any) -> dict[str, Any]:
        if len(local.invoked) == 1:
            stop({"executionArn": ARN})
            redrive(ARN)
            return {"body": "late"}
        return {"body": event}

    local.function = function
    arn = local.start({"One": {**COMPARE, "Next": "Two"}, "Two": {**COMPARE, "End": True}}, "input")
    assert (local.output(arn), local.invoked) == ("input", ["input"] * 3)


def test_the_role_must_permit_to_redrive_children(local: LocalStates) -> None:
    """A Map Run that did not start needs no such permission."""
    local.function = lambda event: {"body": event} if stop({"executionArn": ARN}) else {}
    local.start({"Segments": MAP}, {"segments": [0], "workers": 1})
    local.permit(*ALL[:2])
    redrive(ARN)
    error, cause = local.failure(ARN)
    assert (error, "states:RedriveExecution" in cause) == ("States.Permissions", True)


def test_what_cannot_be_redriven_is_refused(local: LocalStates) -> None:
    """An execution that succeeded, a child, and what does not exist."""
    arn = local.start({"Segments": MAP}, {"segments": [0], "workers": 1})
    (child,) = local.children()
    child["status"] = "FAILED"
    for refused in (arn, child["executionArn"]):
        assert redrive(refused)[1]["__type"] == "ExecutionNotRedrivable"
    assert redrive(arn + "-other")[1]["__type"] == "ExecutionDoesNotExist"


def test_describe_execution_says_whether_it_can_be_redriven(local: LocalStates) -> None:
    """And how often it was. Other requests are MiniStack's."""
    arn = local.start({"No": {"Type": "Fail", "Error": "Refused"}})
    shown = json.loads(describe({"executionArn": arn})[2])
    assert (shown["status"], shown["redriveStatus"], shown["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    redrive(arn)
    shown = json.loads(describe({"executionArn": arn})[2])
    assert (shown["redriveCount"], "redriveDate" in shown) == (1, True)
    assert describe({"executionArn": "other"})[0] == 400
