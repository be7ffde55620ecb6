"""One BatchWriteItem request: sends it, and tells from the answer or the error which of its deletes are not done.

Also the errors that stop all deletes of a table (TableError), with what to do about each.
"""

import base64
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from scavenger.faults import Fault, fault_of
from scavenger.keys import Key, key_identity
from scavenger.settings import KeyedTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import BatchWriteItemOutputTypeDef, WriteRequestTypeDef

# What to do about an error that stops all deletes, by its name.
_REMEDIATION = {
    "AccessDeniedException": (
        "Allow the function's role dynamodb:BatchWriteItem on the table, and the use of the table's KMS key."
    ),
    "ResourceNotFoundException": "Restore the table, or set STAGING_MESSAGES_TABLE_NAME to the name of another one.",
}
# How DynamoDB's messages about a key's type, length or digits begin. Its other messages may repeat what it was sent.
_ABOUT_A_KEY = re.compile(
    r"(aggregated size|attempting to store|invalid attribute value type|item size|number (over|under)flow"
    r"|one or more parameter values|size of|supplied attributevalue|the attributevalue|the provided key|type mismatch)",
    re.IGNORECASE,
)


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


class Reply(NamedTuple):
    """The result of one request: the indices of its deletes that are not done, the write units used, and the error."""

    not_deleted: Collection[int] = ()
    write_units: float = 0.0
    fault: Fault | None = None


def send_deletes(client: "DynamoDBClient", table: KeyedTable, keys: Sequence[Key]) -> Reply:
    """Send one request of at most 25 deletes, of different keys. Return its reply; an error is a reply with a fault.

    Raises nothing.
    """
    deletes: list[WriteRequestTypeDef] = [{"DeleteRequest": {"Key": key}} for key in keys]
    all_deletes = range(len(keys))
    try:
        answer = client.batch_write_item(RequestItems={table.name: deletes}, ReturnConsumedCapacity="TOTAL")
        if "UnprocessedItems" in answer:
            return Reply(_not_deleted(answer, table.name, keys), _write_units(answer))
    except Exception as error:  # noqa: BLE001 - botocore documents no types, and an odd body makes it raise any
        return Reply(all_deletes, fault=fault_of(error))
    # DynamoDB always sends UnprocessedItems. botocore reads a body that is cut short as an empty answer: not a success.
    return Reply(all_deletes, fault=Fault("IncompleteAnswer", "it has no UnprocessedItems", "unknown"))


def message_about_key(message: str, key: Key) -> str:
    """Return DynamoDB's message if it is about the rejected key's form and repeats none of its content, else ""."""
    contents = [content for value in key.values() for content in value.values() if content]
    texts = [content if isinstance(content, str) else base64.b64encode(content).decode() for content in contents]
    repeats_content = any(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", message) for text in texts)
    return message if _ABOUT_A_KEY.match(message) and not repeats_content else ""


def probe_key(table: KeyedTable) -> Key:
    """Return a probe key: a random key of the types in the settings, which no row has.

    If DynamoDB rejects the probe key as well, the table has another key than the settings say.
    """
    identity = uuid4()
    # A number has at most 38 digits. Source: HowItWorks.NamingRulesDataTypes.html.
    contents: dict[str, str | bytes] = {"S": f"probe-{identity}", "N": str(identity.int)[:38], "B": identity.bytes}
    return {name: {kind: contents[kind]} for name, kind in table.key_types.items()}


def _write_units(answer: "BatchWriteItemOutputTypeDef") -> float:
    return sum(consumed.get("CapacityUnits", 0.0) for consumed in answer.get("ConsumedCapacity", []))


def _not_deleted(answer: "BatchWriteItemOutputTypeDef", table_name: str, keys: Sequence[Key]) -> Collection[int]:
    """Return the indices of the deletes that DynamoDB returns as unprocessed items."""
    if not answer["UnprocessedItems"]:
        return ()
    index_of = {key_identity(key): index for index, key in enumerate(keys)}
    try:
        unprocessed = answer["UnprocessedItems"][table_name]
        return {index_of[key_identity(request["DeleteRequest"]["Key"])] for request in unprocessed}
    except KeyError:
        # The answer names the table or a key in another way than the request. Sending all of them again does no harm;
        # missing one would.
        return range(len(keys))
