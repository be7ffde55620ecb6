"""A Task state on the local AWS invokes its function with the permissions of the role, and names errors as AWS does."""

from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch, stepfunctions
from support.local_states import ACCOUNT, ALL, COMPARE, FUNCTION, MAP, REGION, LocalStates, local_states, statement


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStates]:
    """Return Step Functions as the local AWS has it."""
    with local_states(monkeypatch) as local:
        yield local


STATES = {"Compare": {**COMPARE, "End": True}}
THROTTLED = {
    "throttle": True,
    "error": True,
    "body": {"__type": "TooManyRequestsException", "message": "Rate Exceeded"},
}


@pytest.mark.parametrize(
    "statements",
    [
        (),
        (statement("lambda:InvokeFunction", FUNCTION + "-other"),),
        (statement("lambda:*", "*"), statement("lambda:InvokeFunction", FUNCTION, "Deny")),
    ],
    ids=["nothing", "another function", "an explicit deny"],
)
def test_the_role_must_permit_the_invocation(local: LocalStates, statements: tuple[dict[str, str], ...]) -> None:
    """A catcher can catch that."""
    local.permit(*statements)
    error, cause = local.failure(local.start(STATES))
    assert (error, f"lambda:InvokeFunction on resource: {FUNCTION} " in cause) == ("Lambda.AWSLambdaException", True)
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Caught"}]
    caught = {"Compare": {**STATES["Compare"], "Catch": catch}, "Caught": {"Type": "Succeed"}}
    assert local.output(local.start(caught, {}))["failure"]["Error"] == error
    assert local.invoked == []


def test_children_of_a_map_run_have_the_role_of_the_state_machine(local: LocalStates) -> None:
    """They fail without its permission, each for itself."""
    local.permit(*ALL[1:])
    tolerant = {**MAP, "ToleratedFailurePercentage": 100}
    local.start({"Segments": tolerant}, {"segments": [0, 1], "workers": 2})
    assert [child["error"] for child in local.children()] == ["Lambda.AWSLambdaException"] * 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"error": True, "body": {"errorType": "RefusedError", "errorMessage": "no"}}, "RefusedError"),
        ({"error": True, "body": {"errorType": "Sandbox.Timedout"}}, "Sandbox.Timedout"),
        (THROTTLED, "Lambda.TooManyRequestsException"),
    ],
)
def test_an_error_has_the_name_that_aws_gives_it(local: LocalStates, answer: dict[str, Any], error: str) -> None:
    """That of a function is its exception's class."""
    local.function = lambda _: answer
    assert local.failure(local.start(STATES))[0] == error


def test_each_invocation_is_counted(local: LocalStates) -> None:
    """MiniStack counts those of callers only, and those that are throttled."""
    metrics = vars(cloudwatch)["_metrics"]
    metrics.clear()
    answers: Iterator[dict[str, Any]] = iter(
        [{"body": None}, {"error": True, "body": {"errorType": "ValueError"}}, THROTTLED]
    )
    local.function = lambda _: next(answers)
    for _ in range(3):
        local.start(STATES)
    for name, expected in (("Invocations", [1, 1]), ("Errors", [0, 1])):
        points = metrics.get_scoped(ACCOUNT, REGION, ("AWS/Lambda", name, "FunctionName=orders"))
        assert [point["Value"] for point in points] == expected


def test_outside_of_an_execution_nobody_asks_for_permission(local: LocalStates) -> None:
    """TestState has no execution."""
    local.permit()
    assert vars(stepfunctions)["_call_lambda"](FUNCTION, 1) == 1
