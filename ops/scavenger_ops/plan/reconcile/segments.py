"""Into how many segments a table is divided, and how many workers compare them at the same time."""

from math import ceil

# Enough rows that starting a child execution does not matter, few enough that a run begins to show progress soon.
ROWS_A_SEGMENT = 5_000
BYTES_A_SEGMENT = 25_000_000
# So that the results of all segments fit into a state's input of 256 KiB.
MOST_SEGMENTS = 1_000
# What a worker can use of its share without idling: more workers would only wait.
READ_UNITS_A_WORKER = 1_000
WRITE_UNITS_A_WORKER = 250


def count_segments(rows: float, table_bytes: float) -> int:
    """Return the segments of a table of that size, 1 to MOST_SEGMENTS."""
    return min(MOST_SEGMENTS, max(1, ceil(rows / ROWS_A_SEGMENT), ceil(table_bytes / BYTES_A_SEGMENT)))


def count_workers(segments: int, most: int, read_units: float, write_units: float) -> int:
    """Return how many workers compare the segments, given the units a second of all of them together."""
    useful = ceil(max(read_units / READ_UNITS_A_WORKER, write_units / WRITE_UNITS_A_WORKER))
    return max(1, min(segments, most, useful))
