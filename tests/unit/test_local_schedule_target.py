"""A schedule on the local AWS starts a state machine if its role permits that."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import eventbridge, iam, scheduler
from scavenger_ops.local import schedule_target
from support.local_states import ACCOUNT, MACHINE, REGION, make_role, restore_later, statement, trust

ROLE = f"arn:aws:iam::{ACCOUNT}:role/schedule"
GROUP = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default"
TARGET = {"Arn": MACHINE, "RoleArn": ROLE, "Input": '{"apply": true}'}
REQUEST = {"ScheduleExpression": "rate(1 minutes)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": TARGET}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Return the inputs with which state machines are started, in the scope of an account and a Region."""
    started: list[Any] = []
    restore_later(monkeypatch, eventbridge)
    restore_later(monkeypatch, scheduler)
    monkeypatch.setattr(eventbridge, "_dispatch_to_stepfunctions", lambda _, given: started.append(json.loads(given)))
    schedule_target.install()
    with request_scope(ACCOUNT, REGION):
        yield started
        scheduler.reset()
        vars(scheduler)["_schedule_last_fired"].clear()
        vars(iam)["_roles"].clear()


def tick() -> None:
    """Let two minutes pass, and the schedules that are due start their targets."""
    vars(scheduler)["_schedules"]["default/nightly"]["CreationDate"] -= 120
    vars(scheduler)["_tick_schedules"]()


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((statement("states:StartExecution", MACHINE),), [{"apply": True}]),
        ((statement("states:StartExecution", MACHINE + "-other"),), []),
        ((), []),
    ],
)
def test_a_schedule_starts_a_machine_with_the_permission_of_its_role(
    started: list[Any], statements: tuple[dict[str, str], ...], expected: list[Any]
) -> None:
    """With its own input."""
    make_role("schedule", "scheduler.amazonaws.com", *statements)
    assert vars(scheduler)["_create_schedule"]("nightly", REQUEST)[0] == 200
    tick()
    assert started == expected


def test_a_role_that_the_scheduler_cannot_assume_is_refused(started: list[Any]) -> None:
    """When the schedule is created, when it is changed and, if the role was changed since, when it is due."""
    role = make_role("schedule", "states.amazonaws.com", statement("*", "*"))
    create, update = (vars(scheduler)[f"_{verb}_schedule"] for verb in ("create", "update"))
    assert create("nightly", REQUEST)[0] == 400
    role["AssumeRolePolicyDocument"] = trust("scheduler.amazonaws.com", ArnEquals={"aws:SourceArn": GROUP})
    assert create("nightly", REQUEST)[0] == 200
    assert update("nightly", {**REQUEST, "Target": {**TARGET, "RoleArn": ROLE + "-other"}})[0] == 400
    assert update("nightly", {**REQUEST, "Description": "changed"})[0] == 200
    role["AssumeRolePolicyDocument"] = trust("states.amazonaws.com")
    tick()
    assert started == []


def test_other_targets_and_rules_are_ministacks(started: list[Any]) -> None:
    """A rule of EventBridge may have no role."""
    eventbridge._invoke_target({"Arn": MACHINE, "Input": "1"}, {"Source": "aws.events", "Detail": "{}"}, {})  # noqa: SLF001
    assert started == [1]
