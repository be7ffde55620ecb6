"""One attempt to deliver a batch, and what remains to deliver after it.

Sources: services-dynamodb-errors.html; "recorded" marks what AWS was recorded to do, in tests/data/recordings.json.
What neither of them says is marked as an assumption.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from scavenger_ops.mapping_model.invocation_result import InvocationResult, Invoke
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import count_records, split
from scavenger_ops.mapping_model.settings import UNLIMITED, MappingSettings
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.mapping_model.stream import Stream, split_by_arrival

# AWS documents the first and was recorded to send both, but RecordAgeExceeded only for Kinesis. That it is the same for
# a DynamoDB stream is an assumption.
Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]
# Takes the records that Lambda discards: the shard's name, the batch and the reason.
Discard = Callable[[str, RecordBatch, Condition], None]


def backoff_s(failures: int) -> float:
    """Return the backoff before the next attempt, in seconds: 1 s, doubled up to 60 s.

    An assumption: AWS does not document how long it waits, so no test of the function should depend on these figures.
    """
    doublings_to_the_cap = 6
    return float(min(60, 2 ** min(failures - 1, doublings_to_the_cap)))


@dataclass(frozen=True)
class Delivery:
    """Delivers batches of any shard."""

    simulation: Simulation
    settings: MappingSettings
    stream: Stream
    invoke: Invoke
    discard: Discard

    def try_once(self, shard_id: str, batch: RecordBatch) -> list[RecordBatch]:
        """Invoke the function with the records that have not expired. Return the batches that remain, in order."""
        batch = self._without_old_records(shard_id, batch)
        if not batch.runs:
            return []
        result = self.invoke(shard_id, batch.runs)
        if result.done == count_records(batch.runs):
            return []
        return self._retry(shard_id, self._after(batch, result), result)

    def _without_old_records(self, shard_id: str, batch: RecordBatch) -> RecordBatch:
        # Only the expired records are discarded, the others are delivered (recorded). That age counts from the arrival,
        # and that a record of exactly the maximum age has not expired, is an assumption.
        runs = self.stream.without_trimmed(batch.runs)
        if self.settings.maximum_record_age_in_seconds != UNLIMITED:
            oldest = self.simulation.now - self.settings.maximum_record_age_in_seconds
            old, runs = split_by_arrival(runs, oldest)
            if old:
                self.discard(shard_id, replace(batch, runs=old), "RecordAgeExceeded")
        return batch if runs == batch.runs else replace(batch, runs=runs)

    def _after(self, batch: RecordBatch, result: InvocationResult) -> RecordBatch:
        """Return the remaining records of a batch after an attempt that did not process all of it.

        An assumption: progress resets all counts. A function that always reports the same record got it once in its
        first batch and then 1 + maximum_retry_attempts times (recorded). It is also possible that AWS just does not
        count a partial success. Nothing may depend on the difference.
        """
        if result.done:
            batch = replace(batch, failures=0, counted_failures=0)
        failures = batch.failures + 1
        _, remaining = split(batch.runs, result.done)
        return replace(batch, runs=remaining, failures=failures, not_before=self.simulation.now + backoff_s(failures))

    def _retry(self, shard_id: str, batch: RecordBatch, result: InvocationResult) -> list[RecordBatch]:
        # Neither a throttled attempt nor a split uses up a retry. Source: services-dynamodb-errors.html.
        if result.status == "throttled" or result.done:
            return [batch]
        can_split = self.settings.bisect_batch_on_function_error and count_records(batch.runs) > 1
        if result.status == "error" and can_split:
            return batch.halves()
        batch = replace(batch, counted_failures=batch.counted_failures + 1, last_answer=result.status)
        if UNLIMITED != self.settings.maximum_retry_attempts < batch.counted_failures:
            self.discard(shard_id, batch, "RetryAttemptsExhausted")
            return []
        return [batch]
