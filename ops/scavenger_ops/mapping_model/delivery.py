"""One try to deliver a batch, and what becomes of the batch.

Source: services-dynamodb-errors.html.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from scavenger_ops.mapping_model.batch import Batch
from scavenger_ops.mapping_model.run import count_records, split
from scavenger_ops.mapping_model.settings import UNLIMITED, MappingSettings
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.mapping_model.stream import Stream, split_by_arrival
from scavenger_ops.mapping_model.verdict import Invoke, Verdict

# RecordAgeExceeded is LocalStack's name; AWS documents only the other.
Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]
# Takes what is given up: the shard's name, the batch and the reason.
GiveUp = Callable[[str, Batch, Condition], None]


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
    stream: Stream
    invoke: Invoke
    give_up: GiveUp

    def try_once(self, shard_id: str, batch: Batch) -> list[Batch]:
        """Invoke the function with what is not too old, and give the batches that are left, in order."""
        batch = self._without_old_records(shard_id, batch)
        if not batch.runs:
            return []
        verdict = self.invoke(shard_id, batch.runs)
        if verdict.done == count_records(batch.runs):
            return []
        return self._retry(shard_id, self._after(batch, verdict), verdict)

    def _without_old_records(self, shard_id: str, batch: Batch) -> Batch:
        runs = self.stream.without_trimmed(batch.runs)
        if self.settings.maximum_record_age_in_seconds != UNLIMITED:
            oldest = self.simulation.now - self.settings.maximum_record_age_in_seconds
            old, runs = split_by_arrival(runs, oldest)
            if old:
                self.give_up(shard_id, replace(batch, runs=old), "RecordAgeExceeded")
        return replace(batch, runs=runs)

    def _after(self, batch: Batch, verdict: Verdict) -> Batch:
        """Give what is left of a batch after a try that did not process all of it."""
        failures = batch.failures + 1
        _, undone = split(batch.runs, verdict.done)
        return replace(
            batch,
            runs=undone,
            failures=failures,
            not_before=self.simulation.now + backoff_s(failures),
            last_answer=batch.last_answer if verdict.outcome == "throttled" else verdict.outcome,
        )

    def _retry(self, shard_id: str, batch: Batch, verdict: Verdict) -> list[Batch]:
        # Neither a throttled try nor a split uses up the retry quota.
        if verdict.outcome == "throttled":
            return [batch]
        can_split = self.settings.bisect_batch_on_function_error and count_records(batch.runs) > 1
        if verdict.outcome == "error" and can_split:
            return batch.halves()
        batch = replace(batch, counted_failures=batch.counted_failures + 1)
        if UNLIMITED != self.settings.maximum_retry_attempts < batch.counted_failures:
            self.give_up(shard_id, batch, "RetryAttemptsExhausted")
            return []
        return [batch]
