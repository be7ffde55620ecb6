"""The function's AWS clients, with each setting that boto3's defaults would leave to chance."""

import logging
from functools import cache
from typing import TYPE_CHECKING, cast

# Not boto3, which makes the same clients, but brings the transfer manager for S3 with it at each start.
import botocore.session
from botocore.config import Config

from scavenger import __version__

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# DynamoDB answers within milliseconds. boto3's own 60 s would let one lost answer eat a whole invocation.
CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 3

# At DEBUG, Lambda sets the root logger to that level, and these would log whole requests: the role's session token, and
# what is quarantined.
for _library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(_library).setLevel(logging.INFO)


def make_dynamodb_client(max_connections: int) -> "DynamoDBClient":
    """Make a client that tries each request once, and may be shared by threads.

    batch_delete retries, since it knows how much time is left and what else is in flight.
    """
    # The records have been checked already; without the second check a request takes a quarter less CPU.
    config = _config(attempts=1).merge(Config(max_pool_connections=max_connections, parameter_validation=False))
    return cast("DynamoDBClient", botocore.session.get_session().create_client("dynamodb", config=config))


@cache
def s3_client() -> "S3Client":
    """Give the client for the failure bucket, made when it is first needed: hardly any invocation needs it."""
    return cast("S3Client", botocore.session.get_session().create_client("s3", config=_config(attempts=3)))


def _config(*, attempts: int) -> Config:
    return Config(
        # Without one, botocore composes its own twice for each request, which takes a tenth of a request's CPU.
        user_agent=f"staging-scavenger/{__version__} Botocore/{botocore.__version__}",
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        # Named because the default depends on the version of boto3 that the runtime happens to have.
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
