"""A failure object has the form in which Lambda stores a batch whose retries are exhausted."""

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
WITHOUT_NUMBER = Rejection(None, None, "it has no object named dynamodb")


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    """Mock AWS, and create a failure bucket."""
    with mock_aws():
        clients.s3_client.cache_clear()
        client = boto3.client("s3")
        client.create_bucket(Bucket="failures")
        yield client
    clients.s3_client.cache_clear()


def read(s3: "S3Client", name: str) -> Any:
    """Return the content of an object."""
    return json.loads(s3.get_object(Bucket="failures", Key=name)["Body"].read())


def test_one_object_has_the_parts_of_the_records_that_a_redrive_needs(s3: "S3Client") -> None:
    """The payload is an event for the function. The rest of each record is in the messages table."""
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
def test_only_the_parts_that_a_redrive_reads_are_kept_of_something_else(
    s3: "S3Client", bad: object, kept: object
) -> None:
    """It may keep nothing. The reason is stored beside it."""
    name = write_failure_object([Rejection(None, bad, "it has no object named dynamodb")], "failures", make_context())
    assert json.loads(read(s3, name)["payload"]) == {"Records": [kept]}


def test_text_that_is_not_valid_unicode_is_kept(s3: "S3Client") -> None:
    """JSON can have half of a surrogate pair, but UTF-8 cannot."""
    bad = record(1, Keys={**key(1), "messageId": {"S": "\ud800"}})
    name = write_failure_object([Rejection("1001", bad, "DynamoDB rejects its key")], "failures", make_context())
    assert json.loads(read(s3, name)["payload"]) == {"Records": [quarantined(bad)]}


@pytest.mark.usefixtures("s3")
def test_a_missing_bucket_is_an_error_that_names_it() -> None:
    """Otherwise the records would count as quarantined."""
    with pytest.raises(
        FailureObjectError,
        match=r"S3 stored no object in bucket elsewhere \(NoSuchBucket: .+\)\. Lambda delivers the records again",
    ):
        write_failure_object([WITHOUT_NUMBER], "elsewhere", make_context())


def test_a_bucket_that_cannot_be_reached_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at the endpoint."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    clients.s3_client.cache_clear()
    with pytest.raises(
        FailureObjectError, match=r"The object for bucket failures was not written \(EndpointConnectionError\)"
    ) as caught:
        write_failure_object([WITHOUT_NUMBER], "failures", make_context())
    assert isinstance(caught.value.__cause__, EndpointConnectionError)
    clients.s3_client.cache_clear()


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_does_not_answer_in_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function must return before its time is over, and report the records as failed."""
    may_answer, waits = threading.Event(), list[float]()
    wait = InFlight.wait

    def note_wait(in_flight: InFlight[Any, Any], timeout_s: float) -> list[tuple[Any, Any]]:
        waits.append(timeout_s)
        return wait(in_flight, timeout_s)

    monkeypatch.setattr(InFlight, "wait", note_wait)
    monkeypatch.setattr(clients.s3_client(), "put_object", lambda **_: may_answer.wait(60))
    with pytest.raises(FailureObjectError, match="Bucket failures did not answer before the function's time was over"):
        write_failure_object([WITHOUT_NUMBER], "failures", make_context(remaining_s=RETURN_RESERVE_S + 0.1))
    assert max(waits) <= 0.1
    may_answer.set()


def test_without_a_bucket_the_error_says_what_to_do() -> None:
    """Some deployments have no failure bucket."""
    with pytest.raises(FailureObjectError, match=r"Deploy a failure bucket \(create_failure_bucket = true\)"):
        write_failure_object([WITHOUT_NUMBER], None, make_context())


@pytest.mark.usefixtures("s3")
def test_a_record_that_is_nested_too_deep_for_json_is_an_error() -> None:
    """Lambda can hardly deliver one, but it must not be lost."""
    endless: Any = []
    for _ in range(200_000):
        endless = [endless]
    bad = Rejection("1001", record(1, Keys=endless), "its Keys are not an object")
    with pytest.raises(FailureObjectError):
        write_failure_object([bad], "failures", make_context())


def test_only_the_attributes_of_the_image_that_the_key_is_taken_from_are_kept(s3: "S3Client") -> None:
    """Without them, the record could not be redriven."""
    bad = record(
        7, NewImage={"origin": {"N": "1"}, "event": {"S": "A secret message"}}, OldImage={"origin": {"S": "x"}}
    )
    name = write_failure_object([Rejection("1007", bad, "why")], "failures", make_context(), {"origin", "absent"})
    (kept,) = json.loads(read(s3, name)["payload"])["Records"]
    expected = quarantined(bad)
    expected["dynamodb"]["NewImage"] = {"origin": {"N": "1"}}
    assert kept == expected
