"""Runs of equal records, which the mapping delivers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordRun:
    """A number of equal records that arrived in the stream together. A part of a run is a run, too.

    `body` is one of the records, `arrived` the simulated time of their arrival, and `size_bytes` the size of one in an
    event. `item` is the item that all of them change; None if each changes another one. A run of a thousand records
    takes no more work than a run of one.
    """

    body: dict[str, Any]
    arrived: float
    size_bytes: int
    count: int = 1
    item: str | None = None

    @property
    def sequence_number(self) -> str:
        """The sequence number. The run must be one record."""
        return str(self.body["dynamodb"]["SequenceNumber"])

    def part(self, count: int) -> "RecordRun":
        """Return a run of this many of the records."""
        if count == self.count:
            return self
        return RecordRun(self.body, self.arrived, self.size_bytes, count, self.item)


def count_records(runs: Sequence[RecordRun]) -> int:
    """Return the number of records in runs."""
    return sum(run.count for run in runs)


def split(runs: Sequence[RecordRun], count: int) -> tuple[tuple[RecordRun, ...], tuple[RecordRun, ...]]:
    """Return the runs before and after this many records."""
    left = count
    for place, run in enumerate(runs):
        if left < run.count:
            before = (run.part(left),) if left else ()
            return (*runs[:place], *before), (run.part(run.count - left), *runs[place + 1 :])
        left -= run.count
    return tuple(runs), ()
