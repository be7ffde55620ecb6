"""Runs the states of an execution: it stops at its next state when somebody stops it, and a redrive goes on from there.

MiniStack's own loop keeps no position, and no limit of a payload.
Source: service-quotas.html, size of input or output.
"""

import json
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

# 256 KiB of UTF-8.
MAX_PAYLOAD_BYTES = 262_144
WITH_EXECUTION = {"Task", "Parallel", "Map"}
# Held while an execution's status changes.
LOCK = threading.RLock()

ExecutionError = stepfunctions._ExecutionError  # noqa: SLF001 - there is no other
SERVICE = "states.amazonaws.com"

Execution = dict[str, Any]
Context = dict[str, Any]


class StoppedError(Exception):
    """Somebody stopped the execution, so nothing of this attempt may go on."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to run an execution: the first one, or that of a redrive."""

    execution: Execution
    number: int

    @property
    def is_running(self) -> bool:
        """Return whether this attempt goes on. A redrive may run while the last attempt still waits for a function."""
        return (self.execution["status"], self.execution.get("redriveCount", 0)) == ("RUNNING", self.number)

    def check(self) -> None:
        """Raise StoppedError if this attempt is over."""
        if not self.is_running:
            raise StoppedError

    def finish(self, status: str, event: str, **details: str) -> None:
        """End the execution, unless this attempt is over."""
        with LOCK:
            if not self.is_running:
                return
            self.execution.update(status=status, stopDate=now_iso(), **details)
        name = f"{event[0].lower()}{event[1:]}EventDetails"
        stepfunctions._add_event(self.execution, event, {name: details})  # noqa: SLF001 - there is no other
        if "mapRunArn" not in self.execution:
            stepfunctions._emit_execution_status_event(self.execution)  # noqa: SLF001 - likewise


# What runs in this thread.
CURRENT: ContextVar[Attempt | None] = ContextVar("CURRENT", default=None)


def install() -> None:
    """Let MiniStack use the function of this module."""
    stepfunctions._run_execution = run  # noqa: SLF001 - there is no other


def run(arn: str) -> None:
    """Run an execution from its start or, after a redrive, from where it ended. It keeps its definition and role."""
    execution = stepfunctions._executions[arn]  # noqa: SLF001 - there is no other
    machine = stepfunctions._state_machines[execution["stateMachineArn"]]  # noqa: SLF001 - likewise
    execution.setdefault("_definition", machine["definition"])
    execution.setdefault("_role", machine["roleArn"])
    definition = json.loads(execution["_definition"])
    execution.setdefault("_position", (definition["StartAt"], json.loads(execution["input"])))
    ctx = {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "StateMachine": {"Id": machine["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }
    complete(execution, definition["States"], ctx)


def complete(execution: Execution, states: dict[str, Any], ctx: Context) -> None:
    """Run an execution from its position to its end, and keep the result in it."""
    attempt = Attempt(execution, execution.get("redriveCount", 0))
    token = CURRENT.set(attempt)
    ctx["Execution"] = {
        "Id": execution["executionArn"],
        "Input": json.loads(execution["input"]),
        "Name": execution["name"],
        "StartTime": execution["startDate"],
        "RedriveCount": attempt.number,
    }
    try:
        output = _walk(attempt, states, ctx)
    except StoppedError:
        return
    except ExecutionError as error:
        attempt.finish("FAILED", "ExecutionFailed", error=error.error, cause=error.cause)
    except Exception as error:  # noqa: BLE001 - AWS fails the execution, too
        stepfunctions.logger.exception("Execution %s failed", execution["executionArn"])
        attempt.finish("FAILED", "ExecutionFailed", error="States.Runtime", cause=str(error))
    else:
        attempt.finish("SUCCEEDED", "ExecutionSucceeded", output=json.dumps(output))
    finally:
        CURRENT.reset(token)


def reopen(execution: Execution) -> None:
    """Begin another attempt of an execution that has ended. It keeps its position, input and history."""
    count = execution.get("redriveCount", 0) + 1
    execution.update(status="RUNNING", stopDate=None, error=None, cause=None, redriveCount=count, redriveDate=now_iso())
    details = {"executionRedrivenEventDetails": {"redriveCount": count}}
    stepfunctions._add_event(execution, "ExecutionRedriven", details)  # noqa: SLF001 - there is no other


def _walk(attempt: Attempt, states: dict[str, Any], ctx: Context) -> object:
    """Run one state after the other, and return the output of the last one."""
    execution = attempt.execution
    name, data = execution["_position"]
    while name:
        with LOCK:
            attempt.check()
            execution["_position"] = name, data
        ctx["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        _log(execution, states[name], "Entered", name=name, input=json.dumps(data))
        data, following = _enter(states[name], data, execution, ctx)
        output = json.dumps(data)
        if len(output.encode()) > MAX_PAYLOAD_BYTES:
            raise ExecutionError("States.DataLimitExceeded", f"The output of the state '{name}' exceeds 256 KiB")
        _log(execution, states[name], "Exited", name=name, output=output)
        name = following
    return data


def _enter(state: dict[str, Any], data: object, execution: Execution, ctx: Context) -> tuple[Any, str | None]:
    """Run a state, and return its output and the name of the next state."""
    kind, name = state["Type"], ctx["State"]["Name"]
    if kind in {"Succeed", "Fail"}:
        return stepfunctions._run_sub_machine({name: state}, name, data, execution, ctx), None  # noqa: SLF001
    handler = getattr(stepfunctions, f"_execute_{kind.lower()}")
    output, following = handler(state, data, *((execution, ctx) if kind in WITH_EXECUTION else (ctx,)))
    return output, following


def _log(execution: Execution, state: dict[str, Any], verb: str, **details: str) -> None:
    event = {f"state{verb}EventDetails": details}
    stepfunctions._add_event(execution, f"{state['Type']}State{verb}", event)  # noqa: SLF001 - there is no other
