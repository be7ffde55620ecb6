"""The function's response decides which records are sent again, and when to stop."""

import json
import math
import re
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ReadTimeoutError
from scavenger_ops.redrive import function
from scavenger_ops.redrive.function import INVOKE_ATTEMPTS, RedriveTarget, SendResult, complete_arn, find_target, send
from support.dynamodb import client_error
from support.events import record
from support.redrive_aws import RedriveAws, redrive_aws

Answer = Callable[[list[Any]], object]

ACCOUNT = "arn:aws:lambda:us-east-1:000000000000"


class FakeLambda:
    """Returns the responses in turn, then the last one each time, and records its invocations."""

    def __init__(self, *answers: Answer, error: str | None = None) -> None:
        self._answers = list(answers)
        self._error = {"FunctionError": error} if error else {}
        self.sent: list[list[int]] = []

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Return the next response."""
        assert FunctionName == "scavenger"
        sent = json.loads(Payload)
        assert sent["quarantine"] is False
        self.sent.append([int(each["dynamodb"]["SequenceNumber"]) - 1000 for each in sent["Records"]])
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        said = answer(sent["Records"])
        payload = said if isinstance(said, bytes) else json.dumps(said).encode()
        return {"StatusCode": 200, "Payload": payload, **self._error}


def failing(*identifiers: str) -> Answer:
    """Return a response that reports records as failed."""
    return lambda _: {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


def send_to(fake: FakeLambda, *numbers: int, stop: threading.Event | None = None) -> SendResult:
    """Send records with these numbers."""
    target = RedriveTarget(
        cast("Any", fake), "scavenger", "scavenger", 10.0, frozenset(), f"{ACCOUNT}:function:scavenger"
    )
    return send(target, [record(number) for number in numbers], stop or threading.Event())


@pytest.mark.parametrize("answer", [{"batchItemFailures": []}, {"batchItemFailures": [], "else": 1}])
def test_an_empty_list_of_failures_is_success(answer: object) -> None:
    """One invocation is enough."""
    fake = FakeLambda(lambda _: answer)
    assert send_to(fake, 1, 2, 3) == SendResult(3)
    assert fake.sent == [[1, 2, 3]]


def test_records_from_the_first_failure_on_are_sent_again() -> None:
    """The mapping does so too. Sequence numbers are compared as numbers."""
    fake = FakeLambda(failing("1002"), failing("1009", "1003"), failing())
    assert send_to(fake, 1, 2, 3, 9) == SendResult(4)
    assert fake.sent == [[1, 2, 3, 9], [2, 3, 9], [3, 9]]


def test_without_progress_it_stops_and_names_the_record() -> None:
    """A poison record is not sent forever."""
    fake = FakeLambda(failing("1002"))
    assert send_to(fake, 1, 2, 3) == SendResult(1, "The function reports record 1002 as failed. Its log says why.")
    assert fake.sent == [[1, 2, 3], [2, 3]]


@pytest.mark.parametrize(
    "answer",
    [
        failing(""),
        failing("1000"),
        failing("1999"),
        failing("text"),
        lambda _: None,
        lambda _: {},
        lambda _: "done",
        lambda _: {"batchItemFailures": None},
        lambda _: {"batchItemFailures": {}},
        lambda _: {"batchItemFailures": ""},
        lambda _: {"batchItemFailures": [{"id": "1002"}]},
        lambda _: {"batchItemFailures": [{"itemIdentifier": None}]},
        # One of the two is not among the records.
        failing("1002", "1003"),
        lambda _: {"batchItemFailures": [], "else": math.inf},
        lambda _: [],
        lambda _: b"",
        lambda _: b"<html><title>Log in</title></html>",
        lambda _: b'{"batchItemFailures": [',
        lambda _: b"[" * 100_000,
        lambda _: b'{"batchItemFailures": [], "deep": ' + b"[" * 100_000,
        lambda _: b'{"batchItemFailures": ' + b"1" * 5_000 + b"}",
        lambda _: "\ud800" * 1_000_000,
        lambda _: b"\xff" * 1_000_000,
    ],
)
def test_any_other_response_means_that_nothing_is_done(answer: Answer) -> None:
    """Lambda accepts some of these as success, but an object must not be removed for them."""
    fake = FakeLambda(answer)
    sent = send_to(fake, 1, 2)
    assert (sent.done, sent.has_failed) == (0, False)
    assert 0 < len(sent.reason) < 600
    assert sent.reason.isprintable()
    assert len(fake.sent) == 1


def test_an_error_of_the_function_is_reported() -> None:
    """The result has the function's own message."""
    fake = FakeLambda(lambda _: {"errorMessage": "No such table"}, error="Unhandled")
    assert send_to(fake, 1) == SendResult(0, "The function failed: No such table", has_failed=True)


@pytest.mark.parametrize(
    "said", [b"", b"[" * 100_000, b"\xff", b'{"errorMessage": {"a": 1}}', b"null", b'"' + b"x" * 9999]
)
def test_an_error_without_a_message_is_an_error(said: bytes) -> None:
    """A runtime that crashes reports what it can."""
    sent = send_to(FakeLambda(lambda _: said, error="Unhandled"), 1)
    assert (sent.done, sent.has_failed) == (0, True)
    assert 0 < len(sent.reason) < 600


def test_after_a_stop_nothing_more_is_sent() -> None:
    """What was done until then counts."""
    stop = threading.Event()

    def answer(_: list[Any]) -> object:
        stop.set()
        return {"batchItemFailures": [{"itemIdentifier": "1002"}]}

    fake = FakeLambda(answer)
    assert send_to(fake, 1, 2, stop=stop) == SendResult(1, "The redrive was interrupted.")
    assert len(fake.sent) == 1


