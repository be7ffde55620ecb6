"""A table is split by its size, and so many workers run as its capacity can feed, which they share."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reconciler.segments import MOST_SEGMENTS, choose_segments, choose_workers
from reconciler.tables import ComparedTable, ComparedTables
from reconciler.units import UnitsASecond, units_a_second
from scavenger.settings import KeyedTable

NO_CLIENT: Any = None


def table(rows: int = 0, size_bytes: int = 0, units: float = 5) -> ComparedTable:
    """Return a table of this size and capacity."""
    return ComparedTable(KeyedTable("any", {"id": "S"}), "arn", "identity", rows, size_bytes, units, units)


@pytest.mark.parametrize(
    ("rows", "size_bytes", "segments"),
    [
        # A table is counted every six hours, so a new one has no rows.
        (0, 0, 1),
        (1, 100, 1),
        (5_000, 500_000, 1),
        (5_001, 500_000, 2),
        # Few large rows take as long as many small ones.
        (100, 25_000_001, 2),
        (5_000_000, 5 * 10**8, MOST_SEGMENTS),
        (10**10, 10**13, MOST_SEGMENTS),
    ],
)
def test_the_number_of_segments_follows_the_size(rows: int, size_bytes: int, segments: int) -> None:
    """There is at least one, and at most as many as a state can hold the results of."""
    assert choose_segments(table(rows, size_bytes)) == segments


@pytest.mark.parametrize(
    ("reads", "writes", "is_applied", "segments", "workers"),
    [
        # A quarter of the article's 5 units.
        (1.25, 1.25, True, 1000, 1),
        # A quarter of what a new table on demand has.
        (3000, 1000, True, 1000, 8),
        (3000, 1000, False, 1000, 3),
        (3001, 1, False, 1000, 4),
        (1, 251, True, 1000, 3),
        # Writes do not matter if nothing is deleted.
        (1, 251, False, 1000, 1),
        (1e9, 1e9, True, 1000, 10),
        (1e9, 1e9, True, 2, 2),
        (0.1, 0.1, True, 1, 1),
    ],
)
def test_no_more_workers_run_than_the_units_feed(
    reads: float, writes: float, segments: int, workers: int, *, is_applied: bool
) -> None:
    """Others would be paid for waiting. There are at most 10 here, and one for each segment."""
    units = UnitsASecond(reads, reads / 2, writes)
    assert choose_workers(units, segments, 10, is_applied=is_applied) == workers


@given(
    units=st.tuples(*[st.floats(0.1, 1e9)] * 3),
    segments=st.integers(1, 1000),
    most=st.integers(1, 1000),
    is_applied=st.booleans(),
)
def test_all_workers_together_take_no_more_than_the_units(
    units: tuple[float, float, float], segments: int, most: int, *, is_applied: bool
) -> None:
    """The share of each is all that it knows, and it is more than nothing."""
    given_units = UnitsASecond(*units)
    workers = choose_workers(given_units, segments, most, is_applied=is_applied)
    assert 1 <= workers <= min(segments, most)
    for whole, share in zip(given_units, given_units.share(workers), strict=True):
        assert 0 < share * workers <= whole * (1 + 1e-12)


def test_the_units_are_a_quarter_of_each_tables_capacity() -> None:
    """A limit that is given is that of each table."""
    tables = ComparedTables(NO_CLIENT, table(units=5), table(units=100))
    assert units_a_second(tables, None, None) == (1.25, 25, 1.25)
    assert units_a_second(tables, 50, 2) == (50, 50, 2)
