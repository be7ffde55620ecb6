"""For any input, the function answers as docs/reference/failure-modes.md says."""

import base64
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

import boto3
import pytest
from scavenger import failure_bucket
from scavenger.clients import make_dynamodb_client
from scavenger.handler import make_handler
from scavenger.settings import KeyedTable, Settings
from support.context import make_context
from support.deployment import SECRET, Deployment, failure_objects, invoke, message_ids, object_names, put
from support.dynamodb import FakeDynamoDB, Keys, client_error
from support.events import KEY_TYPES, event, record
from support.failure_bucket import FakeBucket
from support.tables import fill, make_keyed_table

pytestmark = pytest.mark.usefixtures("_bucket_is_emptied")

SUCCESS: dict[str, Any] = {"batchItemFailures": []}
REJECTED = "DynamoDB rejects its key"
# The most that Lambda delivers. Source: gettingstarted-limits.html.
MAX_PAYLOAD_BYTES = 6_291_456

# The two attributes of a key.
Row = tuple[str, str]
Kept = list[tuple[str | None, str]]


class Observed(NamedTuple):
    """The answer, error and log of an invocation, and the records that it quarantined."""

    answer: Any
    error: str | None
    log: str
    kept: Kept


def observe(deployment: Deployment, payload: object) -> Observed:
    """Invoke the deployed function, and check that its answer, error and log contain no message."""
    before = object_names(deployment)
    answer = invoke(deployment, payload)
    assert SECRET not in json.dumps(answer.content) + answer.log
    objects = failure_objects(deployment)
    return Observed(*answer, kept_in(objects[name] for name in objects.keys() - before))


def kept_in(objects: Iterable[Any]) -> Kept:
    """Return the sequence number of each quarantined record, if it is known, and the reason.

    The reason for a rejected key is returned without DynamoDB's message, which is the local AWS's here. It contains no
    message of the table either.
    """
    kept = [
        (candidate.get("dynamodb", {}).get("SequenceNumber"), reason)
        for each in objects
        for candidate, reason in zip(json.loads(each["payload"])["Records"], each["reasons"], strict=True)
    ]
    assert SECRET not in str(kept)
    return [(number, REJECTED if reason.startswith(f"{REJECTED}: ") else reason) for number, reason in kept]


def key(message_id: str, created_at: str) -> dict[str, Any]:
    """Return a key of the deployment's tables."""
    return {"messageId": {"S": message_id}, "createdAt": {"N": created_at}}


def insert(number: int, *row: str, message: str = SECRET) -> dict[str, Any]:
    """Return the record of an insert, with its image."""
    return record(number, Keys=key(*row), NewImage={**key(*row), "event": {"S": message}})


def staged(deployment: Deployment) -> set[Row]:
    """Return the keys of all rows in the staging table."""
    pages = deployment.dynamodb.get_paginator("scan").paginate(TableName=deployment.outputs["staging_table_name"])
    return {(item["messageId"]["S"], item["createdAt"]["N"]) for page in pages for item in page["Items"]}


def stage(deployment: Deployment, *rows: Row) -> None:
    """Write rows to the staging table."""
    items = [{**key(*row), "event": {"S": SECRET}} for row in rows]
    fill(deployment.dynamodb, deployment.outputs["staging_table_name"], items)


# One has a composed character, the other is in the partition of the obsolete rows.
STAYS = ("caf\u00e9", "1")
STAYS_TOO = ("obsolete", "0.1")


@pytest.fixture
def stays(deployment: Deployment) -> set[Row]:
    """Stage rows that must not be deleted, and return all rows that are staged."""
    stage(deployment, STAYS, STAYS_TOO)
    return staged(deployment)


def base64_of(data: bytes) -> str:
    """Return bytes as an event has them."""
    return base64.b64encode(data).decode()


