"""Reads items of a table: page by page, or by their keys."""

import random
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.keys import Key, key_identity
from scavenger.settings import KeyedTable

from scavenger_ops.aws.ask import RetryPolicy, Stopped, ask, other_form
from scavenger_ops.aws.form import NUMBER, Form
from scavenger_ops.command import CommandError
from scavenger_ops.reconcile.rate_limit import RateLimit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# For one answer, and for a good one: a table that answers nothing in that time will not answer soon.
ATTEMPT_TIMEOUT_S, RETRY_TIMEOUT_S = 20, 60
# And with few units a second, it takes more time to ask often enough.
LEAST_ATTEMPTS = 10
# Until keys that BatchGetItem gave back are asked for again, with jitter.
LOOK_UP_PAUSE_S = 0.5

Item = dict[str, Any]


class TableReader(NamedTuple):
    """A table to read: by which client, which attributes of it (all if none is named), how fast, and until when."""

    client: "DynamoDBClient"
    table: KeyedTable
    attributes: Collection[str]
    limit: RateLimit
    stop: threading.Event

    @property
    def retry_policy(self) -> RetryPolicy:
        """How long to wait for an answer."""
        return RetryPolicy(ATTEMPT_TIMEOUT_S, RETRY_TIMEOUT_S, self.stop)

    def reserve(self, items: float) -> float:
        """Wait for the turn of so many items, and return the units that are set aside. Raises Stopped."""
        units = self.limit.reserve(items, self.stop)
        if units is None:
            raise Stopped
        return units


class ScannedPage(NamedTuple):
    """Items that were read together, when that was, the key after which the next page begins, and the units it took."""

    items: list[Item]
    read_at: float
    read_at_monotonic: float
    last_key: Item | None
    read_units: float


def read_page(source: TableReader, segment: int, segments: int, last_key: Item | None, most: int) -> ScannedPage:
    """Scan a page of a segment of a table, of so many items at most. Raises AwsError and Stopped."""
    reserved = source.reserve(most)
    request: Any = {
        "TableName": source.table.name,
        "Segment": segment,
        "TotalSegments": segments,
        "Limit": most,
        "ReturnConsumedCapacity": "TOTAL",
        **_projection(source.attributes),
        **({"ExclusiveStartKey": last_key} if last_key else {}),
    }
    key = _form_of_key(source.table)
    form = {
        "Items": [key],
        "Count": int,
        "LastEvaluatedKey?": key,
        "ConsumedCapacity": {"CapacityUnits": NUMBER},
    }
    answer: Any = ask(source.client.scan, form, source.retry_policy, **request)
    items, next_key, units = (
        answer["Items"],
        answer.get("LastEvaluatedKey"),
        answer["ConsumedCapacity"]["CapacityUnits"],
    )
    if answer["Count"] != len(items):
        raise other_form(source.client.scan, request, f"it has {len(items)} items, and a Count of {answer['Count']}")
    if next_key is not None and next_key == last_key:
        raise other_form(source.client.scan, request, "its LastEvaluatedKey leads to the same page again")
    source.limit.charge(len(items), reserved, units)
    return ScannedPage(items, time.time(), time.monotonic(), next_key, units)


def look_up(source: TableReader, keys: Iterable[Key]) -> tuple[list[Item], float]:
    """Return the items of these keys that there are, as of now, and the units that it took.

    Of at most 100 keys. Raises AwsError, Stopped, and CommandError if the table answers nothing for RETRY_TIMEOUT_S.
    """
    found, units = list[Item](), 0.0
    # Two rows may be of one message, and two messages of one row, which must not be asked for twice.
    left = {key_identity(key): key for key in keys}
    attempts, since = 0, time.monotonic()
    while left:
        wanted = len(left)
        items, took = _look_up_once(source, left)
        units += took
        found += items
        attempts, since = (0, time.monotonic()) if len(left) < wanted else (attempts + 1, since)
        if attempts >= LEAST_ATTEMPTS and time.monotonic() - since >= RETRY_TIMEOUT_S:
            raise CommandError(
                f"DynamoDB has sent back all keys that were looked up in table {source.table.name}, {attempts} times "
                f"in {time.monotonic() - since:.0f} s: it is throttled. Give it more read capacity, or take less "
                "(--max-read-units), and run this again: it goes on from here."
            )
        if left and source.stop.wait(random.uniform(0, LOOK_UP_PAUSE_S)):  # noqa: S311 - jitter is no secret
            raise Stopped
    return found, units


def _look_up_once(source: TableReader, left: dict[object, Key]) -> tuple[list[Item], float]:
    """Ask for the items of these keys, take out what is answered, and return what there is of it."""
    name, key_form = source.table.name, _form_of_key(source.table)
    reserved = source.reserve(len(left))
    wanted: Any = {"Keys": [*left.values()], "ConsistentRead": True, **_projection(source.attributes)}
    request: Any = {"RequestItems": {name: wanted}, "ReturnConsumedCapacity": "TOTAL"}
    form: Form = {
        "Responses": {f"{name}?": [key_form]},
        "UnprocessedKeys": {f"{name}?": {"Keys": [key_form]}},
        "ConsumedCapacity?": [{"CapacityUnits": NUMBER}],
    }
    answer: Any = ask(source.client.batch_get_item, form, source.retry_policy, **request)
    items = answer["Responses"].get(name, [])
    again = {key_identity(key) for key in answer["UnprocessedKeys"].get(name, {}).get("Keys", [])}
    came = [key_identity(key_of(source.table, item)) for item in items]
    # An item that was not asked for would stand for a message that there is not.
    if not {*came, *again} <= left.keys() or again.intersection(came) or len(set(came)) < len(came):
        raise other_form(
            source.client.batch_get_item, request, "it has keys that were not asked for, or has them twice"
        )
    for identity in left.keys() - again:
        del left[identity]
    units = sum(each["CapacityUnits"] for each in answer.get("ConsumedCapacity", []))
    source.limit.charge(len(wanted["Keys"]) - len(left), reserved, units)
    return items, units


def _form_of_key(table: KeyedTable) -> Form:
    return {name: {kind: (str, bytes)} for name, kind in table.key_types.items()}


def _projection(names: Iterable[str]) -> Mapping[str, Any]:
    """Ask for these attributes alone, if there are any; by other names, since theirs may be reserved words."""
    aliases = {f"#{number}": name for number, name in enumerate(names)}
    return {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases} if aliases else {}


def key_of(table: KeyedTable, item: Mapping[str, Any]) -> Key:
    """Return the part of an item that is its key."""
    return {name: item[name] for name in table.key_types}
