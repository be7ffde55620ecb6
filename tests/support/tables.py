"""Makes tables, and fills them."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Long enough ago that reconcile takes the rows by default.
TWO_HOURS_AGO_MS = int((time.time() - 7200) * 1000)
# The client's work and the local AWS's overlap.
WRITERS = 4


def make_table(dynamodb: "DynamoDBClient", name: str, message_id_type: Any = "S", **options: Any) -> None:
    """Make a table with the article's key, on demand unless the options say otherwise."""
    make_keyed_table(dynamodb, name, {"messageId": message_id_type, "createdAt": "N"}, **options)


def make_keyed_table(dynamodb: "DynamoDBClient", name: str, key_types: Mapping[str, Any], **options: Any) -> None:
    """Make a table with this key, its partition key first, on demand unless the options say otherwise."""
    roles: tuple[Literal["HASH", "RANGE"], ...] = ("HASH", "RANGE")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": each, "KeyType": role} for each, role in zip(key_types, roles, strict=False)],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": kind} for each, kind in key_types.items()],
        **({"BillingMode": "PAY_PER_REQUEST"} | options),
    )


def row(message_id: str, created_at_ms: int = TWO_HOURS_AGO_MS) -> dict[str, Any]:
    """Make a message of some 100 bytes."""
    return {"messageId": {"S": message_id}, "createdAt": {"N": str(created_at_ms)}, "event": {"S": "x" * 50}}


def fill(dynamodb: "DynamoDBClient", table_name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows to a table."""
    requests: list[Any] = [{"PutRequest": {"Item": each}} for each in rows]
    chunks = [requests[start : start + 25] for start in range(0, len(requests), 25)]
    with ThreadPoolExecutor(WRITERS) as pool:
        for answer in pool.map(lambda chunk: dynamodb.batch_write_item(RequestItems={table_name: chunk}), chunks):
            assert not answer["UnprocessedItems"]


def keys_of(dynamodb: "DynamoDBClient", table_name: str) -> set[str]:
    """Return the IDs of the messages in a table."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
    return {str(item["messageId"]) for page in pages for item in page["Items"]}
