"""Chooses into how many segments a table is split, and how many workers compare them at a time."""

from math import ceil
from typing import Protocol

from reconciler.units import UnitsASecond

# Small enough that little is lost if one fails, and so large that starting a worker costs little beside its work.
ROWS_A_SEGMENT, BYTES_A_SEGMENT = 5_000, 25_000_000
# The results of all segments must fit in the 256 KiB that a state may pass on. Source: service-quotas.html of Step
# Functions. segment_counts.py keeps each below its share.
MOST_SEGMENTS = 1_000
# About what a worker of 512 MB can use: with more workers, all would be paid for waiting. Measured by
# bench/reconcile_worker.py.
READ_UNITS_A_WORKER, WRITE_UNITS_A_WORKER = 1_000, 125


class SizedTable(Protocol):
    """A table whose size is known, or planned."""

    @property
    def rows(self) -> int:
        """Return the number of its rows."""

    @property
    def size_bytes(self) -> int:
        """Return their size."""


def choose_segments(scanned: SizedTable) -> int:
    """Return the number of segments, 1 to MOST_SEGMENTS, by the size of the scanned table."""
    wanted = ceil(max(scanned.rows / ROWS_A_SEGMENT, scanned.size_bytes / BYTES_A_SEGMENT))
    return min(max(1, wanted), MOST_SEGMENTS)


def choose_workers(units: UnitsASecond, segments: int, most: int, *, is_applied: bool) -> int:
    """Return how many workers run at a time: no more than can use these units of all workers, 1 to `most`."""
    by_reads = max(units.staging_reads, units.messages_reads) / READ_UNITS_A_WORKER
    by_writes = units.staging_writes / WRITE_UNITS_A_WORKER if is_applied else 0
    return max(1, min(segments, most, ceil(max(by_reads, by_writes))))
