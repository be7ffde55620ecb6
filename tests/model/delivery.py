"""One try to deliver a batch, and what becomes of the batch.

Source: services-dynamodb-errors.html.
"""

from dataclasses import dataclass, replace

from model.batch import Batch
from model.failure_record import Condition, Destination
from model.function import Function
from model.responses import Verdict
from model.settings import UNLIMITED, MappingSettings
from model.simulation import Simulation
from model.stream import Stream


def backoff_s(failures: int) -> float:
    """Give the wait before the next try, in seconds: 1 s doubling up to 60 s.

    AWS does not document how long it waits, so no test of the function should rest on these figures.
    """
    doublings_to_the_cap = 6
    return float(min(60, 2 ** min(failures - 1, doublings_to_the_cap)))


@dataclass(frozen=True)
class Delivery:
    """Delivers batches of any shard."""

    simulation: Simulation
    settings: MappingSettings
    function: Function
    destination: Destination
    stream: Stream

    def try_once(self, shard_id: str, batch: Batch) -> list[Batch]:
        """Invoke the function with what is not too old, and give the batches that are left, in order."""
        batch = self._without_old_records(shard_id, batch)
        if not batch.records:
            return []
        verdict = self.function.call(shard_id, batch.records)
        if verdict.done == len(batch.records):
            return []
        return self._retry(shard_id, self._after(batch, verdict), verdict)

    def _without_old_records(self, shard_id: str, batch: Batch) -> Batch:
        batch = replace(batch, records=self.stream.without_trimmed(batch.records))
        if self.settings.maximum_record_age_in_seconds == UNLIMITED:
            return batch
        oldest = self.simulation.now - self.settings.maximum_record_age_in_seconds
        self._give_up(
            shard_id,
            replace(batch, records=tuple(record for record in batch.records if record.arrived < oldest)),
            "RecordAgeExceeded",
        )
        return replace(batch, records=tuple(record for record in batch.records if record.arrived >= oldest))

    def _after(self, batch: Batch, verdict: Verdict) -> Batch:
        """Give what is left of a batch after a try that did not process all of it."""
        failures = batch.failures + 1
        return replace(
            batch,
            records=batch.records[verdict.done :],
            failures=failures,
            not_before=self.simulation.now + backoff_s(failures),
            last_answer=batch.last_answer if verdict.outcome == "throttled" else verdict.outcome,
        )

    def _retry(self, shard_id: str, batch: Batch, verdict: Verdict) -> list[Batch]:
        # Neither a throttled try nor a split uses up the retry quota.
        if verdict.outcome == "throttled":
            return [batch]
        if verdict.outcome == "error" and self.settings.bisect_batch_on_function_error and len(batch.records) > 1:
            return batch.halves()
        batch = replace(batch, counted_failures=batch.counted_failures + 1)
        if UNLIMITED != self.settings.maximum_retry_attempts < batch.counted_failures:
            self._give_up(shard_id, batch, "RetryAttemptsExhausted")
            return []
        return [batch]

    def _give_up(self, shard_id: str, batch: Batch, condition: Condition) -> None:
        if batch.records:
            self.destination.give_up(shard_id, batch, condition, self.simulation.now)
