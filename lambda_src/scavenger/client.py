"""The function's DynamoDB client."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from scavenger.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 3


def make_dynamodb_client(settings: Settings) -> "DynamoDBClient":
    """Make a client that tries each request once, and may be shared by threads."""
    return boto3.client(
        "dynamodb",
        config=Config(
            # DynamoDB answers within milliseconds. boto3's own 60 s would let one lost answer eat a whole invocation.
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            # batch_delete retries, since it knows how much time is left and what else is in flight. The mode is named
            # because the default depends on the version of boto3 that the runtime happens to have.
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=settings.max_requests_in_flight,
            # The records have been checked already; without the second check a request takes a third less CPU.
            parameter_validation=False,
        ),
    )
