"""What Lambda stores in an S3 bucket about records whose retries are exhausted, or that have expired.

Sources: services-dynamodb-errors.html; "recorded" marks what AWS was recorded to send, in tests/data/recordings.json.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from scavenger.failure_bucket import FAILURE_OBJECT_PREFIX

from scavenger_ops.mapping_model.delivery import Condition
from scavenger_ops.mapping_model.event import encode, event_of
from scavenger_ops.mapping_model.invocation_result import InvocationStatus
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.simulation import Simulation

Keep = Callable[[str, dict[str, Any]], None]

FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:model"
MAPPING_UUID = "00000000-0000-4000-8000-000000000000"


class FailureDestination:
    """Takes the discarded records and, if there is a bucket, stores them there."""

    def __init__(
        self,
        simulation: Simulation,
        keep: Keep | None,
        function_arn: str = FUNCTION_ARN,
        mapping_uuid: str = MAPPING_UUID,
    ) -> None:
        self.discarded: list[dict[str, Any]] = []
        self._simulation = simulation
        self._keep = keep
        self._function_arn = function_arn
        self._mapping_uuid = mapping_uuid
        self._count = 0

    def discard(self, shard_id: str, batch: RecordBatch, condition: Condition) -> None:
        """Discard all records of a batch."""
        self.discarded.extend(run.body for run in batch.runs)
        if self._keep is None:
            return
        now = self._simulation.now
        self._count += 1
        body = {
            "requestContext": {
                "requestId": self._uuid("request"),
                "functionArn": self._function_arn,
                "condition": condition,
                # Recorded: 1 for a record that the function was never invoked with, and 8 for one that expired while it
                # was retried. How often the function was invoked with that one is not known. That this counts the
                # invocations is an assumption.
                "approximateInvokeCount": max(1, batch.counted_failures),
            },
            **_response_context(condition, batch.last_answer),
            "version": "1.0",
            "timestamp": _timestamp(now, "milliseconds"),
            "DDBStreamBatchInfo": _batch_info(shard_id, batch.runs),
            # According to AWS's page it is text. The recordings show text and objects alike.
            "payload": encode(event_of(batch.runs)),
        }
        self._keep(self._object_key(shard_id, now), body)

    def _object_key(self, shard_id: str, now: float) -> str:
        """Return the key. Day and second are those of the body's timestamp (recorded); the UUID is the object's own."""
        time = f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d/%Y-%m-%dT%H.%M.%S}"
        return f"{FAILURE_OBJECT_PREFIX}{self._mapping_uuid}/{shard_id}/{time}-{self._uuid('object')}"

    def _uuid(self, of: str) -> str:
        """Return a UUID that is not random, so that a run can be repeated exactly."""
        return str(uuid.uuid5(uuid.UUID(self._mapping_uuid), f"{of} {self._count} {self._simulation.now}"))


def _response_context(condition: Condition, answer: InvocationStatus | None) -> dict[str, Any]:
    """Return how the function ended; nothing for a record that has expired, invoked or not (recorded)."""
    if condition == "RecordAgeExceeded":
        return {}
    # Null if the function reported the failures itself; the status is 200 in both cases (recorded).
    error = "Unhandled" if answer == "error" else None
    return {"responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": error}}


def _batch_info(shard_id: str, runs: Sequence[RecordRun]) -> dict[str, Any]:
    first, last = runs[0], runs[-1]
    return {
        "shardId": shard_id,
        "startSequenceNumber": first.sequence_number,
        "endSequenceNumber": last.sequence_number,
        # Whole seconds (recorded), rounded down as ApproximateCreationDateTime is (API_streams_StreamRecord.html).
        "approximateArrivalOfFirstRecord": _timestamp(first.arrived, "seconds"),
        "approximateArrivalOfLastRecord": _timestamp(last.arrived, "seconds"),
        "batchSize": len(runs),
        "streamArn": first.body["eventSourceARN"],
    }


def _timestamp(time: float, timespec: str) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
