"""The table's stream: it keeps its records for a day."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.simulation import Simulation

# Source: Streams.html, by which older records may be trimmed at any moment. That all are, at once, is an assumption.
RETENTION_S = 24 * 60 * 60


class Stream:
    """Knows which records are gone from the stream, and notes them."""

    def __init__(self, simulation: Simulation) -> None:
        self.trimmed: list[RecordRun] = []
        self._simulation = simulation

    def without_trimmed(self, runs: Sequence[RecordRun]) -> tuple[RecordRun, ...]:
        """Give the records that the stream still has, of some in its order; those that it lost go nowhere."""
        lost, kept = split_by_arrival(runs, self._simulation.now - RETENTION_S)
        self.trimmed.extend(lost)
        return kept


def split_by_arrival(runs: Sequence[RecordRun], time: float) -> tuple[tuple[RecordRun, ...], tuple[RecordRun, ...]]:
    """Part runs, in the order of their arrival, into those that came before a time and those that did not."""
    if not runs or runs[0].arrived >= time:
        # Nearly always, and each batch and poll asks.
        return (), tuple(runs)
    place = bisect_left(runs, time, key=attrgetter("arrived"))
    return tuple(runs[:place]), tuple(runs[place:])
