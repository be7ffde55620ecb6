"""All commands ask AWS in one way: bounded in time, of the form relied on, and each error is one sentence."""

import json
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from scavenger_ops.aws.ask import WATCH_INTERVAL_S, RetryPolicy, Stopped, ask, ask_pages
from scavenger_ops.aws.clients import connect
from scavenger_ops.aws.errors import AwsError
from scavenger_ops.aws.form import NUMBER, find_flaw
from scavenger_ops.command import CommandError
from scavenger_ops.toolchain import ROOT
from support.dynamodb import error_answer, http_dynamodb
from support.endpoint import endpoint

TABLE = {"Table": {"TableName": str}}
GOOD = (200, json.dumps({"Table": {"TableName": "orders"}}).encode())
# However slow this machine is, it is tried as often as it is worth, and no longer.
AMPLE = RetryPolicy(attempt_timeout_s=60, total_timeout_s=600, max_attempts=3)


@pytest.fixture
def _timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass only in the pauses between the attempts, each as long as it may be."""
    now_s = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    monkeypatch.setattr("scavenger_ops.aws.ask.time", SimpleNamespace(monotonic=lambda: now_s, sleep=sleep))
    monkeypatch.setattr("scavenger_ops.aws.ask.random", SimpleNamespace(uniform=lambda _, most: most))


def describe(*answers: Any, retry_policy: RetryPolicy = AMPLE, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, int]:
    """Describe a table at an endpoint that gives these answers in turn; return what came, and how many were asked."""
    with http_dynamodb([partial(lambda answer: answer, each) for each in answers]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        try:
            return ask(connect("dynamodb").describe_table, TABLE, retry_policy, TableName="orders"), len(requests)
        except CommandError as error:
            return error, len(requests)


ONCE_MORE = {
    "a refusal": error_answer("ValidationException"),
    "refused credentials": error_answer("UnrecognizedClientException"),
    "what nobody knows": error_answer("MysteryException"),
    "throttling": error_answer("ProvisionedThroughputExceededException"),
    "a server's error": (500, b""),
    "a page": (200, b"<html></html>"),
    "nothing": (200, b""),
    "null": (200, b"null"),
    "another form": (200, b'{"Table": 7}'),
    "half of a body": (200, GOOD[1][:20]),
    "a dropped connection": None,
    "the checksum of another body": (*GOOD, {"x-amz-crc32": "7"}),
}


@pytest.mark.parametrize("answer", ONCE_MORE.values(), ids=ONCE_MORE)
def test_what_is_met_once_is_asked_again(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One refusal is no proof (boto3 issues 509, 1332, 4709)."""
    assert describe(answer, GOOD, monkeypatch=monkeypatch)[1] == 2


PERSISTENT = {
    "a refusal": (error_answer("ValidationException"), 2, "ValidationException"),
    "no permission": (error_answer("AccessDeniedException"), 1, "Allow your role or user dynamodb:DescribeTable"),
    "no table": (error_answer("ResourceNotFoundException"), 1, "See that its name is right"),
    "expired credentials": (error_answer("ExpiredTokenException"), 2, "sign in again"),
    "a page": ((200, b"<html><title>Log in</title></html>"), 2, "it was a page, titled 'Log in', with status 200"),
    "a page that denies": ((403, b"<html><title>No</title></html>"), 2, "Something that is not AWS may have answered"),
    "too deep": ((200, b"[" * 100_000), 2, "it cannot be read (RecursionError)"),
}


