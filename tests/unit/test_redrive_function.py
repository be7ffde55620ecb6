"""What the function answers decides which records are sent again, and when that is of no use."""

import io
import json
import re
import threading
from collections.abc import Callable
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from scavenger_ops.redrive.function import Sent, Target, send
from support.dynamodb import refusal
from support.events import record

Answer = Callable[[list[Any]], object]


class FakeLambda:
    """Gives the answers in turn, the last of them for ever, and keeps what it was invoked with."""

    exceptions = boto3.client("lambda", region_name="us-east-1").exceptions

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
        return {"Payload": io.BytesIO(json.dumps(answer(sent["Records"])).encode()), **self._error}


def failing(*identifiers: str) -> Answer:
    """Make an answer that reports records as failed."""
    return lambda _: {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


def send_to(fake: FakeLambda, *numbers: int, stop: threading.Event | None = None) -> Sent:
    """Send records with these numbers."""
    target = Target(cast("Any", fake), "scavenger", frozenset())
    return send(target, [record(number) for number in numbers], stop or threading.Event())


@pytest.mark.parametrize("answer", [{"batchItemFailures": []}, {"batchItemFailures": [], "else": 1}])
def test_no_failure_is_success(answer: object) -> None:
    """All at once."""
    fake = FakeLambda(lambda _: answer)
    assert send_to(fake, 1, 2, 3) == Sent(3)
    assert fake.sent == [[1, 2, 3]]


def test_what_is_undone_is_sent_again_from_there_on() -> None:
    """As the mapping would; numbers are compared as numbers."""
    fake = FakeLambda(failing("1002"), failing("1009", "1003"), failing())
    assert send_to(fake, 1, 2, 3, 9) == Sent(4)
    assert fake.sent == [[1, 2, 3, 9], [2, 3, 9], [3, 9]]


def test_where_it_gets_no_further_it_stops_and_says_where() -> None:
    """A bad record is not sent for ever."""
    fake = FakeLambda(failing("1002"))
    assert send_to(fake, 1, 2, 3) == Sent(1, "The function reports record 1002 as failed; its log says why.")
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
    ],
)
def test_whatever_does_not_say_what_is_done_says_that_nothing_is(answer: Answer) -> None:
    """Lambda itself takes some of these for success; an object is not removed for that."""
    fake = FakeLambda(answer)
    sent = send_to(fake, 1, 2)
    assert (sent.done, sent.has_failed) == (0, False)
    assert sent.reason
    assert len(fake.sent) == 1


def test_an_error_of_the_function_is_told() -> None:
    """In its own words."""
    fake = FakeLambda(lambda _: {"errorMessage": "No such table"}, error="Unhandled")
    assert send_to(fake, 1) == Sent(0, "The function failed: No such table", has_failed=True)


def test_once_it_is_to_stop_nothing_more_is_sent() -> None:
    """What was done until then counts."""
    stop = threading.Event()

    def answer(_: list[Any]) -> object:
        stop.set()
        return {"batchItemFailures": [{"itemIdentifier": "1002"}]}

    fake = FakeLambda(answer)
    assert send_to(fake, 1, 2, stop=stop) == Sent(1, "It was interrupted.")
    assert len(fake.sent) == 1


def raising(error: Exception) -> Answer:
    """Make an answer that is none."""

    def answer(_: list[Any]) -> object:
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (refusal("TooManyRequestsException", 429), "Lambda did not invoke the function: .*TooManyRequestsException"),
        (refusal("AccessDeniedException", 403), "Lambda did not invoke the function: .*AccessDeniedException"),
        (ReadTimeoutError(endpoint_url="here"), r"The function's answer did not arrive \(ReadTimeoutError\)"),
    ],
)
def test_where_no_answer_comes_it_stops_there(error: Exception, reason: str) -> None:
    """That may be so for all objects, and is told apart from a record that cannot be done."""
    fake = FakeLambda(failing("1002"), raising(error))
    sent = send_to(fake, 1, 2)
    assert (sent.done, sent.has_failed) == (1, True)
    assert re.match(reason, sent.reason)


def test_a_record_that_cannot_be_done_holds_up_no_other_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after its batch is done."""
    monkeypatch.setattr("scavenger_ops.redrive.failure_object.MOST_RECORDS_A_BATCH", 2)
    fake = FakeLambda(lambda records: failing("1001")(records) if records[0] == record(1) else failing()(records))
    sent = send_to(fake, 1, 2, 3, 4, 5)
    assert sent == Sent(3, "The function reports record 1001 as failed; its log says why.")
    assert fake.sent == [[1, 2], [3, 4], [5]]
