"""Lets a Python function go on in its process after an exception, and names the exception's class, as Lambda does.

MiniStack ends the process, which costs a second at the next attempt, and says Runtime.HandlerError for each exception,
so a state machine could not tell them apart.
Sources: python-exceptions.html; Runtime.ExitError in troubleshooting-invocation.html.
"""

from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

EXECUTE = lambda_svc._execute_function_warm  # noqa: SLF001 - there is no public function
# What the process answers after an exception. MiniStack ends the process for any other status than ok.
ANSWER = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
MARK = "scavenger local: exception"
KEPT = (
    f'{{"status": "ok", "result": {{"{MARK}": {{"errorMessage": str(e), "errorType": type(e).__name__, '
    '"stackTrace": traceback.format_exc().splitlines(keepends=True)}}}'
)
DIED = "Worker process died"


def install() -> None:
    """Let MiniStack use the function of this module."""
    script = lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001 - there is no other
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(ANSWER, KEPT)  # noqa: SLF001 - likewise
    lambda_svc._execute_function_warm = execute  # noqa: SLF001 - likewise


def execute(function: dict[str, Any], event: object, request_id: str) -> dict[str, Any]:
    """Invoke a function, and return its result. The body of a failure has the name of the exception's class."""
    result: dict[str, Any] = EXECUTE(function, event, request_id)
    body = result.get("body")
    if isinstance(body, dict) and MARK in body:
        error = body[MARK]
        lines = [result.get("log", ""), "".join(error["stackTrace"])]
        return {"body": error | {"requestId": request_id}, "error": True, "log": "\n".join(filter(None, lines))}
    if isinstance(body, dict) and result.get("error") and body.get("errorMessage") == DIED:
        body["errorType"] = "Runtime.ExitError"
    return result
