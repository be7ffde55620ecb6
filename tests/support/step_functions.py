"""A Step Functions API with one state machine of a reconciler, over HTTP. It runs nothing: a test says what happens."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from reconciler.segment_counts import FIGURES, LENGTH, NAMES

from support.endpoint import serve

BEGAN_AT = 1_795_000_000.0
RUN = {"older_than_s": 7200, "age_attribute": "createdAt", "apply": True}
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:orders-reconciler"
EXECUTION = MACHINE.replace("stateMachine", "execution")
MAP_RUN = MACHINE.replace("stateMachine", "mapRun") + "/segments:1"


def counts(**numbers: float) -> list[float]:
    """Return the counts of a segment as a list, by the names of `segment_counts`, with _ in place of a space."""
    given = {name.replace("_", " ") if name not in FIGURES else name: number for name, number in numbers.items()}
    listed = [given.pop(name, 0) for name in (*NAMES, *FIGURES)]
    assert (len(listed), given) == (LENGTH, {})
    return listed


def done(segment: int, **numbers: float) -> dict[str, Any]:
    """Return a child workflow that ended well."""
    return {"status": "SUCCEEDED", "segment": segment, "output": {"segment": segment, "counts": counts(**numbers)}}


def failed(segment: int, error: str, **numbers: float) -> dict[str, Any]:
    """Return a child workflow whose segment failed, after it had counted something."""
    child = done(segment, **numbers)
    child["output"]["error"] = error
    return child


def stopped(segment: int) -> dict[str, Any]:
    """Return a child workflow that was stopped with its execution."""
    return {"status": "ABORTED", "segment": segment}


@dataclass
class StepFunctions:
    """What happens: each look at the execution ends so many children more. Then it ends with a status.

    `faults` are the codes of errors with which the next requests of an operation are answered. `on_look` is called at
    each look with its number. `inputs` and `requests` are what was asked.
    """

    children: Sequence[Mapping[str, Any]] = ()
    children_a_look: int = 1
    segments: int | None = None
    ending: Mapping[str, Any] = field(default_factory=lambda: {"status": "SUCCEEDED", "output": "{}"})
    has_machine: bool = True
    running: Sequence[str] = ()
    faults: Mapping[str, list[str]] = field(default_factory=dict)
    on_look: Callable[[int], object] = lambda _: None
    inputs: list[Any] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    ended: int = 0

    def answer(self, operation: str, request: Mapping[str, Any]) -> tuple[int, Any]:
        """Return status and body of the response to a request."""
        self.requests[operation] += 1
        if not self.has_machine:
            return _error("StateMachineDoesNotExist")
        if self.faults.get(operation):
            return _error(self.faults[operation].pop(0))
        status, told = getattr(self, operation)(request)
        return status, told

    def StartExecution(self, request: Mapping[str, Any]) -> tuple[int, Any]:  # noqa: N802 - AWS's names
        """Start the execution. As on AWS, the same name starts no second one."""
        assert request["stateMachineArn"] == MACHINE
        if request["name"] not in self.names:
            self.names.append(request["name"])
            self.inputs.append(json.loads(request["input"]))
        return 200, {"executionArn": f"{EXECUTION}:{request['name']}", "startDate": BEGAN_AT}

    def DescribeExecution(self, request: Mapping[str, Any]) -> tuple[int, Any]:  # noqa: N802
        """Describe the execution or a child."""
        arn, told = request["executionArn"], {"stateMachineArn": MACHINE, "startDate": BEGAN_AT}
        if "/segments:" in arn:
            child = self.children[int(arn.rpartition(":")[2])]
            given = {"task": "compare", "run": RUN, "segment": child["segment"], "last_key": None, "counts": []}
            output = {"output": json.dumps(child["output"])} if "output" in child else {}
            return 200, {"executionArn": arn, **told, "status": child["status"], "input": json.dumps(given), **output}
        self.requests["look"] += 1
        self.on_look(self.requests["look"])
        self.ended = min(len(self.children), self.ended + self.children_a_look)
        is_over = self.ended == len(self.children)
        return 200, {"executionArn": arn, **told, **(self.ending if is_over else {"status": "RUNNING"})}

    def ListExecutions(self, request: Mapping[str, Any]) -> tuple[int, Any]:  # noqa: N802
        """List the executions that are running, or the children, on two pages."""
        if "mapRunArn" not in request:
            listed = [{"executionArn": f"{EXECUTION}:{name}", "startDate": BEGAN_AT} for name in self.running]
            return 200, {"executions": listed}
        children = list(enumerate(self.children))
        page = children[1::2] if "nextToken" in request else children[::2]
        listed = [self._listed(number, child) for number, child in page]
        return 200, {"executions": listed, **({} if "nextToken" in request else {"nextToken": "more"})}

    def _listed(self, number: int, child: Mapping[str, Any]) -> dict[str, Any]:
        status = child["status"] if number < self.ended else "RUNNING"
        return {"executionArn": f"{EXECUTION}/segments:{number}", "startDate": BEGAN_AT, "status": status}

    def ListMapRuns(self, _: Mapping[str, Any]) -> tuple[int, Any]:  # noqa: N802
        """List the Map Run, if the execution has one."""
        return 200, {"mapRuns": [{"mapRunArn": MAP_RUN}] if self.children else []}

    def DescribeMapRun(self, _: Mapping[str, Any]) -> tuple[int, Any]:  # noqa: N802
        """Count the segments."""
        total = len(self.children) if self.segments is None else self.segments
        others = dict.fromkeys(("running", "failed", "timedOut", "aborted", "resultsWritten"), 0)
        items = {"pending": total - self.ended, "succeeded": self.ended, "total": total, **others}
        return 200, {"mapRunArn": MAP_RUN, "status": "RUNNING", "itemCounts": items}


def _error(code: str) -> tuple[int, Any]:
    return 400, {"__type": code, "message": "as the test wants it"}


@contextmanager
def step_functions(fake: StepFunctions) -> Iterator[str]:
    """Serve this Step Functions for the time of the block. Yield the URL."""

    class StepFunctionsHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, told = fake.answer(self.headers["X-Amz-Target"].partition(".")[2], request)
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with serve(StepFunctionsHandler) as url:
        yield url
