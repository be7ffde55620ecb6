"""Stops what an execution has started together with it: its Map Runs and their children.

MiniStack stops the execution alone, and only lets it end at its next state. A machine that is deleted ran on.
Sources: redrive-map-run.html, which says that a Map Run of a stopped parent cancels its children;
API_DeleteStateMachine.html.
"""

from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

from scavenger_ops.local.execution_run import LOCK

STOP = stepfunctions._stop_execution  # noqa: SLF001 - there is no public function
DELETE = stepfunctions._delete_state_machine  # noqa: SLF001 - likewise


def install() -> None:
    """Let MiniStack use the functions of this module."""
    stepfunctions._stop_execution = stop  # noqa: SLF001 - there is no other
    stepfunctions._delete_state_machine = delete  # noqa: SLF001 - likewise


def stop(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Stop an execution and, as AWS does, the Map Runs that it has started, with their children."""
    with LOCK:
        answer: tuple[int, dict[str, str], bytes] = STOP(request)
        for record in _map_runs_of(request.get("executionArn", "")):
            record.update(status="ABORTED", stopDate=now_iso())
            for child in record["_children"]:
                if child and child["status"] == "RUNNING":
                    stop({"executionArn": child["executionArn"]})
    return answer


def _map_runs_of(arn: str) -> list[dict[str, Any]]:
    """Return the Map Runs of an execution that run although it has ended."""
    if stepfunctions._executions.get(arn, {}).get("status") == "RUNNING":  # noqa: SLF001 - there is no other
        return []
    runs = list(stepfunctions._map_runs.values())  # noqa: SLF001 - likewise
    return [run for run in runs if run["executionArn"] == arn and run["status"] == "RUNNING"]


def delete(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Delete a state machine. Its executions end at their next state."""
    with LOCK:
        for execution in list(stepfunctions._executions.values()):  # noqa: SLF001 - there is no other
            if (execution["stateMachineArn"], execution["status"]) == (request.get("stateMachineArn"), "RUNNING"):
                stop({"executionArn": execution["executionArn"]})
        answer: tuple[int, dict[str, str], bytes] = DELETE(request)
    return answer