FROM_A_QUEUE = {
    "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
    "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
    "body": json.dumps({"message": SECRET}),
    "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:queue",
}
FROM_KINESIS = {
    "eventSource": "aws:kinesis",
    "eventName": "aws:kinesis:record",
    "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/stream",
    "kinesis": {"partitionKey": "1", "sequenceNumber": "49590338", "data": base64_of(SECRET.encode())},
}
FROM_A_BUCKET = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {"object": {"key": SECRET}}}
# Only here, the field names begin with capital letters.
FROM_A_TOPIC = {
    "EventSource": "aws:sns",
    "EventSubscriptionArn": "arn:aws:sns:us-east-1:000000000000:topic:21be56ed-a058-49f5-8c98-aedd2564c486",
    "Sns": {"Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:000000000000:topic", "Message": SECRET},
}
NO_LIST = "The event has no list of Records, so it is not from a DynamoDB stream: nothing was deleted. Invoke"
NO_STREAM = "The event's Records are not from a DynamoDB stream: nothing was deleted. Invoke"
NO_EVENTS: dict[str, tuple[object, str]] = {
    "the console's test event": ({"key1": "value1", "key2": "value2", "key3": "value3"}, NO_LIST),
    "empty": ({}, NO_LIST),
    "null": (None, NO_LIST),
    "list": ([insert(1, *STAYS)], NO_LIST),
    "text": (SECRET, NO_LIST),
    "null for records": ({"Records": None}, NO_LIST),
    "SQS": (event(FROM_A_QUEUE, FROM_A_QUEUE), NO_STREAM),
    "SNS": (event(FROM_A_TOPIC), NO_STREAM),
    "S3": (event(FROM_A_BUCKET), NO_STREAM),
    "Kinesis": (event(FROM_KINESIS), NO_STREAM),
    "CloudFront": (event({"cf": {"request": {"uri": SECRET}}}), NO_STREAM),
    "SQS with keys": (event(insert(1, *STAYS) | {"eventSource": "aws:sqs"}), NO_STREAM),
}


@pytest.mark.parametrize(("no_event", "text"), NO_EVENTS.values(), ids=NO_EVENTS)
def test_an_event_that_is_not_from_a_stream_is_an_error(
    deployment: Deployment, stays: set[Row], no_event: object, text: str
) -> None:
    """The error says what to do. Nothing is deleted, and nothing is quarantined."""
    observed = observe(deployment, no_event)
    assert (observed.error, staged(deployment), observed.kept) == ("Unhandled", stays, [])
    assert observed.answer["errorMessage"].startswith(text)


def test_an_event_without_records_is_done(deployment: Deployment, stays: set[Row]) -> None:
    """There is nothing to do, so no request is sent."""
    observed = observe(deployment, event())
    assert (observed.answer, staged(deployment), observed.kept) == (SUCCESS, stays, [])
    assert '"requests":0,' in observed.log


@pytest.mark.parametrize(
    "foreign", [FROM_A_QUEUE, FROM_A_TOPIC, insert(1, *STAYS) | {"eventSource": "aws:sqs"}], ids=["SQS", "SNS", "keys"]
)
def test_a_record_of_another_source_is_quarantined(deployment: Deployment, stays: set[Row], foreign: object) -> None:
    """It deletes nothing, whatever it contains. A stream record beside it is processed."""
    stage(deployment, ("obsolete", "1"))
    observed = observe(deployment, event(foreign, insert(2, "obsolete", "1"), foreign))
    assert (observed.answer, staged(deployment)) == (SUCCESS, stays)
    assert [reason for _, reason in observed.kept] == ["its eventSource is not aws:dynamodb"] * 2
    assert SECRET not in str(failure_objects(deployment))


