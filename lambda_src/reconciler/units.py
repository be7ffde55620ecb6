"""The capacity units that a comparison takes from the tables in a second, over all of its threads and workers."""

from typing import NamedTuple

from reconciler.rate_limit import RateLimit
from reconciler.tables import ComparedTables

# A comparison uses one part in so many of a table's capacity. The rest is for the application.
SHARE = 4
# The assumed units of a row until they are known: 4 KB when it is scanned, and 1 KB otherwise.
UNITS_A_SCANNED_ROW, UNITS_A_LOOK_UP, UNITS_A_DELETE = 0.5, 1.0, 1.0


class RateLimits(NamedTuple):
    """The rate limits of each table's reads and writes."""

    staging_reads: RateLimit
    messages_reads: RateLimit
    staging_writes: RateLimit


class UnitsASecond(NamedTuple):
    """The most units a second of each table's reads and writes."""

    staging_reads: float
    messages_reads: float
    staging_writes: float

    def share(self, workers: int) -> "UnitsASecond":
        """Return the units for one of so many workers."""
        return UnitsASecond(*(units / workers for units in self))

    def limits(self) -> RateLimits:
        """Return the rate limits, without a burst at the start."""
        return RateLimits(
            staging_reads=RateLimit(self.staging_reads, UNITS_A_SCANNED_ROW),
            messages_reads=RateLimit(self.messages_reads, UNITS_A_LOOK_UP),
            staging_writes=RateLimit(self.staging_writes, UNITS_A_DELETE),
        )


def units_a_second(tables: ComparedTables, max_read_units: float | None, max_write_units: float | None) -> UnitsASecond:
    """Return the units to use: so many of each table, or a share of its capacity."""
    staging, messages = tables.staging, tables.messages
    return UnitsASecond(
        staging_reads=max_read_units or staging.read_units / SHARE,
        messages_reads=max_read_units or messages.read_units / SHARE,
        staging_writes=max_write_units or staging.write_units / SHARE,
    )
