"""One invocation, from event to response, against moto's DynamoDB."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from scavenger.batch_delete import START_RESERVE_S
from scavenger.client import make_dynamodb_client
from scavenger.handler import make_handler
from scavenger.records import EventError
from scavenger.settings import Settings
from support.context import make_context
from support.dynamodb import FakeDynamoDB
from support.events import ARTICLE_EVENT, event, key, record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SETTINGS = Settings(staging_table_name="staging", max_requests_in_flight=4)
SUCCESS: dict[str, Any] = {"batchItemFailures": []}


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS; its staging table has the article's key."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client, messageId="S", createdAt="N")
        yield client


def make_table(client: "DynamoDBClient", **key_types: Any) -> None:
    """Make a staging table; the first attribute is its partition key."""
    roles: list[Any] = ["HASH", "RANGE"]
    client.create_table(
        TableName="staging",
        KeySchema=[{"AttributeName": name, "KeyType": role} for name, role in zip(key_types, roles, strict=False)],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in key_types.items()],
        BillingMode="PAY_PER_REQUEST",
    )


def stage(client: "DynamoDBClient", *keys: Any) -> None:
    """Put rows into the staging table."""
    for row in keys:
        client.put_item(TableName="staging", Item={**row, "event": {"S": "A secret message"}})


def staged(client: "DynamoDBClient") -> list[Any]:
    """Give the keys of the rows in the staging table."""
    items = client.scan(TableName="staging")["Items"]
    return sorted(({name: item[name] for name in item if name != "event"} for item in items), key=str)


def test_the_articles_event_deletes_its_row_and_no_other(dynamodb: "DynamoDBClient") -> None:
    """The row named by the record's keys is gone, its neighbour stays."""
    article_key = ARTICLE_EVENT["Records"][0]["dynamodb"]["Keys"]
    stage(dynamodb, article_key, key(1))
    handle = make_handler(SETTINGS, make_dynamodb_client(SETTINGS))
    assert handle(ARTICLE_EVENT, make_context()) == SUCCESS
    assert staged(dynamodb) == [key(1)]


def test_a_large_batch_is_deleted_whole(dynamodb: "DynamoDBClient") -> None:
    """More records than fit into the requests in flight."""
    stage(dynamodb, *(key(number) for number in range(260)))
    handle = make_handler(SETTINGS, make_dynamodb_client(SETTINGS))
    assert handle(event(*(record(number) for number in range(10, 260))), make_context()) == SUCCESS
    assert staged(dynamodb) == sorted((key(number) for number in range(10)), key=str)


def test_changes_that_are_no_inserts_delete_nothing(dynamodb: "DynamoDBClient") -> None:
    """Even if the mapping had no filter."""
    stage(dynamodb, key(1), key(2))
    handle = make_handler(SETTINGS, make_dynamodb_client(SETTINGS))
    response = handle(event(record(1, event_name="MODIFY"), record(2, event_name="REMOVE")), make_context())
    assert response == SUCCESS
    assert staged(dynamodb) == [key(1), key(2)]


def test_a_second_delivery_does_no_harm(dynamodb: "DynamoDBClient") -> None:
    """Lambda delivers at least once."""
    stage(dynamodb, key(1))
    handle = make_handler(SETTINGS, make_dynamodb_client(SETTINGS))
    assert [handle(event(record(1)), make_context()) for _ in range(2)] == [SUCCESS, SUCCESS]
    assert staged(dynamodb) == []


def test_a_binary_key_finds_its_row() -> None:
    """It reaches DynamoDB with the bytes that the row was written with."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client, id="B")
        stage(client, {"id": {"B": b"\x00\xffa"}}, {"id": {"B": b"other"}})
        handle = make_handler(SETTINGS, make_dynamodb_client(SETTINGS))
        assert handle(event(record(1, Keys={"id": {"B": "AP9h"}})), make_context()) == SUCCESS
        assert staged(client) == [{"id": {"B": b"other"}}]


def test_a_malformed_record_is_reported_and_the_others_are_deleted(dynamodb: "DynamoDBClient") -> None:
    """Lambda is told to deliver it again, and in the end keeps it in the failure bucket."""
    stage(dynamodb, key(1), key(3))
    handle = make_handler(SETTINGS, make_dynamodb_client(SETTINGS))
    response = handle(event(record(1), record(2, Keys=None), record(3)), make_context())
    assert response == {"batchItemFailures": [{"itemIdentifier": "1002"}]}
    assert staged(dynamodb) == []


def test_a_malformed_record_without_a_number_fails_the_whole_batch(dynamodb: "DynamoDBClient") -> None:
    """An empty identifier says so: else the record would be lost. The rows that can be deleted are, all the same."""
    stage(dynamodb, key(1))
    handle = make_handler(SETTINGS, make_dynamodb_client(SETTINGS))
    response = handle(event(record(1), {"eventName": "INSERT"}), make_context())
    assert response == {"batchItemFailures": [{"itemIdentifier": ""}]}
    assert staged(dynamodb) == []


@pytest.mark.usefixtures("dynamodb")
def test_a_missing_table_is_raised() -> None:
    """Lambda then keeps the whole batch for later."""
    settings = Settings(staging_table_name="elsewhere", max_requests_in_flight=4)
    handle = make_handler(settings, make_dynamodb_client(settings))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        handle(event(record(1)), make_context())


def test_what_is_undone_is_reported_by_its_lowest_sequence_number() -> None:
    """Numbers are compared as numbers: 999 comes before 1000. Here, too little time is left for any request."""
    fake = FakeDynamoDB()
    records = [record(1, SequenceNumber="1000"), record(2, SequenceNumber="1001"), record(3, SequenceNumber="999")]
    response = make_handler(SETTINGS, fake.client)(event(*records), make_context(remaining_s=START_RESERVE_S - 0.1))
    assert response == {"batchItemFailures": [{"itemIdentifier": "999"}]}
    assert fake.requests == []


def test_with_a_little_time_left_it_still_deletes() -> None:
    """The context's milliseconds are the seconds that the deadline is made of."""
    fake = FakeDynamoDB()
    response = make_handler(SETTINGS, fake.client)(event(record(1)), make_context(remaining_s=START_RESERVE_S + 5))
    assert response == SUCCESS
    assert fake.deleted == [key(1)]


@pytest.mark.parametrize("not_an_event", [{}, None, {"key1": "value1"}])
def test_what_is_no_stream_event_is_an_error(not_an_event: object) -> None:
    """And deletes nothing."""
    fake = FakeDynamoDB()
    with pytest.raises(EventError):
        make_handler(SETTINGS, fake.client)(not_an_event, make_context())
    assert fake.requests == []
