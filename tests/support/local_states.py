"""Step Functions of the local AWS in the process of a test, with a function whose results the test sets."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import iam, lambda_svc, stepfunctions
from scavenger_ops.local import (
    distributed_map,
    execution_redrive,
    execution_run,
    execution_stop,
    lambda_task,
    map_run,
    state_machine_settings,
    task_retry,
)

ACCOUNT, REGION = "111122223333", "eu-central-1"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:orders"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/states"
CHILDREN = f"{MACHINE.replace(':stateMachine:', ':execution:')}/segments:*"
MODULES = (
    distributed_map,
    execution_redrive,
    execution_run,
    execution_stop,
    lambda_task,
    map_run,
    state_machine_settings,
    task_retry,
)
COMPARE = {"Type": "Task", "Resource": FUNCTION}
MAP = {
    "Type": "Map",
    "Label": "segments",
    "ItemsPath": "$.segments",
    "MaxConcurrencyPath": "$.workers",
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Compare",
        "States": {"Compare": {**COMPARE, "Next": "Again"}, "Again": {**COMPARE, "End": True}},
    },
    "End": True,
}


def trust(service: str, **condition: Any) -> str:
    """Return a trust policy for a service."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return json.dumps({"Statement": [statement | ({"Condition": condition} if condition else {})]})


def statement(action: str, resource: str, effect: str = "Allow") -> dict[str, str]:
    """Return a statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource}


def make_role(name: str, service: str, *statements: dict[str, Any]) -> dict[str, Any]:
    """Make a role that a service can assume, with these permissions."""
    role: dict[str, Any] = {
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": trust(service),
        "InlinePolicies": {"given": json.dumps({"Statement": statements})},
        "AttachedPolicies": [],
    }
    vars(iam)["_roles"][name] = role
    return role


ALL = (
    statement("lambda:InvokeFunction", FUNCTION),
    statement("states:StartExecution", MACHINE),
    statement("states:RedriveExecution", CHILDREN),
)


class LocalStates:
    """A state machine, its role, and a function that returns its input unless the test says otherwise."""

    def __init__(self) -> None:
        """Make the role."""
        self.invoked: list[Any] = []
        self.function: Callable[[Any], dict[str, Any]] = lambda event: {"body": event}
        self.role = make_role("states", "states.amazonaws.com", *ALL)

    def invoke(self, _: dict[str, Any], event: Any) -> dict[str, Any]:
        """Invoke the function, as MiniStack would."""
        self.invoked.append(event)
        return self.function(event)

    def permit(self, *statements: dict[str, Any]) -> None:
        """Give the role these permissions only."""
        self.role["InlinePolicies"] = {"given": json.dumps({"Statement": statements})}

    def start(self, states: dict[str, Any], given: Any = None) -> str:
        """Run an execution of these states, of which the first one is first, and return its ARN when it has ended."""
        machines, executions = vars(stepfunctions)["_state_machines"], vars(stepfunctions)["_executions"]
        definition = json.dumps({"StartAt": next(iter(states)), "States": states})
        machines[MACHINE] = {
            "stateMachineArn": MACHINE,
            "name": "orders",
            "roleArn": ROLE,
            "definition": definition,
        }
        name = f"run-{len(executions)}"
        arn = f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"
        executions[arn] = {
            "executionArn": arn,
            "stateMachineArn": MACHINE,
            "name": name,
            "status": "RUNNING",
            "startDate": "2026-11-30T00:00:00.000Z",
            "stopDate": None,
            "input": json.dumps(given),
            "output": None,
            "events": [],
        }
        execution_run.run(arn)
        return arn

    def execution(self, arn: str) -> dict[str, Any]:
        """Return an execution as MiniStack keeps it."""
        found: dict[str, Any] = vars(stepfunctions)["_executions"][arn]
        return found

    def output(self, arn: str) -> Any:
        """Return what an execution that succeeded has returned."""
        assert self.execution(arn)["status"] == "SUCCEEDED", self.execution(arn)
        return json.loads(self.execution(arn)["output"])

    def failure(self, arn: str) -> tuple[str, str]:
        """Return error and cause of an execution that failed."""
        assert self.execution(arn)["status"] == "FAILED", self.execution(arn)
        return self.execution(arn)["error"], self.execution(arn)["cause"]

    def map_run(self, arn: str) -> dict[str, Any]:
        """Return the only Map Run of an execution, as DescribeMapRun shows it."""
        runs = [run for run in vars(stepfunctions)["_map_runs"].values() if run["executionArn"] == arn]
        ((_, _, body),) = [map_run.describe({"mapRunArn": run["mapRunArn"]}) for run in runs]
        shown: dict[str, Any] = json.loads(body)
        return shown

    def children(self) -> list[dict[str, Any]]:
        """Return the children of all Map Runs."""
        return [each for each in vars(stepfunctions)["_executions"].values() if "mapRunArn" in each]


def restore_later(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    """Let a module have its own functions again after the test."""
    for name, value in list(vars(module).items()):
        monkeypatch.setattr(module, name, value)


@contextmanager
def local_states(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStates]:
    """Install what completes Step Functions for a test, in the scope of an account and a Region. Nothing waits."""
    restore_later(monkeypatch, stepfunctions)
    for module in MODULES:
        module.install()
    config = {"FunctionArn": FUNCTION, "FunctionName": "orders"}
    monkeypatch.setattr(stepfunctions, "_SFN_WAIT_SCALE", 0)
    monkeypatch.setattr(stepfunctions, "_emit_execution_status_event", lambda _: None)
    monkeypatch.setattr(lambda_svc, "_get_func_record_for_ref", lambda _: ({"config": config}, config, "orders"))
    with request_scope(ACCOUNT, REGION):
        local = LocalStates()
        monkeypatch.setattr(lambda_svc, "_execute_function_with_config_scope", local.invoke)
        yield local
        for store in ("_state_machines", "_executions", "_map_runs"):
            vars(stepfunctions)[store].clear()
        vars(iam)["_roles"].clear()
