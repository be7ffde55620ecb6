"""The function's AWS clients, with each setting that boto3's defaults would leave to chance."""

import base64
import json
import logging
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, cast

# Not boto3, which makes the same clients, but brings the transfer manager for S3 with it at each start.
import botocore.session
from botocore.config import Config
from botocore.exceptions import ChecksumError

from scavenger import __version__

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# DynamoDB answers within milliseconds. boto3's own 60 s would let one lost answer eat a whole invocation.
CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 3

# Without one, botocore composes its own twice for each request, which takes a tenth of a request's CPU.
USER_AGENT = f"staging-scavenger/{__version__} Botocore/{botocore.__version__}"

# What a request's body is called between the two events that make it.
_BODY = "scavenger_body"

# At DEBUG, Lambda sets the root logger to that level, and these would log whole requests: the role's session token, and
# what is quarantined.
for _library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(_library).setLevel(logging.INFO)


def make_dynamodb_client(max_connections: int) -> "DynamoDBClient":
    """Make a client that tries each request once, and may be shared by threads.

    batch_delete retries, since it knows how much time is left and what else is in flight. An answer that does not fit
    its checksum is an error, as it is where botocore retries. Source: botocore's retries/special.py.
    """
    # The records have been checked already; without the second check a request takes a quarter less CPU.
    config = _config(attempts=1).merge(Config(max_pool_connections=max_connections, parameter_validation=False))
    client = botocore.session.get_session().create_client("dynamodb", config=config)
    # Of this event alone, botocore takes what is returned, which its types do not know.
    client.meta.events.register("provide-client-params.dynamodb.BatchWriteItem", _encode)  # type: ignore[arg-type]
    client.meta.events.register("before-call.dynamodb.BatchWriteItem", _put_body)
    client.meta.events.register("response-received.dynamodb", verify_checksum)
    return cast("DynamoDBClient", client)


def _encode(params: dict[str, Any], context: dict[str, Any], **_: object) -> dict[str, Any]:
    """Write a request's body, and leave botocore the tables' names, by which it chooses the endpoint.

    For the same JSON, it would go through the shapes of all values, which takes a sixth of a request's CPU.
    """
    context[_BODY] = json.dumps(params, default=_encode_bytes).encode()
    return {**params, "RequestItems": {name: [] for name in params["RequestItems"]}}


def _encode_bytes(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _put_body(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    params["body"] = context.pop(_BODY)


def verify_checksum(response_dict: dict[str, Any] | None, **_: object) -> None:
    """See that an answer is whole, by the checksum that DynamoDB sends with it."""
    expected = response_dict["headers"].get("x-amz-crc32") if response_dict else None
    if response_dict and expected is not None:
        actual = str(zlib.crc32(response_dict["body"]))
        if actual != expected.strip():
            raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)


@cache
def s3_client() -> "S3Client":
    """Give the client for the failure bucket, made when it is first needed: hardly any invocation needs it."""
    return cast("S3Client", botocore.session.get_session().create_client("s3", config=_config(attempts=3)))


def _config(*, attempts: int) -> Config:
    return Config(
        user_agent=USER_AGENT,
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        # Named because the default depends on the version of boto3 that the runtime happens to have.
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
