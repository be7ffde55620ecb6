"""Puts the items of a run into the tables, and removes them again, but nothing that anybody else has written."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.ask import RetryPolicy, ask
from reconciler.aws.errors import AwsError
from reconciler.aws.form import NUMBER
from reconciler.explained_error import ExplainedError
from reconciler.reading import key_of
from scavenger.faults import CONDITION_NOT_MET
from scavenger.keys import Key
from scavenger.settings import KeyedTable

from scavenger_ops.verify.items import MARKER, Item
from scavenger_ops.verify.record import key_json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The requests ask for the consumed capacity. A response without it confirms nothing.
_CONSUMED = {"ConsumedCapacity": {"CapacityUnits": NUMBER}}
# Codes of a request whose item DynamoDB or boto3 does not accept.
_OF_THE_ITEM = ("ParamValidationError", "SerializationException", "ValidationException")


class OwnItem(NamedTuple):
    """An item of this run, whose marker nobody else's has, and its table."""

    table: KeyedTable
    item: Item

    @property
    def key(self) -> Key:
        """Its key, as DynamoDB takes it."""
        return key_of(self.table, self.item)


class NotAcceptedError(ExplainedError):
    """DynamoDB does not accept an item, so it was not written."""


class RemovalStatus(StrEnum):
    """What a removal found."""

    REMOVED = "removed"
    GONE = "gone"
    # Another item has the key, or this one was written again without the marker.
    CHANGED = "changed"


def put_new(client: "DynamoDBClient", own: OwnItem) -> bool:
    """Put an item under a key that no item has. Raises ExplainedError.

    Return whether DynamoDB may still carry out an earlier attempt: the item would come again after it is removed.
    """
    unconfirmed = list[None]()
    policy = RetryPolicy(on_doubt=lambda: unconfirmed.append(None))
    names = {"#key": next(iter(own.table.key_types))}
    try:
        _put(client, own, policy, ConditionExpression="attribute_not_exists(#key)", ExpressionAttributeNames=names)
    except AwsError as error:
        if error.fault.name != CONDITION_NOT_MET:
            raise
        # Processing may copy the marker. So only the same item, after an attempt without an answer, is this one.
        if not unconfirmed or error.answer.get("Item") != own.item:
            raise _taken(own) from error
        unconfirmed.pop()
    return bool(unconfirmed)


def put_again(client: "DynamoDBClient", own: OwnItem) -> None:
    """Replace an item of this run by its next version. Raises ExplainedError if it is not there any more."""
    try:
        _put(client, own, RetryPolicy(), **_is_own(own))
    except AwsError as error:
        raise (_taken(own) if error.fault.name == CONDITION_NOT_MET else error) from error


def _is_own(own: OwnItem) -> dict[str, object]:
    """Return the parts of a request that let it change only an item of this run."""
    return {
        "ConditionExpression": "#marker = :marker",
        "ExpressionAttributeNames": {"#marker": MARKER},
        "ExpressionAttributeValues": {":marker": own.item[MARKER]},
    }


def _put(client: "DynamoDBClient", own: OwnItem, policy: RetryPolicy, **condition: object) -> None:
    request: Any = {
        "TableName": own.table.name,
        "Item": own.item,
        **condition,
        "ReturnConsumedCapacity": "TOTAL",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        # Without a stop event: nobody would know whether the item comes after the clean-up.
        ask(client.put_item, _CONSUMED, policy, **request)
    except AwsError as error:
        if error.fault.name not in _OF_THE_ITEM:
            raise
        # AWS's message may have values of the item, which may come from the user's file.
        raise NotAcceptedError(
            f"DynamoDB does not accept the item for table {own.table.name} ({error.fault.name}). Check the types of "
            "the attributes that its indexes use, and the size and the depth of the item. Then give the command a "
            "message that fits: --message FILE."
        ) from error


def _taken(own: OwnItem) -> ExplainedError:
    return ExplainedError(
        f"Something else has written or removed the item {key_json(own.key)} of table {own.table.name}, so nothing is "
        "proved. Does your processing react to what is written to the tables? Let it ignore items with the attribute "
        f"{MARKER}, then run this again."
    )


def is_there(client: "DynamoDBClient", own: OwnItem, policy: RetryPolicy) -> bool:
    """Return whether the table has an item under this key. Raises AwsError and Stopped."""
    request: Any = {
        "TableName": own.table.name,
        "Key": own.key,
        "ConsistentRead": True,
        "ProjectionExpression": "#key",
        "ExpressionAttributeNames": {"#key": next(iter(own.table.key_types))},
        "ReturnConsumedCapacity": "TOTAL",
    }
    return "Item" in ask(client.get_item, {**_CONSUMED, "Item?": dict}, policy, **request)


def remove_own(client: "DynamoDBClient", own: OwnItem, policy: RetryPolicy) -> RemovalStatus:
    """Remove an item if it still has the marker of this run. Raises AwsError and Stopped."""
    request: Any = {
        "TableName": own.table.name,
        "Key": own.key,
        **_is_own(own),
        "ReturnConsumedCapacity": "TOTAL",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        ask(client.delete_item, _CONSUMED, policy, **request)
    except AwsError as error:
        if error.fault.name != CONDITION_NOT_MET:
            raise
        return RemovalStatus.CHANGED if "Item" in error.answer else RemovalStatus.GONE
    return RemovalStatus.REMOVED
