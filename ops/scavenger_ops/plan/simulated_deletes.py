"""The function in simulated time: it deletes as fast as it can and the table takes it, and keeps count of records."""

from collections import deque
from collections.abc import Sequence

from scavenger_ops.mapping_model.invocation_result import InvocationResult
from scavenger_ops.mapping_model.record_run import RecordRun, count_records, split
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.plan.scenario import MALFORMED, count_malformed
from scavenger_ops.plan.write_capacity import SharedWriteCapacity

# What writing an object to the failure bucket takes, where the client for S3 has to be made first: assumed. Beside
# it, a malformed record takes half the CPU of one that is deleted (seen with the real handler), and counts as one.
QUARANTINE_S = 0.1


class RecordLedger:
    """Counts records by what happened to them, and keeps the highest lag and backlog since it was last asked."""

    def __init__(self, simulation: Simulation) -> None:
        self.inserted = 0
        self.deleted = 0
        self.quarantined = 0
        self.retries_exhausted = 0
        self._simulation = simulation
        # By the time of their arrival, and those times in order.
        self._waiting: dict[float, int] = {}
        self._arrivals: deque[float] = deque()
        self._backlog = 0
        self._highest_backlog = 0
        self._highest_lag_s = 0.0

    def insert(self, run: RecordRun) -> None:
        """Note that records came into the stream now."""
        if run.arrived not in self._waiting:
            self._arrivals.append(run.arrived)
        self._waiting[run.arrived] = self._waiting.get(run.arrived, 0) + run.count
        self.inserted += run.count
        self._backlog += run.count
        self._highest_backlog = max(self._highest_backlog, self._backlog)

    def finish(self, runs: Sequence[RecordRun]) -> None:
        """Note that records are deleted or, if they are malformed, quarantined."""
        malformed = count_malformed(runs)
        self.quarantined += malformed
        self.deleted += count_records(runs) - malformed
        self._remove(runs)

    def discard(self, runs: Sequence[RecordRun]) -> None:
        """Note that records went to the failure bucket, and are not deleted."""
        self.retries_exhausted += count_records(runs)
        self._remove(runs)

    def waiting(self) -> int:
        """Count the records that are still waiting."""
        return sum(self._waiting.values())

    def lag_s(self) -> float:
        """Return the age of the oldest record that is still waiting, 0 without one."""
        while self._arrivals and not self._waiting.get(self._arrivals[0]):
            self._waiting.pop(self._arrivals.popleft(), None)
        return self._simulation.now - self._arrivals[0] if self._arrivals else 0.0

    def take_highest(self) -> tuple[float, int]:
        """Return the highest lag and backlog since the last call; both are highest just before something ends."""
        highest = max(self._highest_lag_s, self.lag_s()), self._highest_backlog
        self._highest_lag_s, self._highest_backlog = 0.0, self._backlog
        return highest

    def _remove(self, runs: Sequence[RecordRun]) -> None:
        self._highest_lag_s = max(self._highest_lag_s, self.lag_s())
        for run in runs:
            self._waiting[run.arrived] -= run.count
            self._backlog -= run.count


class SimulatedDeletes:
    """Invocations of the function, and how many there were and are."""

    def __init__(
        self, simulation: Simulation, capacity: Capacity, units: SharedWriteCapacity, ledger: RecordLedger
    ) -> None:
        self.invocations = 0
        self._simulation = simulation
        self._capacity = capacity
        self._units = units
        self._ledger = ledger
        self._running = 0
        self._busy_s = 0.0
        self._clocked_at = simulation.now

    def invoke(self, _: str, runs: Sequence[RecordRun]) -> InvocationResult:
        """Delete a batch and, if that is more than a batch may be, one batch after the other.

        When there is no time for another request, the remaining records are reported as not deleted, as the function
        does.
        """
        count = count_records(runs)
        batches = -(-count // self._capacity.full_batch)
        self.invocations += batches
        self._clock_up(1)
        done = self._delete(runs, count, batches)
        self._clock_up(-1)
        finished, _rest = split(runs, done)
        self._ledger.finish(finished)
        return InvocationResult("success" if done == count else "partial", done)

    def take_busy_s(self) -> float:
        """Return the time that all invocations took together since the last call."""
        self._clock_up(0)
        busy_s, self._busy_s = self._busy_s, 0.0
        return busy_s

    def _clock_up(self, begun: int) -> None:
        """Add up the time of those that run, of which there are so many more from now on."""
        now = self._simulation.now
        self._busy_s += self._running * (now - self._clocked_at)
        self._clocked_at = now
        self._running += begun

    def _delete(self, runs: Sequence[RecordRun], count: int, batches: int) -> int:
        """Pass the time, and return how many records were done."""
        began = self._simulation.now
        takes_s = self._takes_s(count, count_malformed(runs), batches)
        most_s = batches * self._capacity.time_to_work_s
        due = count if takes_s <= most_s else int(count * most_s / takes_s)
        begun, _ = split(runs, due)
        well_formed = due - count_malformed(begun)
        deleted = self._units.take(well_formed, began + most_s)
        done = due if deleted == well_formed else _place_of(deleted, begun)
        self._simulation.sleep_until(max(self._simulation.now, began + takes_s * done / count))
        return done

    def _takes_s(self, count: int, malformed: int, batches: int) -> float:
        """Return how long the batches take without throttling."""
        return batches * (self._capacity.duration_s(count / batches) + (QUARANTINE_S if malformed else 0.0))


def _place_of(deleted: int, runs: Sequence[RecordRun]) -> int:
    """Return the place of the first well-formed record that remains when so many are deleted."""
    place = 0
    for run in runs:
        if run.body is not MALFORMED:
            if deleted < run.count:
                return place + deleted
            deleted -= run.count
        place += run.count
    return place
