"""The function in simulated time: it deletes what it is given as fast as it can and the table takes it."""

from collections.abc import Sequence

from scavenger_ops.mapping_model.invocation_result import InvocationResult
from scavenger_ops.mapping_model.record_run import RecordRun, count_records, split
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.plan.design import Design
from scavenger_ops.plan.simulation.arrivals import BAD, count_bad
from scavenger_ops.plan.simulation.ledger import Ledger
from scavenger_ops.plan.simulation.write_units import WriteUnits

# What writing an object to the failure bucket takes, where the client for S3 has to be made first: assumed. Beside
# it, a malformed record takes half the CPU of one that is deleted (seen with the real handler), and counts as one.
QUARANTINE_S = 0.1


class Deleting:
    """Invocations of the function, and how many there were and are."""

    def __init__(self, simulation: Simulation, design: Design, units: WriteUnits, ledger: Ledger) -> None:
        self.invocations = 0
        self._simulation = simulation
        self._design = design
        self._units = units
        self._ledger = ledger
        self._running = 0
        self._busy_s = 0.0
        self._clocked_at = simulation.now

    def invoke(self, _: str, runs: Sequence[RecordRun]) -> InvocationResult:
        """Delete a batch and, if that is more than a batch may be, one batch after the other.

        When there is no time for another request, what is left is reported as undone, as the function does.
        """
        count = count_records(runs)
        batches = -(-count // self._design.full_batch)
        self.invocations += batches
        self._clock_up(1)
        done = self._delete(runs, count, batches)
        self._clock_up(-1)
        finished, _rest = split(runs, done)
        self._ledger.finish(finished)
        return InvocationResult("success" if done == count else "partial", done)

    def take_busy_s(self) -> float:
        """Give the time that all invocations took together since this was last called."""
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
        """Pass the time, and give how many records were done."""
        began = self._simulation.now
        takes_s = self._takes_s(count, count_bad(runs), batches)
        most_s = batches * self._design.time_to_work_s
        due = count if takes_s <= most_s else int(count * most_s / takes_s)
        begun, _ = split(runs, due)
        good = due - count_bad(begun)
        deleted = self._units.take(good, began + most_s)
        done = due if deleted == good else _place_of(deleted, begun)
        self._simulation.sleep_until(max(self._simulation.now, began + takes_s * done / count))
        return done

    def _takes_s(self, count: int, bad: int, batches: int) -> float:
        """Give the time where nothing is pushed back."""
        return batches * (self._design.duration_s(count / batches) + (QUARANTINE_S if bad else 0.0))


def _place_of(deleted: int, runs: Sequence[RecordRun]) -> int:
    """Give the place of the first good record that is left when so many are deleted."""
    place = 0
    for run in runs:
        if run.body is not BAD:
            if deleted < run.count:
                return place + deleted
            deleted -= run.count
        place += run.count
    return place
