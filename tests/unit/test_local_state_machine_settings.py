"""A state machine on the local AWS keeps its tracing, and needs a role that Step Functions can assume."""

import json
from collections.abc import Iterator

import pytest
from ministack.services import stepfunctions
from scavenger_ops.local.state_machine_settings import create, update
from support.local_states import MACHINE, ROLE, LocalStates, local_states, make_role


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStates]:
    """Return Step Functions as the local AWS has it."""
    with local_states(monkeypatch) as local:
        yield local


REQUEST = {"name": "orders", "roleArn": ROLE, "definition": "{}", "tracingConfiguration": {"enabled": True}}


def tracing() -> object:
    """Return the tracing of the state machine, as DescribeStateMachine shows it."""
    _, _, body = vars(stepfunctions)["_describe_state_machine"]({"stateMachineArn": MACHINE})
    return json.loads(body)["tracingConfiguration"]


def test_tracing_is_kept(local: LocalStates) -> None:
    """An update that does not name it does not change it."""
    assert local.role
    assert create(REQUEST)[0] == 200
    assert tracing() == {"enabled": True}
    assert update({"stateMachineArn": MACHINE, "definition": "{}"})[0] == 200
    assert tracing() == {"enabled": True}
    update({"stateMachineArn": MACHINE, "tracingConfiguration": {"enabled": False}})
    assert tracing() == {"enabled": False}


def test_a_role_that_step_functions_cannot_assume_is_refused(local: LocalStates) -> None:
    """When the machine is created, and when it is changed."""
    assert local.role
    make_role("other", "lambda.amazonaws.com")
    for role in (ROLE.replace("states", "other"), ROLE.replace("states", "missing")):
        status, _, body = create({**REQUEST, "roleArn": role})
        assert (status, json.loads(body)["__type"]) == (400, "AccessDeniedException")
        assert MACHINE not in vars(stepfunctions)["_state_machines"]
    create(REQUEST)
    assert update({"stateMachineArn": MACHINE, "roleArn": ROLE.replace("states", "other")})[0] == 400
    assert vars(stepfunctions)["_state_machines"][MACHINE]["roleArn"] == ROLE
