"""The Map Run of a Map state in DISTRIBUTED mode: which children it has, and how many of them are in each status.

Sources: redrive-map-run.html; API_DescribeMapRun.html.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from ministack.core.responses import json_response, new_uuid, now_iso
from ministack.services import stepfunctions

from scavenger_ops.local.execution_run import LOCK, Attempt, Execution, reopen

DESCRIBE = stepfunctions._describe_map_run  # noqa: SLF001 - there is no public function
# Of DescribeMapRun, beside `pending` and `total`, by the status of a child.
COUNTS = {
    "RUNNING": "running",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timedOut",
    "ABORTED": "aborted",
}

# As MiniStack keeps it. The names with an underscore are not shown to callers.
MapRun = dict[str, Any]


def install() -> None:
    """Let MiniStack use the function of this module."""
    stepfunctions._describe_map_run = describe  # noqa: SLF001 - there is no other


def find_interrupted(parent: Attempt, state_name: str) -> MapRun | None:
    """Return the Map Run that this state had in an earlier attempt of the execution; None if there was none."""
    for record in stepfunctions._map_runs.values():  # noqa: SLF001 - there is no other
        if (record["executionArn"], record["_state"]) == (parent.execution["executionArn"], state_name) and (
            record["_attempt"] < parent.number
        ):
            found: MapRun = record
            return found
    return None


def go_on(record: MapRun, parent: Attempt) -> None:
    """Let a Map Run of an earlier attempt run again."""
    with LOCK:
        parent.check()
        redrives = record["redriveCount"] + 1
        record.update(status="RUNNING", stopDate=None, redriveCount=redrives, redriveDate=now_iso())
        record["_attempt"] = parent.number


def start(parent: Attempt, state_name: str, state: dict[str, Any], concurrency: int, size: int) -> MapRun:
    """Start a Map Run for a number of items."""
    label = state.get("Label") or new_uuid()
    machine = parent.execution["stateMachineArn"]
    record = {
        "mapRunArn": f"{machine.replace(':stateMachine:', ':mapRun:')}/{label}:{new_uuid()}",
        "executionArn": parent.execution["executionArn"],
        "status": "RUNNING",
        "startDate": now_iso(),
        "maxConcurrency": concurrency,
        "toleratedFailurePercentage": float(state.get("ToleratedFailurePercentage") or 0),
        "toleratedFailureCount": int(state.get("ToleratedFailureCount") or 0),
        "redriveCount": 0,
        "_stateMachineArn": f"{machine}/{label}",
        "_state": state_name,
        "_attempt": parent.number,
        "_children": [None] * size,
    }
    with LOCK:
        parent.check()
        stepfunctions._map_runs[record["mapRunArn"]] = record  # noqa: SLF001 - there is no other
    return record


def start_child(parent: Attempt, record: MapRun, index: int, make: Callable[[], Execution]) -> Execution | None:
    """Start the child of an item, or let it go on. Return None if it has succeeded, or its parent was stopped."""
    with LOCK:
        child: Execution | None = record["_children"][index]
        if not parent.is_running or (child and child["status"] == "SUCCEEDED"):
            return None
        if child:
            reopen(child)
        else:
            record["_children"][index] = child = make()
            stepfunctions._executions[child["executionArn"]] = child  # noqa: SLF001 - there is no other
        return child


def new_child(record: MapRun, parent: Attempt, start_at: str, chosen: object) -> Execution:
    """Return the execution of an item with this input."""
    machine, name, role = record["_stateMachineArn"], new_uuid(), parent.execution["_role"]
    child = {
        "executionArn": f"{machine.replace(':stateMachine:', ':execution:')}:{name}",
        "stateMachineArn": machine,
        "mapRunArn": record["mapRunArn"],
        "name": name,
        "status": "RUNNING",
        "startDate": now_iso(),
        "stopDate": None,
        "input": json.dumps(chosen),
        "output": None,
        "events": [],
        "_role": role,
        "_position": (start_at, chosen),
    }
    started = {"executionStartedEventDetails": {"input": child["input"], "roleArn": role}}
    stepfunctions._add_event(child, "ExecutionStarted", started)  # noqa: SLF001 - there is no other
    return child


def describe(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Answer DescribeMapRun: the Map Run as it is now."""
    record = stepfunctions._map_runs.get(request.get("mapRunArn"))  # noqa: SLF001 - there is no other
    answer: tuple[int, dict[str, str], bytes]
    if record is None:
        answer = DESCRIBE(request)
        return answer
    started = Counter(COUNTS[child["status"]] for child in record["_children"] if child)
    counts = {name: started[name] for name in COUNTS.values()}
    counts |= {"total": len(record["_children"]), "pending": len(record["_children"]) - started.total()}
    counts |= {"resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 0}
    shown = {name: value for name, value in record.items() if not name.startswith("_") and value is not None}
    answer = json_response(shown | {"itemCounts": counts, "executionCounts": counts})
    return answer
