"""Deletes a row only while it is as it was read."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.faults import CONDITION_NOT_MET
from scavenger.settings import KeyedTable

from scavenger_ops.aws.ask import RetryPolicy, ask
from scavenger_ops.aws.errors import AwsError
from scavenger_ops.aws.form import NUMBER
from scavenger_ops.reconcile.reading import key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# An expression has 300 operators at most, of which each condition takes two, and a function may be one.
# Source: Constraints.html.
MOST_CONDITIONS = 100

Row = Mapping[str, Any]

# DynamoDB says what it took, since it is asked to: what does not is no confirmation.
_CONSUMED = {"ConsumedCapacity": {"CapacityUnits": NUMBER}}


class DeleteStatus(StrEnum):
    """The result of a conditional delete."""

    DELETED = "deleted"
    # It is another than was read: it stays.
    CHANGED = "changed"
    # The function was faster, or an earlier request of which no answer came.
    GONE = "gone"


class ConditionalDeleteResult(NamedTuple):
    """What the delete of a row came to, and the units that it took."""

    status: DeleteStatus
    write_units: float
    read_units: float = 0.0


def delete_if_unchanged(
    client: "DynamoDBClient", table: KeyedTable, row: Row, age_attribute: str, retry_policy: RetryPolicy
) -> ConditionalDeleteResult:
    """Delete a row if each attribute is as it was read, the age above all, and return what came of it.

    The row has all that was read of it. Raises AwsError; it is not known then if the row is gone.
    """
    names = _names_to_compare(table, row, age_attribute)
    read_units = 0.0
    if _must_look_again(table, row, names):
        seen, read_units = _look_again(client, table, row, retry_policy)
        if seen is None or seen != row:
            return ConditionalDeleteResult(DeleteStatus.GONE if seen is None else DeleteStatus.CHANGED, 0.0, read_units)
    try:
        answer = ask(client.delete_item, _CONSUMED, retry_policy, **_request(table, row, names))
    except AwsError as error:
        if error.fault.name != CONDITION_NOT_MET:
            raise
        # A refused condition is billed as a write. Source: WorkingWithItems.html.
        return ConditionalDeleteResult(
            DeleteStatus.CHANGED if "Item" in error.answer else DeleteStatus.GONE, 1.0, read_units
        )
    return ConditionalDeleteResult(DeleteStatus.DELETED, answer["ConsumedCapacity"]["CapacityUnits"], read_units)


def _names_to_compare(table: KeyedTable, row: Row, age_attribute: str) -> Sequence[str]:
    """Return the attributes that the condition is about, the age first; the key is in the request anyway."""
    names = dict.fromkeys([age_attribute, *sorted(row)])
    return [name for name in names if name not in table.key_types][:MOST_CONDITIONS]


def _must_look_again(table: KeyedTable, row: Row, names: Sequence[str]) -> bool:
    """Return whether a condition can say too little of the row: nothing beside its key, or not all of it."""
    others = [name for name in row if name not in table.key_types]
    return not others or not set(others) <= set(names)


def _look_again(
    client: "DynamoDBClient", table: KeyedTable, row: Row, retry_policy: RetryPolicy
) -> tuple[Mapping[str, Any] | None, float]:
    """Return the row as it is now, if there is one, and the units that it took."""
    request: Any = {"TableName": table.name, "Key": key_of(table, row), "ConsistentRead": True}
    # Without an item, DynamoDB answers without one, and with the units alone.
    form = {"ConsumedCapacity": {"CapacityUnits": NUMBER}, "Item?": dict}
    answer = ask(client.get_item, form, retry_policy, **request, ReturnConsumedCapacity="TOTAL")
    return answer.get("Item"), answer["ConsumedCapacity"]["CapacityUnits"]


def _request(table: KeyedTable, row: Row, names: Sequence[str]) -> Any:  # noqa: ANN401 - what delete_item takes
    """Make the request: the row is there, and has of each of these attributes what was read, or still none."""
    aliases = {"#k": next(iter(table.key_types)), **{f"#{number}": name for number, name in enumerate(names)}}
    values = {f":{number}": row[name] for number, name in enumerate(names) if name in row}
    conditions = [
        f"#{number} = :{number}" if name in row else f"attribute_not_exists(#{number})"
        for number, name in enumerate(names)
    ]
    return {
        "TableName": table.name,
        "Key": key_of(table, row),
        # So that a row that is gone is told from one that was deleted.
        "ConditionExpression": " AND ".join(["attribute_exists(#k)", *conditions]),
        "ExpressionAttributeNames": aliases,
        **({"ExpressionAttributeValues": values} if values else {}),
        "ReturnConsumedCapacity": "TOTAL",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
