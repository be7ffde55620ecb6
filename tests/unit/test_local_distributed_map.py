"""A Map state in DISTRIBUTED mode runs a child for each item on the local AWS, with the concurrency that it names."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from support.local_states import ALL, FUNCTION, MACHINE, MAP, LocalStates, local_states, statement


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStates]:
    """Return Step Functions as the local AWS has it."""
    with local_states(monkeypatch) as local:
        yield local


FAILED = {"error": True, "body": {"errorType": "ValueError"}}


def test_each_item_has_a_child_and_the_results_are_in_their_order(local: LocalStates) -> None:
    """The selector builds a child's input from the state's and from the item."""
    selector: dict[str, Any] = {
        "task": "compare",
        "run.$": "$.run",
        "segment.$": "$$.Map.Item.Value",
        "last_key": None,
        "counts": [],
    }
    given = {"segments": [7, 8], "workers": 2, "run": {"apply": False}}
    arn = local.start({"Segments": {**MAP, "ItemSelector": selector, "ResultPath": "$.results"}}, given)
    expected: list[dict[str, Any]] = [
        {"task": "compare", "run": {"apply": False}, "segment": each, "last_key": None, "counts": []} for each in (7, 8)
    ]
    assert local.output(arn) == given | {"results": expected}
    assert {child["stateMachineArn"] for child in local.children()} == {f"{MACHINE}/segments"}


def test_no_more_children_run_at_once_than_the_path_selects(local: LocalStates) -> None:
    """A third one would not meet the two others."""
    meeting = threading.Barrier(2, timeout=30)
    running: list[Any] = []
    most = []

    def function(event: Any) -> dict[str, Any]:
        running.append(event)
        most.append(len(running))
        meeting.wait()
        running.remove(event)
        return {"body": event}

    local.function = function
    arn = local.start({"Segments": MAP}, {"segments": [0, 1, 2, 3], "workers": 2})
    assert (local.output(arn), local.map_run(arn)["maxConcurrency"]) == ([0, 1, 2, 3], 2)
    assert (len(most), max(most)) == (8, 2)


@pytest.mark.parametrize("workers", [-1, 1.5, "2", True, None], ids=repr)
def test_a_concurrency_that_is_no_number_fails_the_state(local: LocalStates, workers: object) -> None:
    """So do items that are no list."""
    error, cause = local.failure(local.start({"Segments": MAP}, {"segments": [0], "workers": workers}))
    assert (error, "MaxConcurrencyPath" in cause) == ("States.Runtime", True)
    error, cause = local.failure(local.start({"Segments": MAP}, {"segments": 5, "workers": 1}))
    assert (error, "ItemsPath" in cause) == ("States.Runtime", True)


@pytest.mark.parametrize(
    ("limit", "status"),
    [
        ({}, "FAILED"),
        ({"ToleratedFailurePercentage": 100}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 49}, "FAILED"),
        ({"ToleratedFailureCount": 1}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 0, "ToleratedFailurePercentage": 100}, "FAILED"),
    ],
)
def test_children_that_fail_are_tolerated_up_to_a_limit(local: LocalStates, limit: dict[str, int], status: str) -> None:
    """One of two fails."""
    local.function = lambda event: {"body": event} if event else FAILED
    arn = local.start({"Segments": {**MAP, **limit}}, {"segments": [0, 1], "workers": 2})
    assert (local.execution(arn)["status"], local.map_run(arn)["status"]) == (status, status)
    counts = local.map_run(arn)["itemCounts"]
    assert (counts["failed"], counts["succeeded"], counts["running"], counts["pending"]) == (1, 1, 0, 0)


def test_the_role_must_permit_to_start_the_children(local: LocalStates) -> None:
    """On the state machine itself. No child starts without."""
    local.permit(ALL[0], statement("states:StartExecution", FUNCTION))
    arn = local.start({"Segments": MAP}, {"segments": [0], "workers": 1})
    error, cause = local.failure(arn)
    assert (error, f"states:StartExecution on resource: {MACHINE} " in cause) == ("States.Permissions", True)
    assert (local.children(), local.invoked) == ([], [])
