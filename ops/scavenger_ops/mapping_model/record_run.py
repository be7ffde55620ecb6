"""What the mapping carries: runs of like records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordRun:
    """A number of records that came into the stream together and are alike; a part of a run is a run.

    `body` is one of them, and `size_bytes` how much of an event one takes. `item` is the item that they all are changes
    of; without it, each is of another one. A run of a thousand takes no more work than a run of one.
    """

    body: dict[str, Any]
    arrived: float
    size_bytes: int
    count: int = 1
    item: str | None = None

    @property
    def sequence_number(self) -> str:
        """The sequence number of a record that is a run by itself."""
        return str(self.body["dynamodb"]["SequenceNumber"])

    def part(self, count: int) -> "RecordRun":
        """Give a run of so many of these records."""
        if count == self.count:
            return self
        return RecordRun(self.body, self.arrived, self.size_bytes, count, self.item)


def count_records(runs: Sequence[RecordRun]) -> int:
    """Count the records in runs."""
    return sum(run.count for run in runs)


def split(runs: Sequence[RecordRun], count: int) -> tuple[tuple[RecordRun, ...], tuple[RecordRun, ...]]:
    """Part runs after so many records."""
    left = count
    for place, run in enumerate(runs):
        if left < run.count:
            before = (run.part(left),) if left else ()
            return (*runs[:place], *before), (run.part(run.count - left), *runs[place + 1 :])
        left -= run.count
    return tuple(runs), ()
