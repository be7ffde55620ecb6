"""The table's stream, which keeps its records for 24 hours."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.simulation import Simulation

# Source: Streams.html: older records may be trimmed at any time. That all are trimmed at once is an assumption.
RETENTION_S = 24 * 60 * 60


class Stream:
    """Decides which records the stream has trimmed, and keeps a list of them."""

    def __init__(self, simulation: Simulation) -> None:
        self.trimmed: list[RecordRun] = []
        self._simulation = simulation

    def without_trimmed(self, runs: Sequence[RecordRun]) -> tuple[RecordRun, ...]:
        """Return the records that the stream still has, of runs in its order. Trimmed records go nowhere."""
        lost, kept = split_by_arrival(runs, self._simulation.now - RETENTION_S)
        self.trimmed.extend(lost)
        return kept


def split_by_arrival(runs: Sequence[RecordRun], time: float) -> tuple[tuple[RecordRun, ...], tuple[RecordRun, ...]]:
    """Split runs, in the order of their arrival, into those that arrived before a time and the others."""
    if not runs or runs[0].arrived >= time:
        # A short cut: this is the usual case, and each batch and each poll calls this function.
        return (), tuple(runs)
    place = bisect_left(runs, time, key=attrgetter("arrived"))
    return tuple(runs[:place]), tuple(runs[place:])