def test_a_batch_that_was_not_sent_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not, even if the batch before it was done when the stop came."""
    monkeypatch.setattr("scavenger_ops.redrive.failure_object.MOST_RECORDS_A_BATCH", 2)
    stop = threading.Event()

    def answer(_: list[Any]) -> object:
        stop.set()
        return {"batchItemFailures": []}

    assert send_to(FakeLambda(answer), 1, 2, 3, stop=stop) == SendResult(2, "The redrive was interrupted.")


def raising(error: Exception) -> Answer:
    """Return a response that raises."""

    def answer(_: list[Any]) -> object:
        raise error

    return answer


FAILURES = {
    "no permission": (client_error("AccessDeniedException", 403), 1, "Allow your role or user"),
    "expired credentials": (client_error("ExpiredTokenException", 403), 2, "sign in again"),
    "a lost response": (ReadTimeoutError(endpoint_url="here"), INVOKE_ATTEMPTS, "ReadTimeoutError"),
    "a server's error": (client_error("ServiceException", 500), INVOKE_ATTEMPTS, "ServiceException"),
}


@pytest.mark.parametrize(("error", "invocations", "reason"), FAILURES.values(), ids=FAILURES)
def test_a_failed_invocation_stops_the_object(error: Exception, invocations: int, reason: str) -> None:
    """It stops after one or two attempts, since each may be an invocation. What was done counts."""
    fake = FakeLambda(failing("1002"), raising(error))
    sent = send_to(fake, 1, 2)
    assert (sent.done, sent.has_failed) == (1, True)
    assert re.search(reason, sent.reason)
    assert len(fake.sent) == 1 + invocations


def test_it_waits_for_free_concurrency(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mapping's own invocations may use it up. A throttled invocation costs nothing."""
    monkeypatch.setattr(function, "THROTTLED_BACKOFF_S", 0.0)
    throttled = raising(client_error("TooManyRequestsException", 429))
    fake = FakeLambda(*[throttled] * 9, failing())
    assert send_to(fake, 1, 2) == SendResult(2)
    monkeypatch.setattr(function, "THROTTLED_TIMEOUT_S", 0.0)
    sent = send_to(FakeLambda(throttled), 1, 2)
    assert (sent.done, sent.has_failed) == (0, True)
    assert "TooManyRequestsException" in sent.reason


def test_a_poison_record_holds_up_no_other_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batches after it are done."""
    monkeypatch.setattr("scavenger_ops.redrive.failure_object.MOST_RECORDS_A_BATCH", 2)
    fake = FakeLambda(lambda records: failing("1001")(records) if records[0] == record(1) else failing()(records))
    sent = send_to(fake, 1, 2, 3, 4, 5)
    assert sent == SendResult(3, "The function reports record 1001 as failed. Its log says why.")
    assert fake.sent == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize(
    ("named", "arn"),
    {
        "orders": f"{ACCOUNT}:function:orders",
        "orders:live": f"{ACCOUNT}:function:orders",
        "function:orders": f"{ACCOUNT}:function:orders",
        "function": f"{ACCOUNT}:function:function",
        "000000000000:function:orders:7": f"{ACCOUNT}:function:orders",
        "111111111111:function:orders": "arn:aws:lambda:us-east-1:111111111111:function:orders",
        "arn:aws:lambda:us-east-1::function:orders": f"{ACCOUNT}:function:orders",
        f"{ACCOUNT}:function:orders:$LATEST": f"{ACCOUNT}:function:orders",
        f"{ACCOUNT}:function:function:function": f"{ACCOUNT}:function:function",
        "arn:aws:lambda:eu-west-1:000000000000:function:a": "arn:aws:lambda:eu-west-1:000000000000:function:a",
        f"more:{ACCOUNT}:function:orders": f"more:{ACCOUNT}:function:orders",
    }.items(),
)
def test_a_name_is_completed_to_an_arn(named: str, arn: str) -> None:
    """Account and Region come from the other function's ARN, but never the name."""
    assert complete_arn(named, f"{ACCOUNT}:function:scavenger:live") == arn


VARIABLES = {
    "STAGING_MESSAGES_TABLE_NAME": "staging",
    "STAGING_MESSAGES_TABLE_KEY": '{"messageId": "S"}',
    "MAX_REQUESTS_IN_FLIGHT": "8",
}


@pytest.mark.parametrize(
    ("environment", "handled"),
    [
        ({"Variables": VARIABLES}, {"INSERT"}),
        ({"Variables": {**VARIABLES, "EVENT_NAMES": '["MODIFY"]'}}, {"MODIFY"}),
        ({"Variables": {**VARIABLES, "EVENT_NAMES": '["INSERT", "MODIFY"]'}}, {"INSERT", "MODIFY"}),
        ({"Variables": {**VARIABLES, "EVENT_NAMES": "[]"}}, {"INSERT", "MODIFY", "REMOVE"}),
        ({"Error": {"ErrorCode": "AccessDeniedException"}}, {"INSERT", "MODIFY", "REMOVE"}),
    ],
    ids=["default", "updates", "both", "malformed", "encrypted"],
)
def test_the_function_gets_the_changes_that_its_settings_name(environment: dict[str, Any], handled: set[str]) -> None:
    """If they cannot be read it gets all, and ignores some. If it got fewer, objects would be removed too early."""
    aws = RedriveAws(environment=environment)
    with redrive_aws(aws) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        assert set(find_target("scavenger", None, is_dry_run=False).event_names) == handled