def test_the_largest_event_that_lambda_delivers_is_processed_completely(deployment: Deployment) -> None:
    """It has thousands of records with images. One in eleven repeats a key."""
    staging = deployment.outputs["staging_table_name"]
    names = [f"large-{number}" for number in range(2500)]
    put(deployment.dynamodb, staging, [*names, "large-not"])
    records = [insert(number, name, "1", message="x" * 1720) for number, name in enumerate([*names, *names[::10]])]
    room = MAX_PAYLOAD_BYTES - len(json.dumps(event(*records)))
    assert 0 < room < 100_000
    records[0]["dynamodb"]["NewImage"]["event"]["S"] += "x" * room
    observed = observe(deployment, event(*records))
    assert (observed.answer, observed.kept) == (SUCCESS, [])
    assert '"received":2750,"deleted":2500,"duplicates":250,' in observed.log
    assert message_ids(deployment.dynamodb, staging, "large-") == {"large-not"}


NINES = "9." + 37 * "9"
ALLOWED = {
    "2,048 bytes": ("x" * 2048, "1"),
    "1,024 characters of 2 bytes": ("\u00e9" * 1024, "1"),
    "512 characters of 4 bytes": ("\U0001f600" * 512, "1"),
    "emoji": ("\U0001f469\u200d\U0001f469\u200d\U0001f467", "1"),
    "combining character": ("cafe\u0301", "1"),
    "right to left": ("\u202e\u05e9\u05dc\u05d5\u05dd\u200f", "1"),
    "NUL": ("\0a\0", "1"),
    "38 digits": ("obsolete", "9" * 38),
    "greatest number": ("obsolete", f"{NINES}E+125"),
    "least number": ("obsolete", f"-{NINES}E+125"),
    "next above 0": ("obsolete", "1E-130"),
    "next below 0": ("obsolete", "-1E-130"),
    "0": ("obsolete", "0"),
    "negative number": ("obsolete", "-1652355039000.25"),
}


@pytest.mark.parametrize("row", ALLOWED.values(), ids=ALLOWED)
def test_a_row_with_any_valid_key_is_deleted(deployment: Deployment, stays: set[Row], row: Row) -> None:
    """The record has the key as DynamoDB returns it: 1E-130 with all its digits, for example."""
    stage(deployment, row)
    (as_stored,) = staged(deployment) - stays
    observed = observe(deployment, event(insert(1, *as_stored), insert(2, *as_stored)))
    assert (observed.answer, staged(deployment), observed.kept) == (SUCCESS, stays, [])


NO_NUMBER = "its key attribute createdAt is of type N but not a number"
BAD_KEYS = {
    "2,049 bytes": (SECRET.ljust(2049), "1", REJECTED),
    "2,049 bytes in 1,033 characters": (SECRET + "x" + "\u00e9" * 1016, "1", REJECTED),
    "empty": ("", "1", REJECTED),
    "half a surrogate pair": (SECRET + "\ud83d", "1", "its key attribute messageId is of type S but not valid Unicode"),
    "39 digits": ("obsolete", "9" * 39, REJECTED),
    "too great": ("obsolete", "1E+126", REJECTED),
    "too near to 0": ("obsolete", "1E-131", REJECTED),
    "NaN": ("obsolete", "NaN", NO_NUMBER),
    "Infinity": ("obsolete", "Infinity", NO_NUMBER),
}


