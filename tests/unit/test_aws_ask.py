"""All commands send requests to AWS in one way: limited in time, with a checked response and a plain error."""

import json
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from reconciler.aws.ask import WATCH_INTERVAL_S, RetryPolicy, Stopped, ask, ask_pages
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.aws.form import NUMBER, find_flaw
from reconciler.explained_error import ExplainedError
from scavenger_ops.toolchain import ROOT
from support.dynamodb import error_answer, http_dynamodb
from support.endpoint import endpoint

TABLE = {"Table": {"TableName": str}}
GOOD = (200, json.dumps({"Table": {"TableName": "orders"}}).encode())
# Enough time for all three attempts on a slow machine.
AMPLE = RetryPolicy(attempt_timeout_s=60, total_timeout_s=600, max_attempts=3)


@pytest.fixture
def _timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass only in the backoff between attempts, each as long as possible."""
    now_s = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    monkeypatch.setattr("reconciler.aws.ask.time", SimpleNamespace(monotonic=lambda: now_s, sleep=sleep))
    monkeypatch.setattr("reconciler.aws.ask.random", SimpleNamespace(uniform=lambda _, most: most))


def describe(*answers: Any, retry_policy: RetryPolicy = AMPLE, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, int]:
    """Describe a table at an endpoint with these responses. Return the result, and the number of requests."""
    with http_dynamodb([partial(lambda answer: answer, each) for each in answers]) as (url, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        try:
            return ask(connect("dynamodb").describe_table, TABLE, retry_policy, TableName="orders"), len(requests)
        except ExplainedError as error:
            return error, len(requests)


SINGLE_FAULTS = {
    "a refusal": error_answer("ValidationException"),
    "refused credentials": error_answer("UnrecognizedClientException"),
    "an unknown error": error_answer("MysteryException"),
    "throttling": error_answer("ProvisionedThroughputExceededException"),
    "a server's error": (500, b""),
    "a page": (200, b"<html></html>"),
    "nothing": (200, b""),
    "null": (200, b"null"),
    "an unexpected form": (200, b'{"Table": 7}'),
    "half of a body": (200, GOOD[1][:20]),
    "a dropped connection": None,
    "the checksum of another body": (*GOOD, {"x-amz-crc32": "7"}),
}


@pytest.mark.parametrize("answer", SINGLE_FAULTS.values(), ids=SINGLE_FAULTS)
def test_a_single_fault_is_retried(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One refusal proves nothing (boto3 issues 509, 1332, 4709)."""
    assert describe(answer, GOOD, monkeypatch=monkeypatch)[1] == 2


PERSISTENT = {
    "a refusal": (error_answer("ValidationException"), 2, "ValidationException"),
    "no permission": (error_answer("AccessDeniedException"), 1, "Allow your role or user dynamodb:DescribeTable"),
    "no table": (error_answer("ResourceNotFoundException"), 1, "check its name, the Region and the account"),
    "expired credentials": (error_answer("ExpiredTokenException"), 2, "sign in again"),
    "a page": ((200, b"<html><title>Log in</title></html>"), 2, "it was a page, titled 'Log in', with status 200"),
    "a page that denies": ((403, b"<html><title>No</title></html>"), 2, "Something other than AWS may have answered"),
    "too deep": ((200, b"[" * 100_000), 2, "it is not readable (RecursionError)"),
}


