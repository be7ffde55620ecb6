"""A Python function on the local AWS goes on after an exception, whose class a caller can tell."""

import traceback
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from scavenger_ops.local import handler_error

SCRIPT = vars(lambda_runtime)["_PYTHON_WORKER_SCRIPT"]


class TwoLinesError(Exception):
    """An error with two lines."""


def answer(monkeypatch: pytest.MonkeyPatch, result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of an invocation of which MiniStack returns this."""
    monkeypatch.setattr(handler_error, "EXECUTE", lambda *_: result)
    return handler_error.execute({}, {}, "request")


def kept() -> dict[str, Any]:
    """Return what the process answers after an exception."""

    def handle() -> None:
        raise TwoLinesError("no\nway")

    try:
        handle()
    except TwoLinesError as error:
        found: dict[str, Any] = eval(handler_error.KEPT, {"e": error, "type": type, "str": str, "traceback": traceback})  # noqa: S307
    return found


def test_an_exception_has_the_name_of_its_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """And its text and traceback, as in Lambda's payload. The log ends with the traceback."""
    said = kept()
    assert said["status"] == "ok"
    result = answer(monkeypatch, {"body": said["result"], "log": "before"})
    assert (result["error"], result["body"]["errorType"], result["body"]["errorMessage"]) == (
        True,
        "TwoLinesError",
        "no\nway",
    )
    assert result["body"]["requestId"] == "request"
    assert result["log"].startswith("before\nTraceback")
    assert result["log"].endswith("TwoLinesError: no\nway\n")


@pytest.mark.parametrize("body", [None, "text", {"key": 1}, ["list"]], ids=repr)
def test_what_a_function_returns_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    """Of any type."""
    assert answer(monkeypatch, {"body": body, "log": ""}) == {"body": body, "log": ""}


def test_a_process_that_ended_has_lambdas_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others keep MiniStack's, such as that of a timeout."""
    died = {"errorMessage": handler_error.DIED, "errorType": "Runtime.HandlerError"}
    assert answer(monkeypatch, {"error": True, "body": died})["body"]["errorType"] == "Runtime.ExitError"
    late = {"errorMessage": "Task timed out after 1.00 seconds", "errorType": "Sandbox.Timedout"}
    assert answer(monkeypatch, {"error": True, "body": late})["body"]["errorType"] == "Sandbox.Timedout"


def test_the_script_of_the_process_has_the_answer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise nothing would be replaced."""
    assert SCRIPT.count(handler_error.ANSWER) == 1
    monkeypatch.setattr(lambda_runtime, "_PYTHON_WORKER_SCRIPT", SCRIPT)
    monkeypatch.setattr(lambda_svc, "_execute_function_warm", handler_error.EXECUTE)
    handler_error.install()
    script = vars(lambda_runtime)["_PYTHON_WORKER_SCRIPT"]
    assert (handler_error.ANSWER in script, handler_error.KEPT in script) == (False, True)
    compile(script, "worker", "exec")
    assert vars(lambda_svc)["_execute_function_warm"] is handler_error.execute
