"""Does in memory what the state machine of modules/reconciler does with the function. It never waits before a retry."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from reconciler.handler import make_handler
from reconciler.worker_settings import WorkerSettings

from support.context import make_context
from support.linking_functions import deploy, function

# What a state may pass on. Source: service-quotas.html of Step Functions.
MOST_STATE_BYTES = 262_144
# Retries of a task, as in modules/reconciler.
MAX_ATTEMPTS = 8
STATE_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:pipeline-reconciler"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:pipeline-reconciler:own"
BEGAN_AT = datetime(2026, 11, 30, 22, tzinfo=UTC)
SETTINGS = WorkerSettings(
    function_name="pipeline",
    age_attribute="createdAt",
    older_than_s=3600,
    max_concurrency=10,
    # No application needs the capacity of these tables.
    max_read_units=1_000_000,
    max_write_units=1_000_000,
)
# The modules that connect to Lambda.
MODULES = ("reconciler.pipeline", "reconciler.deployed_function")

Invoke = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class TaskFailedError(Exception):
    """A task whose retries are exhausted, or that was refused: the name and the text of its last error."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name


class InvocationKilledError(Exception):
    """Lambda stopped an invocation, so what it did is done, and what it would return is lost."""


class Executions:
    """A Step Functions with these running executions, by ARN and start, one on a page."""

    def __init__(self, **running: datetime) -> None:
        self._running = [*running.items(), ("own", BEGAN_AT)]
        self.meta = None

    def list_executions(self, *, stateMachineArn: str, statusFilter: str, nextToken: str = "0") -> Any:  # noqa: N803 - boto3's names; a page is no password
        """List the running executions of the state machine."""
        assert (stateMachineArn, statusFilter) == (STATE_MACHINE, "RUNNING")
        place = int(nextToken)
        name, began_at = self._running[place]
        listed = [{"executionArn": EXECUTION.replace(":own", f":{name}"), "startDate": began_at}]
        return {"executions": listed} | ({"nextToken": str(place + 1)} if place + 1 < len(self._running) else {})


class Result(NamedTuple):
    """What Summarise got of the segments, and the output of the execution."""

    results: list[Mapping[str, Any]]
    output: Mapping[str, Any]


def link(monkeypatch: pytest.MonkeyPatch, *patterns: Any, running: Executions | None = None, **options: Any) -> None:
    """Let the function of the deployment, with these patterns, link the tables. No other execution runs by default."""
    deploy(monkeypatch, *MODULES, pipeline=function(*patterns, **options))
    monkeypatch.setattr("reconciler.preparation.connect", lambda _: running or Executions())


def whole_invocation() -> LambdaContext:
    """Return the context of an invocation with the default timeout of modules/reconciler."""
    return make_context(900)


def worker(settings: WorkerSettings = SETTINGS, context: Callable[[], LambdaContext] = whole_invocation) -> Invoke:
    """Return what invokes a function with these settings, each time with a new context."""
    handler = make_handler(settings)
    return lambda event: handler(event, context())


def prepare_event(given: object, **changes: str) -> dict[str, Any]:
    """Return the event of the first task, with the input of the execution."""
    began_at = BEGAN_AT.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    own = {"execution_arn": EXECUTION, "started_at": began_at, "state_machine_arn": STATE_MACHINE}
    return {"task": "prepare", "input": given, **own, **changes}


def compare_event(run: Mapping[str, Any], segment: int = 0) -> dict[str, Any]:
    """Return the first event of a segment."""
    return {"task": "compare", "run": run, "segment": segment, "last_key": None, "counts": []}


def run_machine(invoke: Invoke, **given: Any) -> Result:
    """Execute the state machine with this input. Raises TaskFailedError if its first or last task fails."""
    prepared = perform(invoke, prepare_event(given))
    run = prepared["run"]
    results = [compare_all(invoke, compare_event(run, segment)) for segment in prepared["segments"]]
    return Result(results, perform(invoke, {"task": "summarise", "run": run, "results": results}))


def compare_all(invoke: Invoke, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Do what a child workflow does: invoke until the segment is done, or fails."""
    while True:
        try:
            event = perform(invoke, event)
        except TaskFailedError as error:
            return {"segment": event["segment"], "counts": event["counts"], "error": error.name}
        if event["is_done"]:
            return {"segment": event["segment"], "counts": event["counts"]}


def perform(invoke: Invoke, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Invoke the function for a task, and again if it fails. Raises TaskFailedError."""
    for attempt in range(1 + MAX_ATTEMPTS):
        try:
            return as_json(invoke(as_json(event)))
        except Exception as error:  # Lambda reports any exception, by the name of its class.
            name = type(error).__name__
            if name == "RefusedError" or attempt == MAX_ATTEMPTS:
                raise TaskFailedError(name, str(error)) from error
    raise AssertionError


def as_json(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a value as it is after a state passed it on."""
    text = json.dumps(value)
    assert len(text) < MOST_STATE_BYTES
    return json.loads(text)  # type: ignore[no-any-return]
