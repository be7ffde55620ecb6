"""Where the records of a simulation are: waiting, deleted, quarantined or given up; and how old the oldest is."""

from collections import deque
from collections.abc import Sequence

from scavenger_ops.mapping_model.record_run import RecordRun, count_records
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.plan.simulation.arrivals import count_bad


class Ledger:
    """Counts records, and notes the highest lag and backlog since it was last asked."""

    def __init__(self, simulation: Simulation) -> None:
        self.inserted = 0
        self.deleted = 0
        self.quarantined = 0
        self.given_up = 0
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
        """Note that records are deleted or, if they cannot be, quarantined."""
        bad = count_bad(runs)
        self.quarantined += bad
        self.deleted += count_records(runs) - bad
        self._remove(runs)

    def give_up(self, runs: Sequence[RecordRun]) -> None:
        """Note that records went to the failure bucket, undeleted."""
        self.given_up += count_records(runs)
        self._remove(runs)

    def waiting(self) -> int:
        """Count the records that are still waiting."""
        return sum(self._waiting.values())

    def lag_s(self) -> float:
        """Give the age of the oldest record that is still waiting, 0 without one."""
        while self._arrivals and not self._waiting.get(self._arrivals[0]):
            self._waiting.pop(self._arrivals.popleft(), None)
        return self._simulation.now - self._arrivals[0] if self._arrivals else 0.0

    def take_highest(self) -> tuple[float, int]:
        """Give the highest lag and backlog since this was last called; both are highest just before something ends."""
        highest = max(self._highest_lag_s, self.lag_s()), self._highest_backlog
        self._highest_lag_s, self._highest_backlog = 0.0, self._backlog
        return highest

    def _remove(self, runs: Sequence[RecordRun]) -> None:
        self._highest_lag_s = max(self._highest_lag_s, self.lag_s())
        for run in runs:
            self._waiting[run.arrived] -= run.count
            self._backlog -= run.count
