"""What Lambda stores in an S3 bucket about records that it gives up.

Source: services-dynamodb-errors.html.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from scavenger_ops.mapping_model.batch import Batch
from scavenger_ops.mapping_model.delivery import Condition
from scavenger_ops.mapping_model.event import encode, event_of
from scavenger_ops.mapping_model.run import Run
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.mapping_model.verdict import Outcome

Keep = Callable[[str, dict[str, Any]], None]

FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:model"
MAPPING_UUID = uuid.UUID("00000000-0000-4000-8000-000000000000")


class Destination:
    """Takes what is given up and, if there is a bucket, keeps it there."""

    def __init__(self, simulation: Simulation, keep: Keep | None) -> None:
        self.given_up: list[dict[str, Any]] = []
        self._simulation = simulation
        self._keep = keep
        self._count = 0

    def give_up(self, shard_id: str, batch: Batch, condition: Condition) -> None:
        """Give up all records of a batch."""
        self.given_up.extend(run.body for run in batch.runs)
        if self._keep is None:
            return
        now = self._simulation.now
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
            "DDBStreamBatchInfo": _batch_info(shard_id, batch.runs),
            "payload": encode(event_of(batch.runs)),
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


def _batch_info(shard_id: str, runs: Sequence[Run]) -> dict[str, Any]:
    first, last = runs[0], runs[-1]
    return {
        "shardId": shard_id,
        "startSequenceNumber": first.sequence_number,
        "endSequenceNumber": last.sequence_number,
        "approximateArrivalOfFirstRecord": _timestamp(first.arrived),
        "approximateArrivalOfLastRecord": _timestamp(last.arrived),
        "batchSize": len(runs),
        "streamArn": first.body["eventSourceARN"],
    }


def _timestamp(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
