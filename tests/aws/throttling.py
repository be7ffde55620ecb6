"""Uses up the capacity of a table, so that others are throttled."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from support.tables import row

from aws.account import Aws
from aws.waiting import wait_for

# A put of this size takes twenty units at once.
_BALLAST = row("ballast") | {"event": {"S": "x" * 19_500}}
_PAUSE_S = 0.2
_FULL = "ProvisionedThroughputExceededException"
# After so many refusals in a row, the units of the last 300 seconds are used up, and a second brings five.
_REFUSALS = 10


@contextmanager
def without_capacity(aws: Aws, table: str) -> Iterator[threading.Event]:
    """Leave a table of five units hardly any capacity for the time of the block, or until the event is set.

    It keeps the unused units of up to five minutes, so without this a few hundred deletes would not be throttled
    (burst-adaptive-capacity.html).
    """
    once: Any = boto3.client("dynamodb", region_name=aws.region, config=Config(retries={"total_max_attempts": 1}))
    enough, is_full = threading.Event(), threading.Event()

    def use_up() -> None:
        refused = 0
        while not enough.is_set():
            try:
                once.put_item(TableName=table, Item=_BALLAST)
                refused = 0
            except ClientError as error:
                if error.response["Error"]["Code"] != _FULL:
                    raise
                refused += 1
                enough.wait(_PAUSE_S)
            if refused >= _REFUSALS:
                is_full.set()

    thread = threading.Thread(target=use_up, daemon=True)
    thread.start()
    try:
        wait_for(f"the capacity of {table} is used up", is_full.is_set, 120)
        yield enough
    finally:
        enough.set()
        thread.join()
