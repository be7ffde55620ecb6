"""The errors that stop all deletes of a table, with what to do about each."""

from scavenger.faults import Fault
from scavenger.settings import KeyedTable

# What to do about an error that stops all deletes, by its name.
_REMEDIATION = {
    "AccessDeniedException": (
        "Allow the function's role dynamodb:BatchWriteItem on the table (with MATCH_ATTRIBUTES: dynamodb:DeleteItem), "
        "and the use of the table's KMS key."
    ),
    "ResourceNotFoundException": "Restore the table, or set STAGING_MESSAGES_TABLE_NAME to the name of another one.",
}


class TableError(Exception):
    """DynamoDB accepts no deletes in the table, whatever their keys. `fault` is the error it answered with, if any.

    This is what happens on AccessDeniedException and on ResourceNotFoundException:

    - They are permanent errors (faults.py), so they are not retried as throttling is.
    - If DynamoDB has accepted no delete of the batch, delete_batch stops at once. The handler raises this error, and
      Lambda delivers the batch again, later to its failure destination.
    - If DynamoDB has accepted deletes, delete_batch tries once more and stops when the error occurs again. The handler
      logs "Deletes stopped" with this text and reports the remaining records, so no delete is paid for twice. If the
      error persists, the next invocation deletes nothing and raises it.
    - S3's AccessDenied for the failure bucket is a FailureObjectError (failure_bucket.py) instead.
    """

    def __init__(self, text: str, fault: Fault | None = None) -> None:
        super().__init__(text)
        self.fault = fault


def table_error(fault: Fault, table: KeyedTable, *, has_accepted: bool, repeated: str = "") -> TableError:
    """Return the TableError for an error that stops all deletes.

    `has_accepted`: DynamoDB accepted deletes of the batch before. `repeated` says how often the error occurred.
    """
    deletes = "no more deletes" if has_accepted else "no deletes"
    return TableError(
        f"DynamoDB accepts {deletes} in table {table.name} ({fault}{repeated}). "
        "No record is lost: Lambda delivers the batch again. "
        + _REMEDIATION.get(fault.name, "Fix the cause that the message names."),
        fault,
    )


class OtherKeyError(TableError):
    """The table's key is not the one in STAGING_MESSAGES_TABLE_KEY: DynamoDB rejects every key, even a probe key."""

    def __init__(self, table: KeyedTable) -> None:
        form = " and ".join(f"{name} ({kind})" for name, kind in table.key_types.items())
        super().__init__(
            f"DynamoDB rejects every key of table {table.name} that has the attributes in STAGING_MESSAGES_TABLE_KEY: "
            f"{form}. No record is lost: Lambda delivers the batch again. Set that variable to the types of the "
            "table's key attributes, or set STAGING_MESSAGES_TABLE_NAME to the right table."
        )
