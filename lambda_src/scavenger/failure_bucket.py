"""Failure objects: builds the key and the content of each, and writes it to the failure bucket."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from scavenger.clients import s3_client
from scavenger.in_flight import InFlight
from scavenger.records import Rejection, change_of, creation_time
from scavenger.redaction import redact_answer

if TYPE_CHECKING:
    # The operators' command imports this module, and is installed without Powertools.
    from aws_lambda_powertools.utilities.typing import LambdaContext

# The time it takes to write the log and return.
RETURN_RESERVE_S = 1.0

# What a redrive needs of a record and of its change: which row of which table, and in which order. It needs attributes
# of the new image only if the row's key is taken from them, or if the row is compared with them. The rest is in the
# table that the record comes from.
_KEPT_OF_RECORD = ("eventName", "eventSource", "eventSourceARN")
_KEPT_OF_CHANGE = ("ApproximateCreationDateTime", "Keys", "SequenceNumber")

# Lambda's own failure objects have this prefix, too: aws/lambda/<UUID of the event source mapping>/<shard>/...
# Source: services-dynamodb-errors.html.
FAILURE_OBJECT_PREFIX = "aws/lambda/"


class FailureObjectError(Exception):
    """The failure object was not written, so its records are not quarantined."""


def quarantine_prefix(function_name: str) -> str:
    """Return the prefix of the keys of a function's quarantine objects."""
    return f"{FAILURE_OBJECT_PREFIX}{function_name}/quarantine/"


def write_failure_object(
    rejections: Sequence[Rejection],
    bucket_name: str | None,
    context: "LambdaContext",
    kept_of_image: Collection[str] = (),
) -> str:
    """Write one object for these records to the failure bucket, and return its key.

    The object has the form that Lambda uses for a batch whose retries are exhausted. The shard is null, because the
    function does not know it. Each record keeps only what a redrive needs: its key, and the attributes in
    `kept_of_image` of its new image. Raises FailureObjectError if there is no bucket or it cannot be written.
    Source: services-dynamodb-errors.html.
    """
    if bucket_name is None:
        raise FailureObjectError(
            "The function has no failure bucket, so records cannot be quarantined. Lambda delivers them again. "
            "Deploy a failure bucket (create_failure_bucket = true), or fix what writes such records."
        )
    now = datetime.now(UTC)
    key = _object_key(context.function_name, now)
    in_flight: InFlight[str, object] = InFlight(1)
    try:
        body = json.dumps(_object_content(rejections, context, now, kept_of_image)).encode()
        in_flight.start(key, lambda: s3_client().put_object(Bucket=bucket_name, Key=key, Body=body))
        # In a thread: the client's time-outs do not bound it. DNS lookups have none, and each address has its own.
        if not in_flight.wait(context.get_remaining_time_in_millis() / 1000 - RETURN_RESERVE_S):
            raise FailureObjectError(
                f"Bucket {bucket_name} did not answer before the function's time was over. "
                "Lambda delivers the records again."
            )
    except ClientError as error:
        code, message = redact_answer(error)
        raise FailureObjectError(
            f"S3 stored no object in bucket {bucket_name} ({code}: {message}). Lambda delivers the records again. "
            "If this persists, check that the bucket exists and that the function's role has s3:PutObject on it."
        ) from error
    except (BotoCoreError, RecursionError) as error:
        raise FailureObjectError(
            f"The object for bucket {bucket_name} was not written ({type(error).__name__}). "
            "Lambda delivers the records again."
        ) from error
    finally:
        in_flight.close()
    return key


def _object_key(function_name: str, now: datetime) -> str:
    """Return a new key with the time in it, as Lambda's own objects have it; the UUID makes it unique."""
    return f"{quarantine_prefix(function_name)}{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid4()}"


def _object_content(
    rejections: Sequence[Rejection], context: "LambdaContext", now: datetime, kept_of_image: Collection[str]
) -> dict[str, Any]:
    first, last = rejections[0], rejections[-1]
    return {
        "requestContext": {
            "requestId": context.aws_request_id,
            "functionArn": context.invoked_function_arn,
            "condition": "Quarantined",
            "approximateInvokeCount": 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": context.function_version, "functionError": None},
        "version": "1.0",
        "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z",
        "DDBStreamBatchInfo": {
            "shardId": None,
            "startSequenceNumber": first.sequence_number,
            "endSequenceNumber": last.sequence_number,
            "approximateArrivalOfFirstRecord": _arrival(first.record),
            "approximateArrivalOfLastRecord": _arrival(last.record),
            "batchSize": len(rejections),
            "streamArn": first.record.get("eventSourceARN") if isinstance(first.record, dict) else None,
        },
        "reasons": [rejection.reason for rejection in rejections],
        "payload": json.dumps({"Records": [_kept(rejection.record, kept_of_image) for rejection in rejections]}),
    }


def _arrival(record: object) -> str | None:
    created_at = creation_time(change_of(record) or {})
    return None if created_at is None else f"{datetime.fromtimestamp(created_at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _kept(record: object, kept_of_image: Collection[str]) -> dict[str, object]:
    """Return the parts of a record that are kept; {} if it has none of them, as something that is not a record."""
    kept = _part(record, _KEPT_OF_RECORD)
    change = change_of(record)
    if change is None:
        return kept
    image = _part(change.get("NewImage"), kept_of_image)
    return {**kept, "dynamodb": _part(change, _KEPT_OF_CHANGE) | ({"NewImage": image} if image else {})}


def _part(whole: object, names: Collection[str]) -> dict[str, object]:
    return {name: whole[name] for name in names if name in whole} if isinstance(whole, dict) else {}
