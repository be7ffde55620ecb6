"""A sample of a pipeline in simulated time: its mapping as the model has it, its function and its staging table."""

from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

from scavenger_ops.mapping_model.delivery import Condition, Delivery
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.settings import POLL_INTERVAL_S, MappingSettings
from scavenger_ops.mapping_model.shard import Shard
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.mapping_model.stream import Stream
from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.plan.scenario import MALFORMED, WELL_FORMED, ScenarioRates
from scavenger_ops.plan.simulated_deletes import RecordLedger, SimulatedDeletes
from scavenger_ops.plan.write_capacity import SharedWriteCapacity, WriteCapacity

# Arrivals and invocations of all lanes: so many take a day's simulation five to ten seconds on one core.
MOST_EVENTS = 200_000
# As many as one shard can have, so that a small pipeline is simulated whole.
MOST_LANES = 10
# What arrives in a tick comes as one run; a twentieth of a batch's time is not seen in a picture.
TICKS_A_BATCH = 20


@dataclass(frozen=True)
class SimulatedSample:
    """The part that is simulated: so many shards with so many lanes each, each lane for as many as it stands for.

    A lane fills a batch in `to_fill_s` at the average load. What comes within a tick comes at its end. Where a lane
    has more invocations than can be simulated, so many that follow each other go as one.
    """

    shards: int
    lanes: int
    stands_for: float
    to_fill_s: float
    tick_s: float
    invocations_as_one: int


def choose_sample(capacity: Capacity, duration_s: float) -> SimulatedSample:
    """Choose what is simulated: lanes of different shards rather than of one, since those of a shard go in step."""
    factor, load = capacity.settings.parallelization_factor, capacity.load
    batch_s = _batch_s(capacity)
    tick_s = max(POLL_INTERVAL_S, batch_s / TICKS_A_BATCH)
    events = duration_s / tick_s + duration_s / batch_s
    most_lanes = max(1, min(MOST_LANES, int(MOST_EVENTS / events)))
    shards = min(capacity.shards, most_lanes)
    lanes = min(factor, most_lanes // shards)
    return SimulatedSample(
        shards=shards,
        lanes=lanes,
        stands_for=capacity.lanes / (shards * lanes),
        to_fill_s=capacity.full_batch * capacity.shards * factor / load.inserts_a_second,
        tick_s=tick_s,
        invocations_as_one=ceil(duration_s / batch_s / MOST_EVENTS),
    )


def _batch_s(capacity: Capacity) -> float:
    """Return the least time from one batch of a lane to the next, without throttling."""
    window_s = max(POLL_INTERVAL_S, capacity.settings.maximum_batching_window_in_seconds)
    to_fill_s = capacity.full_batch * capacity.lanes / capacity.load.peak_inserts_a_second
    return max(min(window_s, to_fill_s), capacity.full_batch_s)


class SimulatedPipeline:
    """The shards and lanes of a sample, their share of the load and of the write units."""

    def __init__(self, rates: ScenarioRates, sample: SimulatedSample, duration_s: float) -> None:
        self._capacity = rates.capacity
        self._rates = rates
        self.sample = sample
        self._duration_s = duration_s
        self._simulation = Simulation()
        self._units = WriteCapacity(
            lambda: self._simulation.now,
            self._deletes_a_second(0.0),
            rates.most_kept_deletes() / sample.stands_for,
        )
        self.ledger = RecordLedger(self._simulation)
        shared = SharedWriteCapacity(self._simulation, self._units)
        self.function = SimulatedDeletes(self._simulation, rates.capacity, shared, self.ledger)
        self._shards = self._make_shards()
        self._began = self._simulation.now
        for number in range(sample.shards):
            self._simulation.spawn(partial(self._insert, number))
        self._simulation.spawn(self._disturb)

    def run(self, until_s: float) -> None:
        """Let everything happen up to a time since the start."""
        self._simulation.run(until=self._began + until_s)

    def of_all(self, count: float) -> int:
        """Return what a count in the sample comes to in the whole stream."""
        return round(count * self.sample.stands_for)

    def close(self) -> None:
        """Free the memory of what is not finished."""
        self._simulation.close()

    def _make_shards(self) -> list[Shard]:
        """Make the shards one after the other, so that their first windows end one after the other too.

        Until the last one's has ended, as long passes as it takes to fill a batch, if that is shorter than a window.
        Otherwise all would begin to fill theirs at the same time, and go in step from then on.
        """
        settings, sample = self._capacity.settings, self.sample
        mapping = MappingSettings(
            batch_size=settings.batch_size * sample.invocations_as_one,
            maximum_batching_window_in_seconds=settings.maximum_batching_window_in_seconds,
            parallelization_factor=sample.lanes,
            # All that comes are inserts; to ask a filter takes a tenth of the time.
            filter_patterns=(),
        )
        stream = Stream(self._simulation)
        delivery = Delivery(self._simulation, mapping, stream, self.function.invoke, self._discard)
        window_s = settings.maximum_batching_window_in_seconds
        spread_s = min(window_s, sample.to_fill_s)
        shards = []
        for number in range(sample.shards):
            shards.append(Shard(f"shard-{number}", delivery))
            self._simulation.run(until=self._simulation.now + spread_s / sample.shards)
        self._simulation.run(until=self._simulation.now + window_s - spread_s)
        return shards

    def _discard(self, _shard_id: str, batch: RecordBatch, _condition: Condition) -> None:
        self.ledger.discard(batch.runs)

    def _insert(self, number: int) -> None:
        """Insert a shard's share of the load: a run of well-formed and one of malformed records for each tick."""
        sample = self.sample
        # Shards differ in when their ticks are and in when their share comes to whole records.
        phase = (number + 0.5) / sample.shards
        owed, owed_malformed, ticks = phase, 0.0, 0
        while (time_s := (phase + ticks) * sample.tick_s) <= self._duration_s:
            self._simulation.sleep_until(self._began + time_s)
            rate = self._rates.inserts_a_second(time_s) / (sample.stands_for * sample.shards)
            count = int(owed + rate * sample.tick_s)
            owed += rate * sample.tick_s - count
            owed_malformed += count * self._rates.malformed_share(time_s)
            malformed = int(owed_malformed)
            owed_malformed -= malformed
            ticks += 1
            self._put(number, WELL_FORMED, count - malformed)
            self._put(number, MALFORMED, malformed)

    def _put(self, number: int, body: dict[str, Any], count: int) -> None:
        if count:
            run = RecordRun(body, self._simulation.now, self._capacity.record_bytes, count)
            self.ledger.insert(run)
            self._shards[number].put(run)

    def _disturb(self) -> None:
        """Change the write units when the disturbance begins and ends."""
        if (disturbance := self._rates.disturbance) is None:
            return
        for time_s in (disturbance.begins_s, disturbance.ends_s):
            self._simulation.sleep_until(self._began + time_s)
            self._units.change(self._deletes_a_second(time_s))
            if self._rates.is_throttled(time_s):
                self._units.lose_kept()

    def _deletes_a_second(self, time_s: float) -> float:
        return self._rates.deletes_a_second(time_s) / self.sample.stands_for
