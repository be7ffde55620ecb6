"""The two tables of a pipeline for the reconciler's tests, in moto."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from support.linking_functions import SAME_KEY
from support.tables import make_keyed_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}


@contextmanager
def mocked_tables(
    staging: Mapping[str, Any] = SAME_KEY, messages: Mapping[str, Any] | None = None, **options: Any
) -> Iterator["DynamoDBClient"]:
    """Mock AWS with the empty tables staging and messages, which has a stream. By default they have the same key."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_keyed_table(client, "staging", staging, **options)
        make_keyed_table(client, "messages", messages or staging, **options, **STREAM)
        yield client


def items_of(client: "DynamoDBClient", table: str) -> list[dict[str, Any]]:
    """Return all items of a table."""
    return client.scan(TableName=table)["Items"]
