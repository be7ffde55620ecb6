"""What Lambda stores in an S3 bucket about records that it gives up.

Source: services-dynamodb-errors.html.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from model.batch import Batch, Outcome, StreamRecord, encode, event_of

# RecordAgeExceeded is LocalStack's name; AWS documents only the other.
Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]
Keep = Callable[[str, dict[str, Any]], None]

FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:model"
MAPPING_UUID = uuid.UUID("00000000-0000-4000-8000-000000000000")


class Destination:
    """Takes what is given up and, if there is a bucket, keeps it there."""

    def __init__(self, keep: Keep | None) -> None:
        self.given_up: list[dict[str, Any]] = []
        self._keep = keep
        self._count = 0

    def give_up(self, shard_id: str, batch: Batch, condition: Condition, now: float) -> None:
        """Give up all records of a batch."""
        self.given_up.extend(record.body for record in batch.records)
        if self._keep is None:
            return
        self._count += 1
        # Not random, so that a run can be repeated.
        request_id = str(uuid.uuid5(MAPPING_UUID, str(self._count)))
        body = {
            "requestContext": {
                "requestId": request_id,
                "functionArn": FUNCTION_ARN,
                "condition": condition,
                "approximateInvokeCount": batch.counted_failures,
            },
            **_response_context(batch.last_answer),
            "version": "1.0",
            "timestamp": _timestamp(now),
            "DDBStreamBatchInfo": _batch_info(shard_id, batch.records),
            "payload": encode(event_of(batch.records)),
        }
        self._keep(_object_key(shard_id, now, request_id), body)


def _object_key(shard_id: str, now: float, request_id: str) -> str:
    day = datetime.fromtimestamp(now, UTC)
    return f"aws/lambda/{MAPPING_UUID}/{shard_id}/{day:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{request_id}"


def _response_context(answer: Outcome | None) -> dict[str, Any]:
    """Tell how the function ended; where it was never invoked there is nothing to tell."""
    if answer is None:
        return {}
    # Null was recorded against AWS for a function that reported the failures itself.
    error = "Unhandled" if answer == "error" else None
    return {"responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": error}}


def _batch_info(shard_id: str, records: Sequence[StreamRecord]) -> dict[str, Any]:
    first, last = records[0], records[-1]
    return {
        "shardId": shard_id,
        "startSequenceNumber": first.sequence_number,
        "endSequenceNumber": last.sequence_number,
        "approximateArrivalOfFirstRecord": _timestamp(first.arrived),
        "approximateArrivalOfLastRecord": _timestamp(last.arrived),
        "batchSize": len(records),
        "streamArn": first.body["eventSourceARN"],
    }


def _timestamp(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
