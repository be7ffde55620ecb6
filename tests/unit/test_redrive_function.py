"""What the function answers decides which records are sent again, and when that is of no use."""

import json
import math
import re
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ReadTimeoutError
from scavenger_ops.redrive import function
from scavenger_ops.redrive.function import INVOKE_ATTEMPTS, RedriveTarget, SendResult, complete_arn, send
from support.dynamodb import refusal
from support.events import record

Answer = Callable[[list[Any]], object]

ACCOUNT = "arn:aws:lambda:us-east-1:000000000000"


class FakeLambda:
    """Gives the answers in turn, the last of them for ever, and keeps what it was invoked with."""

    def __init__(self, *answers: Answer, error: str | None = None) -> None:
        self._answers = list(answers)
        self._error = {"FunctionError": error} if error else {}
        self.sent: list[list[int]] = []

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Answer as the next answer says."""
        assert FunctionName == "scavenger"
        sent = json.loads(Payload)
        assert sent["quarantine"] is False
        self.sent.append([int(each["dynamodb"]["SequenceNumber"]) - 1000 for each in sent["Records"]])
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        said = answer(sent["Records"])
        payload = said if isinstance(said, bytes) else json.dumps(said).encode()
        return {"StatusCode": 200, "Payload": payload, **self._error}


def failing(*identifiers: str) -> Answer:
    """Make an answer that reports records as failed."""
    return lambda _: {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


def send_to(fake: FakeLambda, *numbers: int, stop: threading.Event | None = None) -> SendResult:
    """Send records with these numbers."""
    target = RedriveTarget(
        cast("Any", fake), "scavenger", "scavenger", 10.0, frozenset(), f"{ACCOUNT}:function:scavenger"
    )
    return send(target, [record(number) for number in numbers], stop or threading.Event())


@pytest.mark.parametrize("answer", [{"batchItemFailures": []}, {"batchItemFailures": [], "else": 1}])
def test_no_failure_is_success(answer: object) -> None:
    """All at once."""
    fake = FakeLambda(lambda _: answer)
    assert send_to(fake, 1, 2, 3) == SendResult(3)
    assert fake.sent == [[1, 2, 3]]


def test_what_is_undone_is_sent_again_from_there_on() -> None:
    """As the mapping would; numbers are compared as numbers."""
    fake = FakeLambda(failing("1002"), failing("1009", "1003"), failing())
    assert send_to(fake, 1, 2, 3, 9) == SendResult(4)
    assert fake.sent == [[1, 2, 3, 9], [2, 3, 9], [3, 9]]


def test_where_it_gets_no_further_it_stops_and_says_where() -> None:
    """A bad record is not sent for ever."""
    fake = FakeLambda(failing("1002"))
    assert send_to(fake, 1, 2, 3) == SendResult(1, "The function reports record 1002 as failed; its log says why.")
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
        # Of which one is of none of the records.
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
def test_whatever_does_not_say_what_is_done_says_that_nothing_is(answer: Answer) -> None:
    """Lambda itself takes some of these for success; an object is not removed for that."""
    fake = FakeLambda(answer)
    sent = send_to(fake, 1, 2)
    assert (sent.done, sent.has_failed) == (0, False)
    assert 0 < len(sent.reason) < 600
    assert sent.reason.isprintable()
    assert len(fake.sent) == 1


def test_an_error_of_the_function_is_told() -> None:
    """In its own words."""
    fake = FakeLambda(lambda _: {"errorMessage": "No such table"}, error="Unhandled")
    assert send_to(fake, 1) == SendResult(0, "The function failed: No such table", has_failed=True)


@pytest.mark.parametrize(
    "said", [b"", b"[" * 100_000, b"\xff", b'{"errorMessage": {"a": 1}}', b"null", b'"' + b"x" * 9999]
)
def test_an_error_in_no_words_is_one_all_the_same(said: bytes) -> None:
    """A runtime that ends in the middle says what it can."""
    sent = send_to(FakeLambda(lambda _: said, error="Unhandled"), 1)
    assert (sent.done, sent.has_failed) == (0, True)
    assert 0 < len(sent.reason) < 600


def test_once_it_is_to_stop_nothing_more_is_sent() -> None:
    """What was done until then counts."""
    stop = threading.Event()

    def answer(_: list[Any]) -> object:
        stop.set()
        return {"batchItemFailures": [{"itemIdentifier": "1002"}]}

    fake = FakeLambda(answer)
    assert send_to(fake, 1, 2, stop=stop) == SendResult(1, "It was interrupted.")
    assert len(fake.sent) == 1


def test_a_batch_that_was_not_begun_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the one before it was done when it was to stop."""
    monkeypatch.setattr("scavenger_ops.redrive.failure_object.MOST_RECORDS_A_BATCH", 2)
    stop = threading.Event()

    def answer(_: list[Any]) -> object:
        stop.set()
        return {"batchItemFailures": []}

    assert send_to(FakeLambda(answer), 1, 2, 3, stop=stop) == SendResult(2, "It was interrupted.")


def raising(error: Exception) -> Answer:
    """Make an answer that is none."""

    def answer(_: list[Any]) -> object:
        raise error

    return answer


LOST = {
    "no permission": (refusal("AccessDeniedException", 403), 1, "Allow your role or user"),
    "expired credentials": (refusal("ExpiredTokenException", 403), 2, "sign in again"),
    "a lost answer": (ReadTimeoutError(endpoint_url="here"), INVOKE_ATTEMPTS, "ReadTimeoutError"),
    "a server's error": (refusal("ServiceException", 500), INVOKE_ATTEMPTS, "ServiceException"),
}


@pytest.mark.parametrize(("error", "invocations", "reason"), LOST.values(), ids=LOST)
def test_where_no_answer_comes_it_stops_there(error: Exception, invocations: int, reason: str) -> None:
    """After an attempt or two, since each may have been an invocation. What was done counts."""
    fake = FakeLambda(failing("1002"), raising(error))
    sent = send_to(fake, 1, 2)
    assert (sent.done, sent.has_failed) == (1, True)
    assert re.search(reason, sent.reason)
    assert len(fake.sent) == 1 + invocations


def test_while_there_is_no_concurrency_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mapping's own invocations may have taken all; a throttled one costs nothing."""
    monkeypatch.setattr(function, "THROTTLED_PAUSE_S", 0.0)
    throttled = raising(refusal("TooManyRequestsException", 429))
    fake = FakeLambda(*[throttled] * 9, failing())
    assert send_to(fake, 1, 2) == SendResult(2)
    monkeypatch.setattr(function, "THROTTLED_TIMEOUT_S", 0.0)
    sent = send_to(FakeLambda(throttled), 1, 2)
    assert (sent.done, sent.has_failed) == (0, True)
    assert "TooManyRequestsException" in sent.reason


def test_a_record_that_cannot_be_done_holds_up_no_other_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after its batch is done."""
    monkeypatch.setattr("scavenger_ops.redrive.failure_object.MOST_RECORDS_A_BATCH", 2)
    fake = FakeLambda(lambda records: failing("1001")(records) if records[0] == record(1) else failing()(records))
    sent = send_to(fake, 1, 2, 3, 4, 5)
    assert sent == SendResult(3, "The function reports record 1001 as failed; its log says why.")
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
def test_a_function_is_known_by_what_its_name_says(named: str, arn: str) -> None:
    """What it leaves out is as of the other: account and Region, and never the name."""
    assert complete_arn(named, f"{ACCOUNT}:function:scavenger:live") == arn
