"""The local AWS runs the states of an execution one after the other, until it ends or is stopped."""

from collections.abc import Iterator

import pytest
from scavenger_ops.local.execution_run import CURRENT, MAX_PAYLOAD_BYTES
from support.local_states import COMPARE, FUNCTION, MACHINE, LocalStates, local_states


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStates]:
    """Return Step Functions as the local AWS has it."""
    with local_states(monkeypatch) as local:
        yield local


LOOP = {
    "Compare": {**COMPARE, "Next": "IsDone"},
    "IsDone": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.is_done", "BooleanEquals": True, "Next": "Done"}],
        "Default": "Compare",
    },
    "Done": {"Type": "Pass", "Parameters": {"count.$": "$.count"}, "End": True},
}


def test_a_loop_runs_until_it_is_done(local: LocalStates) -> None:
    """Each state has what the last one returned, and the history has each of them."""
    local.function = lambda event: {"body": {"count": event["count"] + 1, "is_done": event["count"] == 2}}
    arn = local.start(LOOP, {"count": 0})
    assert (local.output(arn), len(local.invoked)) == ({"count": 3}, 3)
    types = [event["type"] for event in local.execution(arn)["events"]]
    assert types.count("TaskStateEntered") == types.count("ChoiceStateExited") == 3
    assert types[-3:] == ["PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert CURRENT.get() is None


def test_the_context_is_that_of_the_execution(local: LocalStates) -> None:
    """A state can ask for its input, name and start, and for the state machine."""
    wanted = {"input.$": "$$.Execution.Input", "machine.$": "$$.StateMachine.Id", "id.$": "$$.Execution.Id"}
    wanted |= {"began.$": "$$.Execution.StartTime", "redrives.$": "$$.Execution.RedriveCount"}
    arn = local.start({"Ask": {"Type": "Pass", "Parameters": wanted, "End": True}}, {"apply": True})
    assert local.output(arn) == {
        "input": {"apply": True},
        "machine": MACHINE,
        "id": arn,
        "began": local.execution(arn)["startDate"],
        "redrives": 0,
    }


def test_a_state_of_type_fail_fails_the_execution(local: LocalStates) -> None:
    """Succeed ends it, as any state that is the last one."""
    arn = local.start({"No": {"Type": "Fail", "Error": "Refused", "Cause": "because"}})
    assert local.failure(arn) == ("Refused", "because")
    assert local.output(local.start({"Yes": {"Type": "Succeed"}}, [1])) == [1]


@pytest.mark.parametrize(("size", "status"), [(MAX_PAYLOAD_BYTES - 2, "SUCCEEDED"), (MAX_PAYLOAD_BYTES - 1, "FAILED")])
def test_the_output_of_a_state_has_a_limit(local: LocalStates, size: int, status: str) -> None:
    """Two bytes are the quotes around the text. No catcher catches that."""
    local.function = lambda _: {"body": "x" * size}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states = {"Compare": {**COMPARE, "Catch": catch, "End": True}, "Caught": {"Type": "Succeed"}}
    assert local.execution(local.start(states))["status"] == status


def test_what_ministack_cannot_run_fails_the_execution(local: LocalStates) -> None:
    """It does not stay RUNNING for ever."""
    error, cause = local.failure(local.start({"Odd": {"Type": "Dance", "End": True}}))
    assert (error, "dance" in cause) == ("States.Runtime", True)


def test_an_execution_that_was_stopped_ends_at_its_next_state(local: LocalStates) -> None:
    """What its function returns then is lost."""
    local.function = lambda event: local.execution(running[0]).update(status="ABORTED") or {"body": event}
    running = [f"{MACHINE.replace(':stateMachine:', ':execution:')}:run-0"]
    arn = local.start({"One": {**COMPARE, "Next": "Two"}, "Two": {**COMPARE, "End": True}})
    assert (local.execution(arn)["status"], local.execution(arn)["output"]) == ("ABORTED", None)
    assert len(local.invoked) == 1


def test_the_states_are_those_of_the_start(local: LocalStates) -> None:
    """A state machine that is changed meanwhile changes no execution that runs."""
    arn = local.start({"Only": {"Type": "Pass", "End": True}})
    assert FUNCTION not in local.execution(arn)["_definition"]
