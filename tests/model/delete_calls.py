"""The two calls with which the function deletes rows: checks that a call is valid, and carries it out."""

from random import Random
from typing import Any, Protocol

from support.dynamodb import Keys, client_error

from model.item_identity import exact, identity, normalized
from model.staged_rows import Attributes, StagedRows

# The beginning of the text in a probe key.
PROBE = "probe-"
# Source: HowItWorks.NamingRulesDataTypes.html.
MOST_DIGITS, MOST_ZEROS = 38, 125


class DeleteCall(Protocol):
    """A valid call. An answer of DynamoDB that is an error is raised."""

    keys: Keys

    def is_rejected(self) -> bool:
        """Return whether DynamoDB rejects a value that it is to compare with."""

    def carry_out(self) -> dict[str, Any]:
        """Delete as many rows as there are write units, and return the answer."""

    def carry_out_some(self) -> dict[str, Any]:
        """Delete some of the rows, even if there are units for all, and return the answer."""

    def carry_out_unanswered(self) -> None:
        """Delete some of the rows."""


class BatchWriteCall:
    """A call of BatchWriteItem."""

    def __init__(self, rows: StagedRows, random: Random, request_items: Any, capacity: str) -> None:
        ((table_name, requests),) = request_items.items()
        self.keys: Keys = [request["DeleteRequest"]["Key"] for request in requests]
        assert (table_name, capacity) == ("staging", "TOTAL")
        assert 1 <= len(self.keys) <= 25, "the request is not of 1 to 25 deletes"
        assert len({identity(key) for key in self.keys}) == len(self.keys), "a key is in the request twice"
        self._rows = rows
        self._random = random

    def is_rejected(self) -> bool:
        """Return False: BatchWriteItem compares nothing."""
        return False

    def carry_out(self) -> dict[str, Any]:
        """Delete as many rows as there are write units, in any order."""
        # DynamoDB processes the deletes at the same time, so any of them may be the one without a unit.
        left = [key for key in self._random.sample(self.keys, len(self.keys)) if not self._rows.delete(key)]
        if len(left) == len(self.keys):
            raise client_error("ProvisionedThroughputExceededException")
        return {
            "UnprocessedItems": unprocessed_items(left),
            "ConsumedCapacity": [{"TableName": "staging", "CapacityUnits": float(len(self.keys) - len(left))}],
        }

    def carry_out_some(self) -> dict[str, Any]:
        """Return some deletes as unprocessed, even if there are write units."""
        count = self._random.randint(0, len(self.keys))
        left = [
            key
            for index, key in enumerate(self._random.sample(self.keys, len(self.keys)))
            if index >= count or not self._rows.delete(key)
        ]
        return {"UnprocessedItems": unprocessed_items(left)}

    def carry_out_unanswered(self) -> None:
        """Delete some of the rows."""
        self.carry_out_some()


class DeleteItemCall:
    """A call of DeleteItem with exactly the condition that the function sends."""

    def __init__(self, rows: StagedRows, random: Random, **request: Any) -> None:
        names = dict(request.pop("ExpressionAttributeNames"))
        values = request.pop("ExpressionAttributeValues", {})
        key, condition = request.pop("Key"), request.pop("ConditionExpression")
        assert request == {"TableName": "staging", "ReturnConsumedCapacity": "TOTAL"}
        assert names.pop("#key") in key, "the condition does not ask whether there is a row"
        assert condition == condition_of(len(values))
        assert names.keys() == {f"#{number}" for number in range(len(values))}
        assert values.keys() == {f":{number}" for number in range(len(values))}
        assert values or PROBE in identity(key), "the delete has no condition"
        self.keys: Keys = [key]
        self._expected: Attributes = {name: values[f":{place[1:]}"] for place, name in names.items()}
        self._rows = rows
        self._random = random

    def is_rejected(self) -> bool:
        """Return whether a number has more digits than DynamoDB stores, or is too great or too small."""
        numbers = [exact(value["N"]) for value in self._expected.values() if "N" in value]
        return any(len(each.as_tuple().digits) > MOST_DIGITS or abs(each.adjusted()) > MOST_ZEROS for each in numbers)

    def carry_out(self) -> dict[str, Any]:
        """Delete the row, if there is a write unit and the condition is met."""
        match self._rows.delete_if_equal(self.keys[0], self._expected):
            case "throttled":
                raise client_error("ProvisionedThroughputExceededException")
            case "refused":
                raise client_error("ConditionalCheckFailedException")
        return {"ConsumedCapacity": {"TableName": "staging", "CapacityUnits": 1.0}}

    def carry_out_some(self) -> dict[str, Any]:
        """Delete the row or throttle the request, even if there are write units."""
        if self._random.randint(0, 1):
            raise client_error("ProvisionedThroughputExceededException")
        return self.carry_out()

    def carry_out_unanswered(self) -> None:
        """Delete the row if the condition is met, or do nothing."""
        if self._random.randint(0, 1):
            self._rows.delete_if_equal(self.keys[0], self._expected)


def condition_of(count: int) -> str:
    """Return the condition of a delete with so many expected values."""
    are_equal = " AND ".join(f"#{number} = :{number}" for number in range(count))
    return f"attribute_not_exists(#key) OR ({are_equal})" if count else "attribute_not_exists(#key)"


def unprocessed_items(keys: Keys) -> dict[str, Any]:
    """Return the UnprocessedItems of an answer."""
    return {"staging": [{"DeleteRequest": {"Key": normalized(key)}} for key in keys]} if keys else {}
