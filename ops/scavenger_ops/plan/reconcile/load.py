"""The first stage: the table to reconcile, and the settings of the reconciler by Terraform's names."""

from dataclasses import dataclass
from math import ceil

from scavenger_ops.plan.load import BYTES_OF_A_WRITE_UNIT

# DynamoDB's prices and limits go by it. Source: ProvisionedThroughput.html.
BYTES_OF_A_READ_UNIT = 4096
# A scan is eventually consistent, which takes half. Source: ProvisionedThroughput.html.
SHARE_OF_A_SCAN = 0.5
MOST_ROWS = 10**12
# A quarter of what a new on-demand table has. Repeated from lambda_src/reconciler/tables.py, which loads
# more than a plan needs; a test compares them.
DEFAULT_READ_UNITS, DEFAULT_WRITE_UNITS = 3_000, 1_000


@dataclass(frozen=True)
class ReconcileLoad:
    """The rows of the staging table, bytes of a row and of a message, and the share of the rows to delete."""

    rows: int
    row_bytes: int
    message_bytes: int
    obsolete_share: float

    @property
    def size_bytes(self) -> int:
        """Return the size of the staging table."""
        return self.rows * self.row_bytes

    @property
    def scan_units_a_row(self) -> float:
        """Return the read units of the staging table for a row: a page is rounded up, and not each row."""
        return SHARE_OF_A_SCAN * self.row_bytes / BYTES_OF_A_READ_UNIT

    @property
    def look_up_units_a_row(self) -> int:
        """Return the read units of the messages table for a row: the look-up is consistent, and each is rounded up.

        The look-up of a message that does not exist takes one. Source: CapacityUnitCalculations.html.
        """
        return ceil(self.message_bytes / BYTES_OF_A_READ_UNIT)

    @property
    def obsolete_rows(self) -> int:
        """Return the rows to delete."""
        return round(self.rows * self.obsolete_share)

    @property
    def write_units_a_row(self) -> float:
        """Return the write units for a row on average: those of a delete, for the share of the rows to delete."""
        return self.obsolete_share * ceil(self.row_bytes / BYTES_OF_A_WRITE_UNIT)


@dataclass(frozen=True)
class ReconcileSettings:
    """The units a second that all workers may use together, of each table; the most workers; their memory in MB.

    The defaults are those of the reconciler, for tables on demand.
    """

    max_read_units: float = DEFAULT_READ_UNITS
    max_write_units: float = DEFAULT_WRITE_UNITS
    max_concurrency: int = 10
    memory_size: int = 512
