"""Puts the items of a run into the tables, and removes them again, but nothing that anybody else has written."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.ask import RetryPolicy, ask
from reconciler.aws.errors import AwsError
from reconciler.aws.form import NUMBER
from reconciler.explained_error import ExplainedError
from reconciler.key_json import encode
from reconciler.reading import key_of
from scavenger.faults import CONDITION_NOT_MET
from scavenger.keys import Key
from scavenger.settings import KeyedTable

from scavenger_ops.verify.items import MARKER, Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The requests ask for the consumed capacity. A response without it confirms nothing.
_CONSUMED = {"ConsumedCapacity": {"CapacityUnits": NUMBER}}
_OWN = "#marker = :marker"
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


class RemovalStatus(StrEnum):
    """What a removal found."""

    REMOVED = "removed"
    GONE = "gone"
    # Another item has the key, or this one was written again without the marker.
    CHANGED = "changed"


def put_new(client: "DynamoDBClient", own: OwnItem) -> None:
    """Put an item under a key that no item has. Raises ExplainedError."""
    # The second part lets an attempt pass whose predecessor was carried out, but not answered.
    _put(client, own, f"attribute_not_exists(#key) OR {_OWN}", {"#key": next(iter(own.table.key_types))})


def put_again(client: "DynamoDBClient", own: OwnItem) -> None:
    """Replace an item of this run by its next version. Raises ExplainedError if it is not there any more."""
    _put(client, own, _OWN, {})


def _put(client: "DynamoDBClient", own: OwnItem, condition: str, names: dict[str, str]) -> None:
    request: Any = {
        "TableName": own.table.name,
        "Item": own.item,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {**names, "#marker": MARKER},
        "ExpressionAttributeValues": {":marker": own.item[MARKER]},
        "ReturnConsumedCapacity": "TOTAL",
    }
    try:
        # Without a stop event: nobody would know whether the item comes after the clean-up.
        ask(client.put_item, _CONSUMED, RetryPolicy(), **request)
    except AwsError as error:
        if error.fault.name == CONDITION_NOT_MET:
            raise _taken(own) from error
        if error.fault.name in _OF_THE_ITEM:
            # AWS's message may have values of the item, which may come from the user's file.
            raise ExplainedError(
                f"DynamoDB does not accept the item for table {own.table.name} ({error.fault.name}). Check the types "
                "of the attributes that its indexes use, and the size of the item. scavenger verify --message FILE "
                "writes a message of your own."
            ) from error
        raise


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
        "ConditionExpression": _OWN,
        "ExpressionAttributeNames": {"#marker": MARKER},
        "ExpressionAttributeValues": {":marker": own.item[MARKER]},
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


def key_json(key: Key) -> str:
    """Return a key as the AWS CLI takes it."""
    return json.dumps(key, default=encode)
