"""The function's AWS clients. Every setting whose default depends on the version of boto3 is set explicitly."""

import base64
import json
import logging
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, cast

# Not boto3: it makes the same clients, but also loads the transfer manager for S3 at each cold start.
import botocore.session
from botocore.config import Config
from botocore.exceptions import ChecksumError

from scavenger import __version__
from scavenger.connections import Connections, has_proxy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# DynamoDB answers within milliseconds. With boto3's default of 60 s, one lost answer would take a whole invocation.
CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 3

# Otherwise botocore builds its own twice for each request, which takes a tenth of a request's CPU.
USER_AGENT = f"staging-scavenger/{__version__} Botocore/{botocore.__version__}"

# The context key under which _encode hands the request's body to _put_body.
_BODY = "scavenger_body"

# At log level DEBUG, Lambda sets the root logger to DEBUG. These libraries would then log whole requests, with the
# role's session token and the quarantined records.
for _library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(_library).setLevel(logging.INFO)


def make_dynamodb_client(max_connections: int) -> "DynamoDBClient":
    """Make a client that sends each request once and may be shared by threads.

    batch_delete retries, since it knows how much time is left and what else is in flight. An answer that does not match
    its checksum is an error, as it is where botocore retries. Source: botocore's retries/special.py.
    """
    # records.py has checked the keys already. Without a second check, a request takes a quarter less CPU.
    config = _config(attempts=1).merge(Config(max_pool_connections=max_connections, parameter_validation=False))
    session = botocore.session.get_session()
    client = session.create_client("dynamodb", config=config)
    for operation in ("BatchWriteItem", "DeleteItem"):
        # For this event only, botocore uses what the handler returns. Its type stubs do not know that.
        client.meta.events.register(f"provide-client-params.dynamodb.{operation}", _encode)  # type: ignore[arg-type]
        client.meta.events.register(f"before-call.dynamodb.{operation}", _put_body)
    endpoint: Any = getattr(client, "_endpoint", None)
    # It has no public name. A version of botocore without it, or a proxy, sends by urllib3.
    if hasattr(endpoint, "http_session") and not has_proxy():
        ca_bundle = session.get_config_variable("ca_bundle")
        endpoint.http_session = Connections(CONNECT_TIMEOUT_S, READ_TIMEOUT_S, ca_bundle)
    client.meta.events.register("response-received.dynamodb", verify_checksum)
    return cast("DynamoDBClient", client)


def _encode(params: dict[str, Any], context: dict[str, Any], **_: object) -> dict[str, Any]:
    """Encode the request's body, and leave botocore only the table names, from which it chooses the endpoint.

    botocore would write the same JSON, but walks the shapes of all values, which takes a sixth of a request's CPU.
    """
    context[_BODY] = json.dumps(params, default=_encode_bytes).encode()
    if "TableName" in params:
        return {"TableName": params["TableName"], "Key": {}}
    return {**params, "RequestItems": {name: [] for name in params["RequestItems"]}}


def _encode_bytes(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _put_body(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    params["body"] = context.pop(_BODY)


def verify_checksum(response_dict: dict[str, Any] | None, **_: object) -> None:
    """Raise ChecksumError if the body of an answer does not match the checksum that DynamoDB sends with it."""
    expected = response_dict["headers"].get("x-amz-crc32") if response_dict else None
    if response_dict and expected is not None:
        actual = str(zlib.crc32(response_dict["body"]))
        if actual != expected.strip():
            raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)


@cache
def s3_client() -> "S3Client":
    """Return the client for the failure bucket. It is made when first needed: hardly any invocation needs it."""
    return cast("S3Client", botocore.session.get_session().create_client("s3", config=_config(attempts=3)))


def _config(*, attempts: int) -> Config:
    return Config(
        user_agent=USER_AGENT,
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        # Set because the default depends on the runtime's version of boto3.
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
