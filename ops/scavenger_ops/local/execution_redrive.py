"""RedriveExecution, which MiniStack does not have: an execution goes on from the state in which it ended.

Children of a Map Run that succeeded keep their results. The others go on, or start.
Sources: API_RedriveExecution.html; redrive-executions.html; redrive-map-run.html.
"""

import json
import threading
from contextvars import copy_context
from typing import Any, cast

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions

from scavenger_ops.local.execution_run import LOCK, reopen, run

HANDLE = stepfunctions.handle_request
DESCRIBE = stepfunctions._describe_execution  # noqa: SLF001 - there is no public function
REDRIVABLE = {"FAILED", "ABORTED", "TIMED_OUT"}

Answer = tuple[int, dict[str, str], bytes]


def install() -> None:
    """Let MiniStack use the functions of this module."""
    stepfunctions.handle_request = handle
    stepfunctions._describe_execution = describe  # noqa: SLF001 - there is no other


async def handle(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
) -> Answer:
    """Answer a request to Step Functions."""
    if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
        return cast("Answer", stepfunctions._finalize_response(redrive(json.loads(body))))  # noqa: SLF001
    return cast("Answer", await HANDLE(method, path, headers, body, query_params))


def redrive(request: dict[str, Any]) -> Answer:
    """Let an execution go on that has ended without success. A child of a Map Run goes on with its parent only."""
    arn = request.get("executionArn", "")
    execution = stepfunctions._executions.get(arn)  # noqa: SLF001 - there is no other
    if execution is None:
        return _error("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    with LOCK:
        if execution["status"] not in REDRIVABLE or "mapRunArn" in execution:
            return _error("ExecutionNotRedrivable", f"Execution {arn} is {execution['status']} and cannot be redriven")
        reopen(execution)
    threading.Thread(target=copy_context().run, args=(run, arn), name=arn, daemon=True).start()
    return cast("Answer", json_response({"redriveDate": execution["redriveDate"]}))


def describe(request: dict[str, Any]) -> Answer:
    """Answer DescribeExecution, with what a redrive adds."""
    answer: Answer = DESCRIBE(request)
    execution = stepfunctions._executions.get(request.get("executionArn"))  # noqa: SLF001 - there is no other
    if execution is None:
        return answer
    is_redrivable = execution["status"] in REDRIVABLE and "mapRunArn" not in execution
    added = {
        "redriveCount": execution.get("redriveCount", 0),
        "redriveStatus": "REDRIVABLE" if is_redrivable else "NOT_REDRIVABLE",
    }
    if "redriveDate" in execution:
        added["redriveDate"] = execution["redriveDate"]
    return cast("Answer", json_response(json.loads(answer[2]) | added))


def _error(code: str, message: str) -> Answer:
    return cast("Answer", error_response_json(code, message, 400))
