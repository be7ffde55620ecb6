"""Writes and reads items of a run's tables, however small their capacity is."""

from collections.abc import Iterable
from typing import Any

from aws.account import Aws
from aws.waiting import wait_for

_BATCH = 25


def write(aws: Aws, table: str, items: Iterable[dict[str, Any]]) -> None:
    """Write items to a table, and again those that it had no capacity for."""
    dynamodb, left = aws.client("dynamodb"), [{"PutRequest": {"Item": item}} for item in items]

    def is_written() -> bool:
        while left:
            batch = left[:_BATCH]
            answer = dynamodb.batch_write_item(RequestItems={table: batch})
            unprocessed = answer["UnprocessedItems"].get(table, [])
            left[:_BATCH] = unprocessed
            if unprocessed:
                return False
        return True

    wait_for(f"the items are in {table}", is_written)


def ids(aws: Aws, table: str, key: str = "messageId") -> set[str]:
    """Return the values of a key attribute in a table."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item[key]["S"] for page in pages for item in page["Items"]}
