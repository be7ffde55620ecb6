"""A request that deletes rows: sends it, and tells from the answer or the error which of its deletes are not done.

Rows without expected values are deleted by BatchWriteItem, which knows no conditions. A row with expected values has a
DeleteItem of its own: docs/decisions/0076-*.md.
"""

import base64
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from scavenger.faults import CONDITION_NOT_MET, Fault, fault_of
from scavenger.keys import key_identity
from scavenger.row import Row
from scavenger.settings import KeyedTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import BatchWriteItemOutputTypeDef, WriteRequestTypeDef

# How DynamoDB's messages about a value's type, length or digits begin. Its other messages may repeat what it was sent.
_ABOUT_A_VALUE = re.compile(
    r"(aggregated size|attempting to store|invalid attribute value type|item size|number (over|under)flow"
    r"|one or more parameter values|size of|supplied attributevalue|the attributevalue|the provided key|type mismatch)",
    re.IGNORECASE,
)


class Reply(NamedTuple):
    """The result of one request: which of its deletes are not done, the write units used, and the error.

    Deletes are named by their indices. `superseded`: the row differs from what it should be, so it is kept.
    """

    not_deleted: Collection[int] = ()
    superseded: Collection[int] = ()
    write_units: float = 0.0
    fault: Fault | None = None


class DeleteRequest(NamedTuple):
    """A kind of request: how many rows it can delete at most, and the function that sends it."""

    most_rows: int
    send: Callable[["DynamoDBClient", KeyedTable, Sequence[Row]], Reply]


def send_batch(client: "DynamoDBClient", table: KeyedTable, rows: Sequence[Row]) -> Reply:
    """Send one request of at most 25 deletes, of rows with different keys. Return its reply.

    An error is a reply with a fault. Raises nothing.
    """
    deletes: list[WriteRequestTypeDef] = [{"DeleteRequest": {"Key": row.key}} for row in rows]
    try:
        answer = client.batch_write_item(RequestItems={table.name: deletes}, ReturnConsumedCapacity="TOTAL")
        if "UnprocessedItems" in answer:
            return Reply(_not_deleted(answer, table.name, rows), write_units=_write_units(answer))
    except Exception as error:  # noqa: BLE001 - botocore documents no types, and an odd body makes it raise any
        return Reply(range(len(rows)), fault=fault_of(error))
    # DynamoDB always sends UnprocessedItems. botocore reads a body that is cut short as an empty answer: not a success.
    return Reply(range(len(rows)), fault=Fault("IncompleteAnswer", "it has no UnprocessedItems", "unknown"))


def send_conditional_delete(client: "DynamoDBClient", table: KeyedTable, rows: Sequence[Row]) -> Reply:
    """Send one request that deletes a single row if it has the expected values. Return its reply.

    A row that does not exist is a success, so that a delete whose answer was lost can be sent again. An error is a
    reply with a fault. Raises nothing.
    """
    (row,) = rows
    try:
        answer: Mapping[str, Any] = client.delete_item(**_conditional_delete(table, row))
        return Reply(write_units=float(answer["ConsumedCapacity"]["CapacityUnits"]))
    except KeyError:
        # As above: DynamoDB always sends the consumed capacity that it was asked for.
        return Reply([0], fault=Fault("IncompleteAnswer", "it has no ConsumedCapacity", "unknown"))
    except Exception as error:  # noqa: BLE001 - as above
        fault = fault_of(error)
    if (fault.name, fault.cause) == (CONDITION_NOT_MET, "permanent"):
        # Such an error does not say how many units the check took: at least one. Source: ProvisionedThroughput.html.
        return Reply(superseded=[0], write_units=1.0)
    return Reply([0], fault=fault)


# Source of the 25: API_BatchWriteItem.html.
BATCH = DeleteRequest(25, send_batch)
CONDITIONAL = DeleteRequest(1, send_conditional_delete)


def message_about_row(message: str, row: Row) -> str:
    """Return DynamoDB's message if it is about the form of a rejected row's values and repeats none, else ""."""
    values = (*row.key.values(), *row.expected.values())
    texts = [_text(content) for value in values for content in value.values() if content]
    # A value that is longer than the message cannot be in it.
    words = [re.escape(text) for text in texts if len(text) <= len(message)]
    repeats_content = any(re.search(rf"(?<!\w){word}(?!\w)", message) for word in words)
    return message if _ABOUT_A_VALUE.match(message) and not repeats_content else ""


def _text(content: object) -> str:
    return base64.b64encode(content).decode() if isinstance(content, bytes) else str(content)


def probe_row(table: KeyedTable) -> Row:
    """Return a row that does not exist: it has a probe key, a random key of the types in the settings.

    If DynamoDB rejects the probe key as well, the table has another key than the settings say.
    """
    identity = uuid4()
    # A number has at most 38 digits. Source: HowItWorks.NamingRulesDataTypes.html.
    contents: dict[str, str | bytes] = {"S": f"probe-{identity}", "N": str(identity.int)[:38], "B": identity.bytes}
    return Row({name: {kind: contents[kind]} for name, kind in table.key_types.items()})


def _conditional_delete(table: KeyedTable, row: Row) -> Any:  # noqa: ANN401 - the parameters of delete_item
    """Return the request. Condition: there is no such row, or each expected value equals the row's, type included."""
    names = {f"#{number}": name for number, name in enumerate(row.expected)}
    request: dict[str, Any] = {
        "TableName": table.name,
        "Key": row.key,
        "ConditionExpression": "attribute_not_exists(#key)",
        # Any key attribute will do: each row has all of them.
        "ExpressionAttributeNames": {"#key": next(iter(table.key_types)), **names},
        "ReturnConsumedCapacity": "TOTAL",
    }
    if row.expected:
        are_equal = " AND ".join(f"#{number} = :{number}" for number in range(len(row.expected)))
        request["ConditionExpression"] += f" OR ({are_equal})"
        request["ExpressionAttributeValues"] = {
            f":{number}": value for number, value in enumerate(row.expected.values())
        }
    return request


def _write_units(answer: "BatchWriteItemOutputTypeDef") -> float:
    return sum(consumed.get("CapacityUnits", 0.0) for consumed in answer.get("ConsumedCapacity", []))


def _not_deleted(answer: "BatchWriteItemOutputTypeDef", table_name: str, rows: Sequence[Row]) -> Collection[int]:
    """Return the indices of the deletes that DynamoDB returns as unprocessed items."""
    if not answer["UnprocessedItems"]:
        return ()
    index_of = {key_identity(row.key): index for index, row in enumerate(rows)}
    try:
        unprocessed = answer["UnprocessedItems"][table_name]
        return {index_of[key_identity(request["DeleteRequest"]["Key"])] for request in unprocessed}
    except KeyError:
        # The answer names the table or a key in another way than the request. Sending all of them again does no harm;
        # missing one would.
        return range(len(rows))