@pytest.mark.parametrize(("message_id", "number", "reason"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_record_with_an_invalid_key_is_quarantined(
    deployment: Deployment, stays: set[Row], message_id: str, number: str, reason: str
) -> None:
    """It blocks no other record, before it or after it."""
    stage(deployment, ("obsolete", "1"), ("obsolete", "2"))
    records = [insert(1, "obsolete", "1"), insert(2, message_id, number), insert(3, "obsolete", "2")]
    observed = observe(deployment, event(*records))
    assert (observed.answer, staged(deployment), observed.kept) == (SUCCESS, stays, [("1002", reason)])


def test_a_number_may_have_any_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    """All spellings are one row, which DynamoDB accepts only once in a request."""
    # With a stand-in that behaves as AWS documents (HowItWorks.NamingRulesDataTypes.html, API_BatchWriteItem.html): the
    # local AWS compares the numbers of BatchWriteItem as text. It accepts 1E+2, but does not delete the row of 100.
    rows = {Decimal(number) for number in ("100", "0.1", "0", "-7", "5")}

    def delete(keys: Keys) -> Keys:
        numbers = {Decimal(each["createdAt"]["N"]) for each in keys}
        if len(numbers) < len(keys):
            raise client_error("ValidationException")
        rows.difference_update(numbers)
        return []

    bucket = FakeBucket()
    monkeypatch.setattr(failure_bucket, "s3_client", lambda: bucket)
    dynamodb = FakeDynamoDB(always=delete)
    handle = make_handler(Settings(KeyedTable("staging", KEY_TYPES), "failures", 4), dynamodb.client)
    spellings = ["1E+2", "100", "0.10", "-0.0", "-007"]
    assert (
        handle(event(*(insert(at, "obsolete", spelling) for at, spelling in enumerate(spellings))), make_context())
        == SUCCESS
    )
    assert (rows, bucket.objects) == ({Decimal(5)}, {})
    assert [len(request) for request in dynamodb.requests] == [4]


ALL_BYTES = bytes(range(256))
NO_BASE64 = "its key attribute id is of type B but not Base64"
# Bytes, text and the reason why a record with this key is quarantined; without a reason it is deleted.
BINARY: list[tuple[str, str, str]] = [
    (base64_of(ALL_BYTES), "here", ""),
    (base64_of(ALL_BYTES * 8), "2,048 bytes", ""),
    (base64_of(b"\0"), "x" * 1024, ""),
    (base64_of(b"\0"), "\u00e9" * 512, ""),
    (base64_of(ALL_BYTES * 8 + b"x"), "here", REJECTED),
    (base64_of(ALL_BYTES), "x" * 1025, REJECTED),
    (base64_of(ALL_BYTES), "x" + "\u00e9" * 512, REJECTED),
    (base64_of(ALL_BYTES), "", REJECTED),
    ("", "here", REJECTED),
    ("AP8", "without padding", NO_BASE64),
    ("AP_-", "for URLs", NO_BASE64),
    ("AP 8=", "with a space", NO_BASE64),
]


@pytest.fixture
def bucket(local: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> FakeBucket:
    """Let handlers of this process use the local AWS and, as the failure bucket, a stand-in. Return it."""
    for name in ("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, local[name])
    # The default session may have other credentials.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    bucket = FakeBucket()
    monkeypatch.setattr(failure_bucket, "s3_client", lambda: bucket)
    return bucket


def test_a_key_may_have_bytes_and_text(deployment: Deployment, bucket: FakeBucket) -> None:
    """The handler runs in this process, with a table of the local AWS."""
    binary = KeyedTable("binary", {"id": "B", "place": "S"})
    make_keyed_table(deployment.dynamodb, binary.name, binary.key_types)
    stays = {"id": {"B": ALL_BYTES}, "place": {"S": "elsewhere"}}
    obsolete = [{"id": {"B": base64.b64decode(id_)}, "place": {"S": at}} for id_, at, reason in BINARY if not reason]
    fill(deployment.dynamodb, "binary", [stays, *obsolete])
    records = [record(n, Keys={"id": {"B": id_}, "place": {"S": at}}) for n, (id_, at, _) in enumerate(BINARY)]
    settings = Settings(binary, "failures", 4)
    assert make_handler(settings, make_dynamodb_client(4))(event(*records), make_context()) == SUCCESS
    assert deployment.dynamodb.scan(TableName="binary")["Items"] == [stays]
    bad = [(str(1000 + n), reason) for n, (_, _, reason) in enumerate(BINARY) if reason]
    assert kept_in(bucket.objects.values()) == bad


MISSING = "neither its Keys nor its NewImage have version, which the row's version must equal"
NOT_COMPARED = "its attribute version is a set, a list or a map, which is not compared with a row"
NO_VALUE = "its attribute version is not a value of type S, N, B, BOOL or NULL"
TWO_TYPES = "its attribute version is not one value with its type"
DELETED, KEPT = "deleted", "kept"
# The version of the row, that of the message as the event has it, and what happens to the row: the reason if it is
# quarantined.
VERSIONS: dict[str, tuple[Any, Any, str]] = {
    "number": ({"N": "1"}, {"N": "1"}, DELETED),
    "number in another spelling": ({"N": "1"}, {"N": "1.0"}, DELETED),
    "other number": ({"N": "1"}, {"N": "2"}, KEPT),
    "number as text": ({"N": "1"}, {"S": "1"}, KEPT),
    "text": ({"S": "a"}, {"S": "a"}, DELETED),
    "empty text": ({"S": ""}, {"S": ""}, DELETED),
    "text with a space": ({"S": "a"}, {"S": "a "}, KEPT),
    "bytes": ({"B": b"\0\xff"}, {"B": "AP8="}, DELETED),
    "other bytes": ({"B": b"\0\xff"}, {"B": "AP8A"}, KEPT),
    "true": ({"BOOL": True}, {"BOOL": True}, DELETED),
    "false": ({"BOOL": True}, {"BOOL": False}, KEPT),
    "null": ({"NULL": True}, {"NULL": True}, DELETED),
    "null, and the row has text": ({"S": "a"}, {"NULL": True}, KEPT),
    "the row has none": (None, {"S": "a"}, KEPT),
    "missing": ({"S": "a"}, None, MISSING),
    "set": ({"SS": ["a"]}, {"SS": ["a"]}, NOT_COMPARED),
    "list": ({"L": []}, {"L": []}, NOT_COMPARED),
    "map": ({"M": {}}, {"M": {}}, NOT_COMPARED),
    "null that is false": ({"NULL": True}, {"NULL": False}, NO_VALUE),
    "unknown type": ({"S": "a"}, {"X": "a"}, NO_VALUE),
    "two types": ({"S": "a"}, {"S": "a", "N": "1"}, TWO_TYPES),
    "no number": ({"N": "1"}, {"N": "NaN"}, "its attribute version is of type N but not a number"),
    "half of a pair": ({"S": "a"}, {"S": "\ud800"}, "its attribute version is of type S but not valid Unicode"),
    "no Base64": ({"B": b"\0"}, {"B": "AP_-"}, "its attribute version is of type B but not Base64"),
    "39 digits": ({"N": "1"}, {"N": "1" * 39}, f"{REJECTED} or the value of a match attribute"),
}


def test_a_version_may_have_any_value(deployment: Deployment, bucket: FakeBucket) -> None:
    """With match_attributes, a row is deleted, kept as superseded, or its record quarantined."""
    versions = KeyedTable("versions", {"id": "S"})
    make_keyed_table(deployment.dynamodb, versions.name, versions.key_types)
    rows, records = list[Any](), list[Any]()
    for number, (name, (of_row, of_message, _)) in enumerate(VERSIONS.items()):
        row_key = {"id": {"S": name}}
        rows.append({**row_key, **({"version": of_row} if of_row else {})})
        image = {**row_key, **({"version": of_message} if of_message else {})}
        records.append(record(number, Keys=row_key, NewImage=image))
    fill(deployment.dynamodb, "versions", rows)
    settings = Settings(versions, "failures", 4, match_attributes={"version": "version"})
    assert make_handler(settings, make_dynamodb_client(4))(event(*records), make_context()) == SUCCESS
    left = {item["id"]["S"] for item in deployment.dynamodb.scan(TableName="versions")["Items"]}
    assert left == {name for name, (_, _, result) in VERSIONS.items() if result != DELETED}
    results = enumerate(result for _, _, result in VERSIONS.values())
    bad = [(str(1000 + number), result) for number, result in results if result not in (DELETED, KEPT)]
    kept = [(number, reason.partition(": ")[0]) for number, reason in kept_in(bucket.objects.values())]
    assert kept == bad
