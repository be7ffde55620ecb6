"""Deletes a row only if it has not changed since it was read."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.faults import CONDITION_NOT_MET
from scavenger.keys import Key
from scavenger.settings import KeyedTable

from reconciler.aws.ask import RetryPolicy, ask
from reconciler.aws.errors import AwsError
from reconciler.aws.form import NUMBER
from reconciler.reading import key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# An expression has at most 300 operators. Each condition has two, and a function may count as one.
# Source: Constraints.html.
MOST_CONDITIONS = 100

Row = Mapping[str, Any]

# The requests ask for the consumed capacity. A response without it does not confirm the delete.
_CONSUMED = {"ConsumedCapacity": {"CapacityUnits": NUMBER}}


class DeleteStatus(StrEnum):
    """What a conditional delete did."""

    DELETED = "deleted"
    # The row differs from what was read: it stays.
    CHANGED = "changed"
    # The function deleted it first, or an earlier request whose response was lost did.
    GONE = "gone"


class ConditionalDeleteResult(NamedTuple):
    """The result of deleting a row, and the capacity units that it consumed."""

    status: DeleteStatus
    write_units: float
    read_units: float = 0.0


def delete_if_unchanged(
    client: "DynamoDBClient", table: KeyedTable, row: Row, first: Sequence[str], retry_policy: RetryPolicy
) -> ConditionalDeleteResult:
    """Delete a row if its attributes are still as they were read, and return the result.

    `row` has all attributes that were read. A condition has room for the most important ones, `first`, and some more.
    Raises AwsError; it is then unknown whether the row is gone.
    """
    names = _names_to_compare(table, row, first)
    read_units = 0.0
    if _must_read_again(table, row, names):
        now, read_units = _read_again(client, table, row, retry_policy)
        if now is None or now != row:
            return ConditionalDeleteResult(DeleteStatus.GONE if now is None else DeleteStatus.CHANGED, 0.0, read_units)
    try:
        answer = ask(client.delete_item, _CONSUMED, retry_policy, **_request(table, row, names))
    except AwsError as error:
        if error.fault.name != CONDITION_NOT_MET:
            raise
        # A write whose condition fails is billed too. Source: WorkingWithItems.html.
        return ConditionalDeleteResult(
            DeleteStatus.CHANGED if "Item" in error.answer else DeleteStatus.GONE, 1.0, read_units
        )
    return ConditionalDeleteResult(DeleteStatus.DELETED, answer["ConsumedCapacity"]["CapacityUnits"], read_units)


def check_delete(client: "DynamoDBClient", table: KeyedTable, key: Key, retry_policy: RetryPolicy) -> None:
    """Send a delete whose condition no row meets, to find out whether deletes are allowed. Raises AwsError if not."""
    request: Any = {
        "TableName": table.name,
        "Key": key,
        "ConditionExpression": "attribute_exists(#k) AND attribute_not_exists(#k)",
        "ExpressionAttributeNames": {"#k": next(iter(table.key_types))},
    }
    try:
        ask(client.delete_item, {}, retry_policy, **request)
    except AwsError as error:
        if error.fault.name != CONDITION_NOT_MET:
            raise


def _names_to_compare(table: KeyedTable, row: Row, first: Sequence[str]) -> Sequence[str]:
    """Return the attributes for the condition, the most important ones first. The key is in the request anyway."""
    names = dict.fromkeys([*first, *sorted(row)])
    return [name for name in names if name not in table.key_types][:MOST_CONDITIONS]


def _must_read_again(table: KeyedTable, row: Row, names: Sequence[str]) -> bool:
    """Return whether a condition cannot cover the row: it has no attributes beside its key, or too many."""
    others = [name for name in row if name not in table.key_types]
    return not others or not set(others) <= set(names)


def _read_again(
    client: "DynamoDBClient", table: KeyedTable, row: Row, retry_policy: RetryPolicy
) -> tuple[Mapping[str, Any] | None, float]:
    """Return the row as it is now (None if it is gone), and the consumed read capacity units."""
    request: Any = {"TableName": table.name, "Key": key_of(table, row), "ConsistentRead": True}
    # If the item does not exist, the response has only the consumed capacity.
    form = {"ConsumedCapacity": {"CapacityUnits": NUMBER}, "Item?": dict}
    answer = ask(client.get_item, form, retry_policy, **request, ReturnConsumedCapacity="TOTAL")
    return answer.get("Item"), answer["ConsumedCapacity"]["CapacityUnits"]


def _request(table: KeyedTable, row: Row, names: Sequence[str]) -> Any:  # noqa: ANN401 - the parameters of delete_item
    """Return the request. Condition: the row exists, and each named attribute is as it was read, or still missing."""
    aliases = {"#k": next(iter(table.key_types)), **{f"#{number}": name for number, name in enumerate(names)}}
    values = {f":{number}": row[name] for number, name in enumerate(names) if name in row}
    conditions = [
        f"#{number} = :{number}" if name in row else f"attribute_not_exists(#{number})"
        for number, name in enumerate(names)
    ]
    return {
        "TableName": table.name,
        "Key": key_of(table, row),
        # `attribute_exists` tells a row that is gone from one that this request deleted.
        "ConditionExpression": " AND ".join(["attribute_exists(#k)", *conditions]),
        "ExpressionAttributeNames": aliases,
        **({"ExpressionAttributeValues": values} if values else {}),
        "ReturnConsumedCapacity": "TOTAL",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
