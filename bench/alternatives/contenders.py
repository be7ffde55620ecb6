"""The contenders: each is a handler for a stream's events, written as its library or article suggests.

Each deletes the keys of the `INSERT` records. A contender imports what it needs itself, so that imports count for its
cold start.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

Event = dict[str, Any]
Handler = Callable[[Event, Any], object]

TABLE_NAME = os.environ["STAGING_MESSAGES_TABLE_NAME"]
CHUNK_SIZE = 25
ARTICLE_IN_FLIGHT = 50


def keys_of(event: Event) -> list[dict[str, Any]]:
    """Return the keys of the `INSERT` records."""
    return [record["dynamodb"]["Keys"] for record in event["Records"] if record["eventName"] == "INSERT"]


def chunks_of(event: Event) -> Iterator[list[dict[str, Any]]]:
    """Return the keys in chunks of the size that one request may have."""
    keys = keys_of(event)
    return (keys[start : start + CHUNK_SIZE] for start in range(0, len(keys), CHUNK_SIZE))


def make_this_function() -> Handler:
    """Load the function from the built zip, which is on the path. It writes its logs and metrics."""
    from scavenger.lambda_function import lambda_handler

    return lambda_handler


def make_this_function_matching() -> Handler:
    """Load the function with match attributes. It sends one DeleteItem with a condition for each record."""
    os.environ["MATCH_ATTRIBUTES"] = '{"receivedAt": "receivedAt"}'
    return make_this_function()


def make_article() -> Handler:
    """Send one DeleteItem for each record, 50 at a time, the default of the article's SDK for Node.js."""
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    from botocore.config import Config

    client = boto3.client("dynamodb", config=Config(max_pool_connections=ARTICLE_IN_FLIGHT))
    pool = ThreadPoolExecutor(ARTICLE_IN_FLIGHT)

    def delete(key: dict[str, Any]) -> object:
        return client.delete_item(TableName=TABLE_NAME, Key=key, ReturnConsumedCapacity="TOTAL")

    return lambda event, _: [*pool.map(delete, keys_of(event))]


def make_sequel() -> Handler:
    """Send chunks of 25 in sequence, and do nothing else: a bare boto3 loop."""
    import boto3

    client = boto3.client("dynamodb")

    def handle(event: Event, _: object) -> None:
        for keys in chunks_of(event):
            client.batch_write_item(
                RequestItems={TABLE_NAME: [{"DeleteRequest": {"Key": key}} for key in keys]},
                ReturnConsumedCapacity="TOTAL",
            )

    return handle


def make_batch_writer() -> Handler:
    """Use boto3's batch_writer, which takes Python values and encodes them for DynamoDB."""
    import boto3
    from boto3.dynamodb.types import TypeDeserializer

    table = boto3.resource("dynamodb").Table(TABLE_NAME)
    deserialize = TypeDeserializer().deserialize

    def handle(event: Event, _: object) -> None:
        with table.batch_writer() as writer:
            for key in keys_of(event):
                writer.delete_item(Key={name: deserialize(value) for name, value in key.items()})

    return handle


def make_powertools() -> Handler:
    """Use Powertools' batch processor, with one DeleteItem for each record."""
    import boto3
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

    table = boto3.resource("dynamodb").Table(TABLE_NAME)
    processor = BatchProcessor(EventType.DynamoDBStreams)

    def delete(record: DynamoDBRecord) -> None:
        if record.dynamodb and record.dynamodb.keys:
            table.delete_item(Key=record.dynamodb.keys)

    return lambda event, context: process_partial_response(event, delete, processor, context)


def make_awswrangler() -> Handler:
    """Use the SDK for pandas' function for many deletes."""
    import awswrangler
    from boto3.dynamodb.types import TypeDeserializer

    deserialize = TypeDeserializer().deserialize

    def handle(event: Event, _: object) -> None:
        items = [{name: deserialize(value) for name, value in key.items()} for key in keys_of(event)]
        awswrangler.dynamodb.delete_items(items, TABLE_NAME)

    return handle


def make_bare_client() -> Handler:
    """Create only a client: the least that a cold start takes."""
    import boto3

    boto3.client("dynamodb")
    return lambda _event, _context: None


MAKERS: dict[str, Callable[[], Handler]] = {
    "this function": make_this_function,
    "this function, matching": make_this_function_matching,
    "article": make_article,
    "sequel": make_sequel,
    "batch_writer": make_batch_writer,
    "powertools": make_powertools,
    "awswrangler": make_awswrangler,
    "bare client": make_bare_client,
}
