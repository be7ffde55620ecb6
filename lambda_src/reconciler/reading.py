"""Reads items of a table: by pages of a scan, or by their keys."""

import random
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.keys import Key, key_identity
from scavenger.settings import KeyedTable

from reconciler.aws.ask import RetryPolicy, Stopped, ask, other_form
from reconciler.aws.form import NUMBER, Form
from reconciler.explained_error import ExplainedError
from reconciler.rate_limit import RateLimit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Time-outs of an attempt, and of a request with all retries. A table that fails for so long will not recover soon.
ATTEMPT_TIMEOUT_S, RETRY_TIMEOUT_S = 20, 60
# With few units a second, so many attempts take longer than that.
LEAST_ATTEMPTS = 10
# Longest backoff, with full jitter, before BatchGetItem is sent again for its unprocessed keys.
LOOK_UP_BACKOFF_S = 0.5

Item = dict[str, Any]


class TableReader(NamedTuple):
    """Reads a table: with a client, the named attributes (or all), within a rate limit, until a stop."""

    client: "DynamoDBClient"
    table: KeyedTable
    attributes: Collection[str]
    limit: RateLimit
    stop: threading.Event

    @property
    def retry_policy(self) -> RetryPolicy:
        """The time-outs of a request."""
        return RetryPolicy(ATTEMPT_TIMEOUT_S, RETRY_TIMEOUT_S, self.stop)

    def reserve(self, items: float) -> float:
        """Reserve the units for so many items, and wait until they may be used. Raises Stopped."""
        units = self.limit.reserve(items, self.stop)
        if units is None:
            raise Stopped
        return units


class ScannedPage(NamedTuple):
    """A page of a scan: its items, when it was read, the last key (None at the end), and the consumed read units."""

    items: list[Item]
    read_at: float
    read_at_monotonic: float
    last_key: Item | None
    read_units: float


def read_page(reader: TableReader, segment: tuple[int, int], last_key: Item | None, most: int) -> ScannedPage:
    """Scan one page, of at most `most` items, of a segment of a table: its number, and of how many.

    Raises AwsError and Stopped.
    """
    reserved = reader.reserve(most)
    request: Any = {
        "TableName": reader.table.name,
        "Segment": segment[0],
        "TotalSegments": segment[1],
        "Limit": most,
        "ReturnConsumedCapacity": "TOTAL",
        **_projection(reader.attributes),
        **({"ExclusiveStartKey": last_key} if last_key else {}),
    }
    key = _form_of_key(reader.table)
    form = {
        "Items": [key],
        "Count": int,
        "LastEvaluatedKey?": key,
        "ConsumedCapacity": {"CapacityUnits": NUMBER},
    }
    answer: Any = ask(reader.client.scan, form, reader.retry_policy, **request)
    items, next_key, units = (
        answer["Items"],
        answer.get("LastEvaluatedKey"),
        answer["ConsumedCapacity"]["CapacityUnits"],
    )
    if answer["Count"] != len(items):
        raise other_form(reader.client.scan, request, f"it has {len(items)} items, but Count is {answer['Count']}")
    if next_key is not None and next_key == last_key:
        raise other_form(reader.client.scan, request, "LastEvaluatedKey leads to the same page again")
    reader.limit.charge(len(items), reserved, units)
    return ScannedPage(items, time.time(), time.monotonic(), next_key, units)


def look_up(reader: TableReader, keys: Iterable[Key]) -> tuple[list[Item], float]:
    """Return the items that exist of at most 100 keys, read consistently, and the consumed read units.

    Raises AwsError, Stopped, and ExplainedError if DynamoDB processes no key for RETRY_TIMEOUT_S.
    """
    found, units = list[Item](), 0.0
    # Two rows may have one message, and two messages one row: a request must not have a key twice.
    left = {key_identity(key): key for key in keys}
    attempts, since = 0, time.monotonic()
    while left:
        wanted = len(left)
        items, took = _look_up_once(reader, left)
        units += took
        found += items
        attempts, since = (0, time.monotonic()) if len(left) < wanted else (attempts + 1, since)
        if attempts >= LEAST_ATTEMPTS and time.monotonic() - since >= RETRY_TIMEOUT_S:
            raise ExplainedError(
                f"DynamoDB throttles table {reader.table.name}: it returned all keys as unprocessed, {attempts} times "
                f"in {time.monotonic() - since:.0f} s. Raise the table's read capacity or use less of it "
                "(--max-read-units), then run this again: it continues from here."
            )
        if left and reader.stop.wait(random.uniform(0, LOOK_UP_BACKOFF_S)):  # noqa: S311 - jitter is no secret
            raise Stopped
    return found, units


def _look_up_once(reader: TableReader, left: dict[object, Key]) -> tuple[list[Item], float]:
    """Look up these keys once, remove those that were processed, and return the items that exist, and the units."""
    name, key_form = reader.table.name, _form_of_key(reader.table)
    reserved = reader.reserve(len(left))
    wanted: Any = {"Keys": [*left.values()], "ConsistentRead": True, **_projection(reader.attributes)}
    request: Any = {"RequestItems": {name: wanted}, "ReturnConsumedCapacity": "TOTAL"}
    form: Form = {
        "Responses": {f"{name}?": [key_form]},
        "UnprocessedKeys": {f"{name}?": {"Keys": [key_form]}},
        "ConsumedCapacity?": [{"CapacityUnits": NUMBER}],
    }
    answer: Any = ask(reader.client.batch_get_item, form, reader.retry_policy, **request)
    items = answer["Responses"].get(name, [])
    again = {key_identity(key) for key in answer["UnprocessedKeys"].get(name, {}).get("Keys", [])}
    came = [key_identity(key_of(reader.table, item)) for item in items]
    # An item that was not requested would stand for a message that does not exist.
    if not {*came, *again} <= left.keys() or again.intersection(came) or len(set(came)) < len(came):
        raise other_form(
            reader.client.batch_get_item, request, "it has keys that were not requested, or has keys twice"
        )
    for identity in left.keys() - again:
        del left[identity]
    units = sum(each["CapacityUnits"] for each in answer.get("ConsumedCapacity", []))
    reader.limit.charge(len(wanted["Keys"]) - len(left), reserved, units)
    return items, units


def _form_of_key(table: KeyedTable) -> Form:
    return {name: {kind: (str, bytes)} for name, kind in table.key_types.items()}


def _projection(names: Iterable[str]) -> Mapping[str, Any]:
    """Return the projection of these attributes, if any. It uses placeholders: a name may be a reserved word."""
    aliases = {f"#{number}": name for number, name in enumerate(names)}
    return {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases} if aliases else {}


def key_of(table: KeyedTable, item: Mapping[str, Any]) -> Key:
    """Return the part of an item that is its key."""
    return {name: item[name] for name in table.key_types}
