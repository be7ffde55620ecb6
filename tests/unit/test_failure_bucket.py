"""A quarantined record has the form in which Lambda keeps a batch that it gave up on."""

import json
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws
from scavenger import clients
from scavenger.failure_bucket import RETURN_RESERVE_S, FailureObjectError, write_failure_object
from scavenger.in_flight import InFlight
from scavenger.records import Rejection
from support.context import make_context
from support.events import key, quarantined, record

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BINARY = record(8, Keys={"id": {"B": "AP8="}})
NOTHING_KNOWN = Rejection(None, None, "it has no object named dynamodb")


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    """Mock AWS with a failure bucket."""
    with mock_aws():
        clients.s3_client.cache_clear()
        client = boto3.client("s3")
        client.create_bucket(Bucket="failures")
        yield client
    clients.s3_client.cache_clear()


def read(s3: "S3Client", name: str) -> Any:
    """Read what was kept."""
    return json.loads(s3.get_object(Bucket="failures", Key=name)["Body"].read())


def test_records_are_kept_in_one_object_with_what_redrive_needs(s3: "S3Client") -> None:
    """The payload is an event that the function can be invoked with; the rest is in the messages table."""
    secret = {"event": {"S": "A secret message"}}
    bad = record(7, NewImage=secret, OldImage=secret, Unheard=secret) | {"userIdentity": secret, "unheard": secret}
    name = write_failure_object(
        [Rejection("1007", bad, "why"), Rejection("1008", BINARY, "why not")], "failures", make_context()
    )
    assert re.fullmatch(
        r"aws/lambda/scavenger/quarantine/\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}", name
    )
    body = read(s3, name)
    assert json.loads(body.pop("payload")) == {"Records": [quarantined(record(7)), quarantined(BINARY)]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body.pop("timestamp"))
    assert body == {
        "requestContext": {
            "requestId": "00000000-0000-0000-0000-000000000000",
            "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:scavenger",
            "condition": "Quarantined",
            "approximateInvokeCount": 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None},
        "version": "1.0",
        "DDBStreamBatchInfo": {
            "shardId": None,
            "startSequenceNumber": "1007",
            "endSequenceNumber": "1008",
            "approximateArrivalOfFirstRecord": "2022-05-12T11:31:08Z",
            "approximateArrivalOfLastRecord": "2022-05-12T11:31:08Z",
            "batchSize": 2,
            "streamArn": record(7)["eventSourceARN"],
        },
        "reasons": ["why", "why not"],
    }


@pytest.mark.parametrize(
    ("bad", "kept"),
    [
        (None, {}),
        (7, {}),
        ("text", {}),
        ([], {}),
        ({"dynamodb": []}, {}),
        ({"body": "text"}, {}),
        ({"eventSourceARN": 7}, {"eventSourceARN": 7}),
        ({"dynamodb": {}}, {"dynamodb": {}}),
    ],
)
def test_of_what_is_no_record_only_what_a_redrive_looks_at_is_kept(s3: "S3Client", bad: object, kept: object) -> None:
    """Be it nothing: its reason is beside it."""
    name = write_failure_object([Rejection(None, bad, "it has no object named dynamodb")], "failures", make_context())
    assert json.loads(read(s3, name)["payload"]) == {"Records": [kept]}


def test_text_that_no_file_can_hold_is_kept(s3: "S3Client") -> None:
    """Half of a surrogate pair comes through JSON, but has no bytes of its own."""
    bad = record(1, Keys={**key(1), "messageId": {"S": "\ud800"}})
    name = write_failure_object([Rejection("1001", bad, "DynamoDB refuses its key")], "failures", make_context())
    assert json.loads(read(s3, name)["payload"]) == {"Records": [quarantined(bad)]}


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_takes_nothing_is_an_error_that_names_it() -> None:
    """The records must then not be taken for done."""
    with pytest.raises(
        FailureObjectError,
        match=r"Bucket elsewhere takes no object \(NoSuchBucket: .+\)\. Lambda delivers the records again",
    ):
        write_failure_object([NOTHING_KNOWN], "elsewhere", make_context())


def test_a_bucket_that_is_not_reached_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    clients.s3_client.cache_clear()
    with pytest.raises(
        FailureObjectError, match=r"Bucket failures was not written \(EndpointConnectionError\)"
    ) as caught:
        write_failure_object([NOTHING_KNOWN], "failures", make_context())
    assert isinstance(caught.value.__cause__, EndpointConnectionError)
    clients.s3_client.cache_clear()


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_does_not_answer_in_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function has to return before its own time is over, with the records reported."""
    go_on, waits = threading.Event(), list[float]()
    wait = InFlight.wait

    def note_wait(in_flight: InFlight[Any, Any], timeout_s: float) -> list[tuple[Any, Any]]:
        waits.append(timeout_s)
        return wait(in_flight, timeout_s)

    monkeypatch.setattr(InFlight, "wait", note_wait)
    monkeypatch.setattr(clients.s3_client(), "put_object", lambda **_: go_on.wait(60))
    with pytest.raises(FailureObjectError, match="Bucket failures did not answer in time"):
        write_failure_object([NOTHING_KNOWN], "failures", make_context(remaining_s=RETURN_RESERVE_S + 0.1))
    assert max(waits) <= 0.1
    go_on.set()


def test_without_a_bucket_it_says_what_to_do() -> None:
    """Some deployments have none."""
    with pytest.raises(FailureObjectError, match="Deploy with one"):
        write_failure_object([NOTHING_KNOWN], None, make_context())


@pytest.mark.usefixtures("s3")
def test_what_is_nested_too_deep_to_be_written_is_an_error() -> None:
    """Lambda could hardly have read it, but nothing may be lost for that."""
    endless: Any = []
    for _ in range(200_000):
        endless = [endless]
    bad = Rejection("1001", record(1, Keys=endless), "its Keys are not an object")
    with pytest.raises(FailureObjectError):
        write_failure_object([bad], "failures", make_context())


def test_of_the_image_just_what_the_key_is_taken_from_is_kept(s3: "S3Client") -> None:
    """Without it, the record could not be redriven."""
    bad = record(
        7, NewImage={"origin": {"N": "1"}, "event": {"S": "A secret message"}}, OldImage={"origin": {"S": "x"}}
    )
    name = write_failure_object([Rejection("1007", bad, "why")], "failures", make_context(), {"origin", "absent"})
    (kept,) = json.loads(read(s3, name)["payload"])["Records"]
    expected = quarantined(bad)
    expected["dynamodb"]["NewImage"] = {"origin": {"N": "1"}}
    assert kept == expected
