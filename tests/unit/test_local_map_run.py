"""The local AWS shows a Map Run with its children, as they are at the moment."""

from collections.abc import Iterator
from typing import Any

import pytest
from scavenger_ops.local.map_run import describe
from support.local_states import MACHINE, MAP, LocalStates, local_states


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStates]:
    """Return Step Functions as the local AWS has it."""
    with local_states(monkeypatch) as local:
        yield local


ARN = f"{MACHINE.replace(':stateMachine:', ':execution:')}:run-0"


def test_the_counts_are_those_of_the_moment(local: LocalStates) -> None:
    """While the second of three children runs, one has succeeded and one is to start."""
    seen: list[dict[str, Any]] = []

    def function(event: Any) -> dict[str, Any]:
        seen.append(local.map_run(ARN))
        return {"body": event}

    local.function = function
    local.start({"Segments": MAP}, {"segments": [0, 1, 2], "workers": 1})
    counts = seen[2]["executionCounts"]
    assert counts | {"running": 1, "succeeded": 1, "pending": 1, "total": 3, "failed": 0} == counts
    assert (seen[2]["status"], "stopDate" in seen[2], seen[2]["itemCounts"]) == ("RUNNING", False, counts)
    assert (local.map_run(ARN)["status"], "stopDate" in local.map_run(ARN)) == ("SUCCEEDED", True)


def test_a_child_has_a_history_and_an_execution_of_its_own(local: LocalStates) -> None:
    """Its context is its own, too."""
    local.start({"Segments": MAP}, {"segments": [0], "workers": 1})
    (child,) = local.children()
    assert child["executionArn"].startswith(f"{ARN.rpartition(':')[0]}/segments:")
    types = [event["type"] for event in child["events"]]
    assert (types[0], types[-1]) == ("ExecutionStarted", "ExecutionSucceeded")


def test_nothing_of_the_local_aws_itself_is_shown(local: LocalStates) -> None:
    """A Map Run that does not exist is an error."""
    arn = local.start({"Segments": MAP}, {"segments": [0], "workers": 1})
    assert [name for name in local.map_run(arn) if name.startswith("_")] == []
    assert describe({"mapRunArn": "other"})[0] == 400
