"""A sample of a pipeline in simulated time: its mapping as the model has it, its function and its staging table."""

from functools import partial
from typing import Any

from scavenger_ops.mapping_model.delivery import Condition, Delivery
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.shard import Shard
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.mapping_model.stream import Stream
from scavenger_ops.plan.design import Design
from scavenger_ops.plan.simulation.arrivals import BAD, GOOD, Arrivals
from scavenger_ops.plan.simulation.deleting import Deleting
from scavenger_ops.plan.simulation.ledger import Ledger
from scavenger_ops.plan.simulation.sample import Sample
from scavenger_ops.plan.simulation.staging_table import deletes_a_second, most_kept_deletes
from scavenger_ops.plan.simulation.write_units import WriteUnits
from scavenger_ops.plan.stream import record_bytes


class SimulatedPipeline:
    """The shards and lanes of a sample, their share of the load and of the write units."""

    def __init__(self, design: Design, arrivals: Arrivals, sample: Sample, duration_s: float) -> None:
        self._design = design
        self._arrivals = arrivals
        self._sample = sample
        self._duration_s = duration_s
        self.stands_for = sample.stands_for
        self._simulation = Simulation()
        self.ledger = Ledger(self._simulation)
        kept = most_kept_deletes(design) / sample.stands_for
        self._units = WriteUnits(self._simulation, self._deletes_a_second(0.0), kept)
        self.function = Deleting(self._simulation, design, self._units, self.ledger)
        self._shards = self._make_shards()
        self._began = self._simulation.now
        for number in range(sample.shards):
            self._simulation.spawn(partial(self._insert, number))
        self._simulation.spawn(self._disturb)

    def run(self, until_s: float) -> None:
        """Let everything happen up to a time since the start."""
        self._simulation.run(until=self._began + until_s)

    def of_all(self, count: float) -> int:
        """Give what a count in the sample comes to in the whole stream."""
        return round(count * self._sample.stands_for)

    def close(self) -> None:
        """Free the memory of what is not finished."""
        self._simulation.close()

    def _make_shards(self) -> list[Shard]:
        """Make the shards one after the other, so that their first windows end one after the other too.

        By the end of the last one's, as long has passed as it takes to fill a batch, if that is shorter than a window:
        else all would begin to fill theirs at the same time, and go in step from then on.
        """
        settings, shards = self._design.pipeline.settings, []
        mapping = MappingSettings(
            batch_size=settings.batch_size * self._sample.invocations_as_one,
            maximum_batching_window_in_seconds=settings.maximum_batching_window_in_seconds,
            parallelization_factor=self._sample.lanes,
            # All that comes are inserts; to ask a filter takes a tenth of the time.
            filter_patterns=(),
        )
        stream = Stream(self._simulation)
        delivery = Delivery(self._simulation, mapping, stream, self.function.invoke, self._give_up)
        window_s = settings.maximum_batching_window_in_seconds
        spread_s = min(window_s, self._sample.to_fill_s)
        for number in range(self._sample.shards):
            shards.append(Shard(f"shard-{number}", delivery))
            self._simulation.run(until=self._simulation.now + spread_s / self._sample.shards)
        self._simulation.run(until=self._simulation.now + window_s - spread_s)
        return shards

    def _give_up(self, _shard_id: str, batch: RecordBatch, _condition: Condition) -> None:
        self.ledger.give_up(batch.runs)

    def _insert(self, number: int) -> None:
        """Insert a shard's share of the load: what comes in a tick is a run of good and one of bad records."""
        sample = self._sample
        # Shards differ in when their ticks are and in when their share comes to whole records.
        phase = (number + 0.5) / sample.shards
        owed, owed_bad, ticks = phase, 0.0, 0
        while (time_s := (phase + ticks) * sample.tick_s) <= self._duration_s:
            self._simulation.sleep_until(self._began + time_s)
            rate = self._arrivals.inserts_a_second(time_s) / (sample.stands_for * sample.shards)
            count = int(owed + rate * sample.tick_s)
            owed += rate * sample.tick_s - count
            owed_bad += count * self._arrivals.bad_share(time_s)
            bad = int(owed_bad)
            owed_bad -= bad
            ticks += 1
            self._put(number, GOOD, count - bad)
            self._put(number, BAD, bad)

    def _put(self, number: int, body: dict[str, Any], count: int) -> None:
        if count:
            run = RecordRun(body, self._simulation.now, record_bytes(self._design.pipeline), count)
            self.ledger.insert(run)
            self._shards[number].put(run)

    def _disturb(self) -> None:
        """Change the write units when the disturbance begins and ends."""
        if (disturbance := self._arrivals.disturbance) is None:
            return
        for time_s in (disturbance.begins_s, disturbance.ends_s):
            self._simulation.sleep_until(self._began + time_s)
            self._units.change(self._deletes_a_second(time_s))
            if self._arrivals.is_throttled(time_s):
                self._units.lose_kept()

    def _deletes_a_second(self, time_s: float) -> float:
        return deletes_a_second(self._design, self._arrivals, time_s) / self._sample.stands_for
