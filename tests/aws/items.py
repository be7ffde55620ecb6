"""Writes and reads the items of a run's tables, however little capacity they have."""

import time
from collections.abc import Iterable
from typing import Any

from aws.account import Aws
from aws.waiting import SOON_S, wait_for

_BATCH = 25


def write(aws: Aws, table: str, items: Iterable[dict[str, Any]]) -> None:
    """Write items to a table. What it has no capacity for is written later."""
    dynamodb, left = aws.client("dynamodb"), [{"PutRequest": {"Item": item}} for item in items]

    def is_written() -> bool:
        answer = dynamodb.batch_write_item(RequestItems={table: left[:_BATCH]}) if left else {"UnprocessedItems": {}}
        left[:_BATCH] = answer["UnprocessedItems"].get(table, [])
        return not left

    # One request each: between the batches there is no need to wait.
    for _ in range(len(left) // _BATCH):
        is_written()
    wait_for(f"{table} has all items", is_written, SOON_S)


def keys(aws: Aws, table: str, *attributes: str) -> set[tuple[str, ...]]:
    """Return the values of these attributes, which are strings or numbers, of all items of a table."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    return {tuple(next(iter(item[name].values())) for name in attributes) for item in items}


def now_ms() -> int:
    """Return the time, as CloudWatch Logs takes it."""
    return int(time.time() * 1000)