@pytest.mark.parametrize(("answer", "requests", "expected"), PERSISTENT.values(), ids=PERSISTENT)
def test_what_persists_is_said_in_one_sentence_with_what_to_do(
    answer: Any, requests: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what was asked, and of what."""
    error, asked = describe(*[answer] * 9, monkeypatch=monkeypatch)
    assert asked == requests
    assert expected in str(error)
    assert "DescribeTable for table orders" in str(error)
    assert "\n" not in str(error)


def test_a_clock_that_is_off_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the credentials, which are good."""
    told = "Signature expired: 20261125T010000Z is now earlier than 20261125T020000Z (20261125T020500Z - 5 min.)"
    answer = (400, json.dumps({"__type": "InvalidSignatureException", "message": told}).encode())
    assert "Set this machine's clock" in str(describe(answer, answer, monkeypatch=monkeypatch)[0])


@pytest.mark.usefixtures("_timed")
def test_throttling_is_asked_again_until_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """And then it is said how often, and for how long: after pauses of 0.2, 0.4, 0.8, 1.6, 3.2 and twice 5 seconds."""
    answer = error_answer("ThrottlingException")
    error, asked = describe(*[answer] * 99, retry_policy=RetryPolicy(60, 20), monkeypatch=monkeypatch)
    assert asked == 8
    assert "tried 8 times in 16 s" in str(error)
    assert isinstance(error, AwsError)


def hang(until: threading.Event) -> Callable[[], Any]:
    """Make an answer that comes only then."""

    def answer() -> Any:
        until.wait()
        return GOOD

    return answer


@pytest.mark.parametrize(
    ("answers", "is_in_doubt"),
    [
        ([error_answer("ThrottlingException")] * 9, False),
        ([error_answer("ExpiredTokenException")] * 2, False),
        ([None, error_answer("AccessDeniedException")], True),
        ([(500, b""), error_answer("AccessDeniedException")], True),
        ([(200, b"<html></html>")] * 2, True),
    ],
    ids=["throttled", "expired", "dropped, then denied", "a server's error, then denied", "a page"],
)
def test_it_is_known_if_a_request_may_have_been_carried_out(
    answers: list[Any],
    is_in_doubt: bool,  # noqa: FBT001 - what is expected
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What AWS refuses each time was not; a single try without its answer may have been."""
    error, _ = describe(*answers, monkeypatch=monkeypatch)
    assert isinstance(error, AwsError)
    assert error.is_in_doubt == is_in_doubt


REMEDIES = {
    "throttling": (error_answer("ProvisionedThroughputExceededException"), "more capacity, or take less"),
    "a server's error": (error_answer("InternalServerError", 500), "Run this again later"),
    "a dropped connection": (None, "endpoint (AWS_ENDPOINT_URL) and proxy (HTTPS_PROXY) are right"),
}


@pytest.mark.parametrize(("answer", "expected"), REMEDIES.values(), ids=REMEDIES)
def test_what_to_do_is_of_the_fault(answer: Any, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A throttled table is no matter of the network."""
    error, _ = describe(*[answer] * 9, monkeypatch=monkeypatch)
    assert expected in str(error)


def test_an_answer_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the server holds the connection for as long as it is waited for."""
    end = threading.Event()
    with http_dynamodb([hang(end)]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AwsError, match="no whole answer within 0 s"):
            ask(connect("dynamodb").describe_table, TABLE, RetryPolicy(0.1, 0.1), TableName="orders")
        end.set()


def test_there_are_no_more_attempts_than_it_is_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though there would be time, and the fault may pass."""
    error, asked = describe(*[None] * 9, retry_policy=RetryPolicy(60, 600, max_attempts=2), monkeypatch=monkeypatch)
    assert asked == 2
    assert "tried 2 times" in str(error)


@pytest.fixture
def _stopped_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an hour pass each time that it looks at the clock, as for a process that is stopped and continued."""
    hours = count()
    clock = SimpleNamespace(monotonic=lambda: 3600.0 * next(hours), sleep=lambda _: None)
    monkeypatch.setattr("scavenger_ops.aws.ask.time", clock)


@pytest.mark.usefixtures("_stopped_for_hours")
def test_a_process_that_is_stopped_for_longer_than_its_patience_has_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Ctrl-Z, or the machine asleep: the wait was over when it went on, and the answer had come."""
    waits: list[float] = []

    class LateQueue(SimpleQueue[Any]):
        def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002 - as the queue
            waits.append(timeout or 0)
            if len(waits) == 1:
                raise Empty
            return super().get(block, 60)

    monkeypatch.setattr("scavenger_ops.aws.ask.SimpleQueue", LateQueue)
    answer, asked = describe(GOOD, retry_policy=RetryPolicy(2, 2), monkeypatch=monkeypatch)
    assert (answer["Table"], asked) == ({"TableName": "orders"}, 1)
    assert max(waits) <= WATCH_INTERVAL_S


@pytest.mark.usefixtures("_stopped_for_hours")
def test_a_process_that_is_stopped_for_longer_than_its_patience_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time in which it was stopped is none of its retry_policy."""
    assert describe(None, GOOD, retry_policy=RetryPolicy(60, 200), monkeypatch=monkeypatch)[1] == 2


def test_a_stop_ends_the_wait_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once."""
    end, stop = threading.Event(), threading.Event()
    with http_dynamodb([hang(end)]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        threading.Timer(0.1, stop.set).start()
        with pytest.raises(Stopped):
            ask(connect("dynamodb").describe_table, TABLE, RetryPolicy(60, 60, stop), TableName="orders")
        end.set()


def test_pages_that_lead_in_a_circle_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason."""
    page = (200, json.dumps({"TableNames": ["orders"], "LastEvaluatedTableName": "orders"}).encode())
    tokens = ("ExclusiveStartTableName", "LastEvaluatedTableName")
    with http_dynamodb([lambda: page] * 9) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AwsError, match="leads to the same page again"):
            list(ask_pages(connect("dynamodb").list_tables, {"TableNames": [str]}, AMPLE, tokens))
    assert len(requests) == 2


@pytest.mark.parametrize(
    ("variable", "value"),
    [("AWS_ENDPOINT_URL", "foo"), ("AWS_DEFAULT_REGION", "us east 1"), ("AWS_PROFILE", "nowhere")],
)
def test_settings_that_cannot_be_used_are_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of a traceback."""
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    monkeypatch.setenv(variable, value)
    with pytest.raises(CommandError, match=f"The AWS settings cannot be used: .*{value}.*AWS_"):
        connect("dynamodb")


@pytest.mark.parametrize(
    ("answer", "form", "flaw"),
    [
        ({"a": 1}, {"a": int}, None),
        ({"a": 1.5}, {"a": NUMBER}, None),
        ({}, {"a?": int}, None),
        ({"a": True}, {"a": int}, "a has another type than AWS documents"),
        ({"a": True}, {"a": bool}, None),
        ({"a": None}, {"a?": int}, "a has another type than AWS documents"),
        ({"a": [{"b": "x"}, {}]}, {"a": [{"b": str}]}, "it has no a[1].b"),
        ({"a": "x"}, {"a": [str]}, "a is no list"),
        ({"a": {"b": 200}}, {"a": {"b": 204}}, "a.b is not 204"),
        (None, {"a": int}, "it has no members"),
    ],
)
def test_an_answer_is_checked_for_what_is_relied_on(answer: Any, form: Any, flaw: str | None) -> None:
    """And for nothing else."""
    assert find_flaw(answer, form) == flaw


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<Error><Code>Unheard</Code><Message>Of what?</Message></Error>", "(Unheard: Of what?)"),
        (b"<html><title>Sign in</title></html>", "it was a page, titled 'Sign in', with status 400"),
    ],
)
def test_an_error_of_s3_is_told_from_a_page(body: bytes, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that nobody knows: both begin with an angle bracket."""
    with endpoint(400, body) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AwsError) as raised:
            ask(connect("s3").list_objects_v2, {}, AMPLE, Bucket="failures")
    assert expected in str(raised.value)


def test_no_command_has_another_way_to_aws() -> None:
    """Save the demo, which has an AWS of its own."""
    sources = [path for path in (ROOT / "ops" / "scavenger_ops").rglob("*.py") if "demo" not in path.parts]
    used = {name: [path for path in sources if name in path.read_text()] for name in ("boto3.", "botocore")}
    assert [path.name for path in used["boto3."]] == ["clients.py"]
    assert {path.parent.name for path in used["botocore"]} == {"aws"}
