"""What quarantine keeps of a change is enough to redrive it to a function with match attributes."""

import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from moto import mock_aws
from scavenger import failure_bucket
from scavenger.clients import make_dynamodb_client
from scavenger.handler import make_handler
from scavenger.settings import KeyedTable, Settings
from scavenger_ops.redrive.bucket import FailureBucket
from scavenger_ops.redrive.function import RedriveTarget
from scavenger_ops.redrive.objects import redrive
from scavenger_ops.redrive.result import RedriveStatus
from support.context import make_context
from support.dynamodb import client_error
from support.events import event, record
from support.tables import make_keyed_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

SETTINGS = Settings(
    KeyedTable("staging", {"id": "S"}),
    "failures",
    4,
    key_mapping={"id": "requestId"},
    match_attributes={"receivedAt": "acceptedAt", "isTest": "isTest", "digest": "digest"},
    event_names=("MODIFY",),
)
ARN = "arn:aws:lambda:us-east-1:000000000000:function:scavenger"
TABLES = frozenset({"arn:aws:dynamodb:us-east-1:000000000000:table/messages"})


class MatchingFunction:
    """The function on moto's tables. While `rejected` has keys, DynamoDB rejects each request for one of them."""

    def __init__(self) -> None:
        self._dynamodb = make_dynamodb_client(4)
        self.rejected: list[Any] = []
        self._handle = make_handler(SETTINGS, cast("DynamoDBClient", self))

    def delete_item(self, **request: Any) -> Any:
        """Reject the request, or pass it on to the table."""
        if request["Key"] in self.rejected:
            raise client_error("ValidationException")
        return self._dynamodb.delete_item(**request)

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Invoke the function as Lambda does."""
        assert FunctionName == "scavenger"
        answer = self._handle(json.loads(Payload), make_context())
        return {"StatusCode": 200, "Payload": json.dumps(answer).encode()}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator["S3Client"]:
    """Mock AWS with a failure bucket and a staging table."""
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="failures")
        make_keyed_table(boto3.client("dynamodb"), "staging", {"id": "S"})
        monkeypatch.setattr(failure_bucket, "s3_client", lambda: client)
        yield client


def message(number: int) -> dict[str, Any]:
    """Return the new image of a message, as in Lambda's event."""
    values = {"acceptedAt": {"N": str(number)}, "isTest": {"BOOL": False}, "digest": {"B": "AP9h"}}
    return {"requestId": {"S": str(number)}, **values, "body": {"S": "a secret"}}


def stage(number: int, received_at: int) -> None:
    """Stage the row of a message. It matches the message if both have the same time."""
    values: Any = {"receivedAt": {"N": f"{received_at}.0"}, "isTest": {"BOOL": False}, "digest": {"B": b"\x00\xffa"}}
    boto3.client("dynamodb").put_item(TableName="staging", Item={"id": {"S": str(number)}, **values})


def staged() -> list[str]:
    """Return the keys of the rows."""
    return sorted(item["id"]["S"] for item in boto3.client("dynamodb").scan(TableName="staging")["Items"])


def redrive_all(s3: "S3Client", function: MatchingFunction) -> list[tuple[RedriveStatus, int, int]]:
    """Redrive, and return the status, the records and the done records of each object."""
    target = RedriveTarget(
        cast("Any", function), "scavenger", "scavenger", 10.0, TABLES, ARN, event_names=SETTINGS.event_names
    )
    bucket, stop = FailureBucket(s3, "failures", ""), threading.Event()
    results = redrive(bucket, bucket.list_objects(stop), target, stop, is_dry_run=False)
    return [(result.status, result.records, result.done) for result in results]


def test_a_quarantined_update_deletes_its_row_unless_that_was_staged_again(s3: "S3Client") -> None:
    """Its object has the attributes that the row must equal, and nothing else of the message."""
    for number in range(3):
        stage(number, number)
    function = MatchingFunction()
    function.rejected = [{"id": {"S": "1"}}, {"id": {"S": "2"}}]
    updates = [
        record(number, event_name="MODIFY", Keys={"messageId": {"S": "m"}}, NewImage=message(number), OldImage={})
        for number in range(3)
    ]
    function.invoke(FunctionName="scavenger", Payload=json.dumps(event(*updates)))
    assert staged() == ["1", "2"]
    (kept,) = s3.list_objects_v2(Bucket="failures")["Contents"]
    assert b"a secret" not in s3.get_object(Bucket="failures", Key=kept["Key"])["Body"].read()
    assert redrive_all(s3, function) == [(RedriveStatus.LEFT, 2, 0)]
    assert staged() == ["1", "2"]
    stage(2, 9)
    function.rejected = []
    assert redrive_all(s3, function) == [(RedriveStatus.REDRIVEN, 2, 2)]
    assert staged() == ["2"]
    assert "Contents" not in s3.list_objects_v2(Bucket="failures")


def test_a_message_that_no_row_can_be_compared_with_stays_in_the_bucket(s3: "S3Client") -> None:
    """Its row stays, too."""
    for number in range(3):
        stage(number, number)
    function = MatchingFunction()
    bad = {"a set": {**message(1), "acceptedAt": {"NS": ["1"]}}, "no attribute": {"requestId": {"S": "2"}}}
    images = [message(0), *bad.values()]
    updates = [record(place, event_name="MODIFY", NewImage=image) for place, image in enumerate(images)]
    function.invoke(FunctionName="scavenger", Payload=json.dumps(event(*updates)))
    assert redrive_all(s3, function) == [(RedriveStatus.LEFT, 2, 0)]
    (kept,) = s3.list_objects_v2(Bucket="failures")["Contents"]
    assert json.load(s3.get_object(Bucket="failures", Key=kept["Key"])["Body"])["reasons"] == [
        "its attribute acceptedAt is a set, a list or a map, which is not compared with a row",
        "neither its Keys nor its NewImage have acceptedAt, which the row's receivedAt must equal",
    ]
    assert staged() == ["1", "2"]
