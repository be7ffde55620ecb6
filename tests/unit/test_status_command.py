"""The errors of status: nothing can be read, or the function is another one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from reconciler.explained_error import ExplainedError, NoAwsError
from reconciler.function_name import FunctionName, check_account
from scavenger_ops.status import fact_reader
from scavenger_ops.status.background_read import start_read
from scavenger_ops.status.fact_reader import read_facts
from scavenger_ops.status.pending_fact import NameUnknownError, PendingFact, result_of
from support.endpoint import drip, endpoint

PAGE = b"<html><head><title>Log in</title></head><body>first</body></html>"
ABSENT = json.dumps({"__type": "ResourceNotFoundException", "Message": "no"}).encode()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (lambda: endpoint(200, PAGE, Content_Type="text/html"), "a page, titled 'Log in', with status 200"),
        (
            lambda: endpoint(200, b"null"),
            "Lambda request GetFunctionConfiguration for function orders got an unexpected response",
        ),
        (lambda: endpoint(200, b"{}"), "it has no FunctionName"),
        (lambda: endpoint(404, ABSENT, x_amzn_ErrorType="ResourceNotFoundException"), "There is no function orders in"),
    ],
)
def test_if_nothing_can_be_read_one_error_says_why(
    answers: Callable[[], AbstractContextManager[str]], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is not repeated for each fact. A function that does not exist is an error too."""
    with answers() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ExplainedError) as raised:
            read_facts("orders")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_function_in_another_account_is_refused() -> None:
    """Status would show a function of the same name instead."""
    arn = "arn:aws:lambda:us-east-1:111111111111:function:orders"
    with pytest.raises(
        ExplainedError, match="is in account 222222222222, but the credentials are for account 111111111111"
    ):
        check_account(arn, FunctionName("orders", "222222222222"))
    for name in (FunctionName("orders", "111111111111"), FunctionName("orders", None)):
        check_account(arn, name)


def test_if_no_request_is_answered_aws_could_not_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what to check."""
    monkeypatch.setattr(fact_reader, "TOTAL_S", 0.0)
    with drip() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(NoAwsError, match="AWS did not answer within 0 s"):
            read_facts("orders")


def raise_it(error: Exception) -> Any:
    """Raise an error."""
    raise error


def test_an_answer_that_raises_any_error_is_not_known() -> None:
    """There is no traceback. A fact without a name to ask for is not noted: the fact with the name is."""
    unknown: list[Any] = []
    for error in (KeyError("x"), NameUnknownError(), TypeError("y")):
        future = start_read(lambda error=error: raise_it(error))  # type: ignore[misc]
        assert result_of(PendingFact(("lag",), "the lag", "p", future), unknown, time.monotonic() + 9) is None
    assert [(each.about, each.permission) for each in unknown] == [(("lag",), None)] * 2
    assert "cannot be read (KeyError)" in unknown[0].reason


# The services whose models botocore reads, and the modules that are loaded.
SCRIPT = """
import sys
from botocore.loaders import Loader
models, load = set(), Loader.load_service_model
def note(self, name, *args, **options):
    models.add(name)
    return load(self, name, *args, **options)
Loader.load_service_model = note
from scavenger_ops.status.run import run
from reconciler.explained_error import ExplainedError
try:
    run("orders", as_json=False)
except ExplainedError:
    pass
print(*sorted(models))
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
NOT_NEEDED = {"aws_lambda_powertools", "greenlet", "hypothesis", "matplotlib", "ministack", "moto", "numpy", "pytest"}


def test_status_imports_nothing_that_it_does_not_use() -> None:
    """Of boto3, only the models of the services that it asks."""
    with endpoint(200, b"{}") as url:
        environment = {**os.environ, "AWS_ENDPOINT_URL": url, "COVERAGE_PROCESS_START": ""}
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
    models, modules = (set(line.split()) for line in ran.stdout.splitlines())
    assert models == {"cloudwatch", "dynamodb", "lambda", "logs", "s3"}
    assert modules & NOT_NEEDED == set()