@pytest.mark.parametrize(("answer", "requests", "expected"), PERSISTENT.values(), ids=PERSISTENT)
def test_a_lasting_fault_is_one_line_with_what_to_do(
    answer: Any, requests: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the operation and its target."""
    error, asked = describe(*[answer] * 9, monkeypatch=monkeypatch)
    assert asked == requests
    assert expected in str(error)
    assert "DescribeTable for table orders" in str(error)
    assert "\n" not in str(error)


def test_a_wrong_clock_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error does not blame the credentials, which are good."""
    message = "Signature expired: 20261125T010000Z is now earlier than 20261125T020000Z (20261125T020500Z - 5 min.)"
    answer = (400, json.dumps({"__type": "InvalidSignatureException", "message": message}).encode())
    assert "Correct this machine's clock" in str(describe(answer, answer, monkeypatch=monkeypatch)[0])


@pytest.mark.usefixtures("_timed")
def test_throttling_is_retried_until_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names attempts and time: here with a backoff of 0.2, 0.4, 0.8, 1.6, 3.2 and twice 5 seconds."""
    answer = error_answer("ThrottlingException")
    error, asked = describe(*[answer] * 99, retry_policy=RetryPolicy(60, 20), monkeypatch=monkeypatch)
    assert asked == 8
    assert "failed after 8 attempts in 16 s" in str(error)
    assert isinstance(error, AwsError)


def hang(until: threading.Event) -> Callable[[], Any]:
    """Return a response that comes only after the event."""

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
def test_the_error_tells_whether_aws_may_have_carried_out_the_request(
    answers: list[Any],
    is_in_doubt: bool,  # noqa: FBT001 - what is expected
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A request that AWS refused each time was not carried out. After one lost response, it may have been."""
    error, _ = describe(*answers, monkeypatch=monkeypatch)
    assert isinstance(error, AwsError)
    assert error.is_in_doubt == is_in_doubt


REMEDIES = {
    "throttling": (error_answer("ProvisionedThroughputExceededException"), "raise its capacity or use less of it"),
    "a server's error": (error_answer("InternalServerError", 500), "Run this again later"),
    "a dropped connection": (None, "endpoint (AWS_ENDPOINT_URL) and proxy (HTTPS_PROXY)"),
}


@pytest.mark.parametrize(("answer", "expected"), REMEDIES.values(), ids=REMEDIES)
def test_the_remedy_fits_the_fault(answer: Any, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a throttled table, the network is not the problem."""
    error, _ = describe(*[answer] * 9, monkeypatch=monkeypatch)
    assert expected in str(error)


def test_a_response_that_does_not_come_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server holds the connection open all the time."""
    end = threading.Event()
    with http_dynamodb([hang(end)]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AwsError, match="no complete response within 0 s"):
            ask(connect("dynamodb").describe_table, TABLE, RetryPolicy(0.1, 0.1), TableName="orders")
        end.set()


def test_the_number_of_attempts_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds even if there is time left and the fault may pass."""
    error, asked = describe(*[None] * 9, retry_policy=RetryPolicy(60, 600, max_attempts=2), monkeypatch=monkeypatch)
    assert asked == 2
    assert "failed after 2 attempts" in str(error)


@pytest.fixture
def _suspended_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an hour pass at each look at the clock, as for a process that is suspended and continued."""
    hours = count()
    clock = SimpleNamespace(monotonic=lambda: 3600.0 * next(hours), sleep=lambda _: None)
    monkeypatch.setattr("reconciler.aws.ask.time", clock)


@pytest.mark.usefixtures("_suspended_for_hours")
def test_a_process_suspended_for_longer_than_the_time_out_gets_the_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-Z or a sleeping machine suspends a process. The response came in the meantime."""
    waits: list[float] = []

    class LateQueue(SimpleQueue[Any]):
        def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002 - as the queue
            waits.append(timeout or 0)
            if len(waits) == 1:
                raise Empty
            return super().get(block, 60)

    monkeypatch.setattr("reconciler.aws.ask.SimpleQueue", LateQueue)
    answer, asked = describe(GOOD, retry_policy=RetryPolicy(2, 2), monkeypatch=monkeypatch)
    assert (answer["Table"], asked) == ({"TableName": "orders"}, 1)
    assert max(waits) <= WATCH_INTERVAL_S


@pytest.mark.usefixtures("_suspended_for_hours")
def test_a_process_suspended_for_longer_than_the_time_out_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of the suspension does not count."""
    assert describe(None, GOOD, retry_policy=RetryPolicy(60, 200), monkeypatch=monkeypatch)[1] == 2


def test_a_stop_ends_the_wait_for_a_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at once."""
    end, stop = threading.Event(), threading.Event()
    with http_dynamodb([hang(end)]) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        threading.Timer(0.1, stop.set).start()
        with pytest.raises(Stopped):
            ask(connect("dynamodb").describe_table, TABLE, RetryPolicy(60, 60, stop), TableName="orders")
        end.set()


def test_pages_that_lead_to_themselves_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says so."""
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
def test_invalid_aws_settings_are_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no traceback."""
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    monkeypatch.setenv(variable, value)
    with pytest.raises(ExplainedError, match=f"The AWS settings are not valid: .*{value}.*AWS_"):
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
        ({"a": "x"}, {"a": [str]}, "a is not a list"),
        ({"a": {"b": 200}}, {"a": {"b": 204}}, "a.b is not 204"),
        (None, {"a": int}, "it has no members"),
    ],
)
def test_the_form_of_a_response_is_checked(answer: Any, form: Any, flaw: str | None) -> None:
    """Only the parts in the form are checked."""
    assert find_flaw(answer, form) == flaw


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<Error><Code>Unheard</Code><Message>Of what?</Message></Error>", "(Unheard: Of what?)"),
        (b"<html><title>Sign in</title></html>", "it was a page, titled 'Sign in', with status 400"),
    ],
)
def test_an_error_of_s3_is_not_taken_for_a_page(body: bytes, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown error is not either: both begin with an angle bracket."""
    with endpoint(400, body) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AwsError) as raised:
            ask(connect("s3").list_objects_v2, {}, AMPLE, Bucket="failures")
    assert expected in str(raised.value)


def test_no_command_uses_boto3_directly() -> None:
    """The demo and the local AWS may: no other AWS is near."""
    own = ("demo", "local")
    folders = (ROOT / "ops" / "scavenger_ops", ROOT / "lambda_src" / "reconciler")
    sources = [path for folder in folders for path in folder.rglob("*.py") if not set(own) & set(path.parts)]
    used = {name: [path for path in sources if name in path.read_text()] for name in ("boto3.", "botocore")}
    assert [path.name for path in used["boto3."]] == ["clients.py"]
    assert {path.parent.name for path in used["botocore"]} == {"aws"}
