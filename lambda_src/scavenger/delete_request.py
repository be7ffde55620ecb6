"""One BatchWriteItem request, and what its answer or error means for each of its deletes."""

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

_REMEDIES = {
    "AccessDeniedException": "Allow the function's role dynamodb:BatchWriteItem on it, and the use of its KMS key.",
    "ResourceNotFoundException": "Restore it, or name another one in STAGING_MESSAGES_TABLE_NAME.",
}
# How DynamoDB begins when it speaks of a key's type, length or digits. What else it says may repeat what it was sent.
_ABOUT_A_KEY = re.compile(
    r"(aggregated size|attempting to store|invalid attribute value type|item size|number (over|under)flow"
    r"|one or more parameter values|size of|supplied attributevalue|the attributevalue|the provided key|type mismatch)",
    re.IGNORECASE,
)


class TableError(Exception):
    """DynamoDB carries out no delete for the table, whatever its key; and the fault that shows it, if it is one."""

    def __init__(self, text: str, fault: Fault | None = None) -> None:
        super().__init__(text)
        self.fault = fault


def table_error(fault: Fault, table: KeyedTable, *, has_accepted: bool, often: str = "") -> TableError:
    """Return the error that a fault of the whole table is; whether deletes were accepted, and how often it came."""
    deletes = "no more deletes" if has_accepted else "no delete"
    return TableError(
        f"DynamoDB carries out {deletes} in table {table.name} ({fault}{often}). "
        f"Nothing is lost: Lambda delivers the batch again. {_REMEDIES.get(fault.name, 'Fix what it names.')}",
        fault,
    )


class OtherKeyError(TableError):
    """The table has another key than the function was told."""

    def __init__(self, table: KeyedTable) -> None:
        form = " and ".join(f"{name} ({kind})" for name, kind in table.key_types.items())
        super().__init__(
            f"Table {table.name} refuses keys of {form}, which STAGING_MESSAGES_TABLE_KEY says it has. "
            "Nothing is lost: Lambda delivers the batch again. Set that variable to the types of the table's "
            "key attributes, or name the right table in STAGING_MESSAGES_TABLE_NAME."
        )


class Reply(NamedTuple):
    """What a request came to: the indices of its deletes that are to be sent again, and the write units it took."""

    not_deleted: Collection[int] = ()
    write_units: float = 0.0
    fault: Fault | None = None


def send_deletes(client: "DynamoDBClient", table: KeyedTable, keys: Sequence[Key]) -> Reply:
    """Send one request of at most 25 deletes of different keys. Never raises: an error is a reply with a fault."""
    deletes: list[WriteRequestTypeDef] = [{"DeleteRequest": {"Key": key}} for key in keys]
    everything = range(len(keys))
    try:
        answer = client.batch_write_item(RequestItems={table.name: deletes}, ReturnConsumedCapacity="TOTAL")
        if "UnprocessedItems" in answer:
            return Reply(_undone(answer, table.name, keys), _write_units(answer))
    except Exception as error:  # noqa: BLE001 - botocore documents no types, and of an odd body it raises any
        return Reply(everything, fault=fault_of(error))
    # DynamoDB always says. botocore makes an empty answer of a body that is cut short, which is no success.
    return Reply(everything, fault=Fault("IncompleteAnswer", "it has no UnprocessedItems", "unknown"))


def words_about_key(message: str, key: Key) -> str:
    """Return what DynamoDB says of the form of a key that it refuses, if no content of the key is in it."""
    contents = [content for value in key.values() for content in value.values() if content]
    texts = [content if isinstance(content, str) else base64.b64encode(content).decode() for content in contents]
    repeats_it = any(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", message) for text in texts)
    return message if _ABOUT_A_KEY.match(message) and not repeats_it else ""


def probe_key(table: KeyedTable) -> Key:
    """Return a random key of the types that the table is said to have, which is no row's.

    If the table refuses it as well as another, it has another key than the function was told.
    """
    identity = uuid4()
    # A number has at most 38 digits. Source: HowItWorks.NamingRulesDataTypes.html.
    contents: dict[str, str | bytes] = {"S": f"made-up-{identity}", "N": str(identity.int)[:38], "B": identity.bytes}
    return {name: {kind: contents[kind]} for name, kind in table.key_types.items()}


def _write_units(answer: "BatchWriteItemOutputTypeDef") -> float:
    return sum(consumed.get("CapacityUnits", 0.0) for consumed in answer.get("ConsumedCapacity", []))


def _undone(answer: "BatchWriteItemOutputTypeDef", table_name: str, keys: Sequence[Key]) -> Collection[int]:
    """Find the deletes that DynamoDB sent back."""
    if not answer["UnprocessedItems"]:
        return ()
    index_of = {key_identity(key): index for index, key in enumerate(keys)}
    try:
        sent_back = answer["UnprocessedItems"][table_name]
        return {index_of[key_identity(request["DeleteRequest"]["Key"])] for request in sent_back}
    except KeyError:
        # It names the table or a key in other words than we did. To send all again does no harm; to miss one would.
        return range(len(keys))
