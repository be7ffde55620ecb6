"""Compares the rows of a segment of the staging table with the messages table, and deletes what is in both."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from scavenger.batch_delete import MAX_DELETES_A_REQUEST, START_RESERVE_S, delete_batch
from scavenger.keys import Key, key_identity
from scavenger.pace import Pace
from scavenger.settings import Table

from scavenger_ops.command import CommandError
from scavenger_ops.reconcile.row_age import AGE_UNKNOWN, age_class, age_s

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from scavenger_ops.reconcile.progress import Progress
    from scavenger_ops.reconcile.rate_limit import RateLimit
    from scavenger_ops.reconcile.rule import Rule
    from scavenger_ops.reconcile.tables import Tables

# Each is scanned by a thread of its own.
SEGMENTS = 8
# Source: API_BatchGetItem.html.
MOST_LOOK_UPS = 100
# Few enough that their keys take little memory, and enough that requests do not count.
MOST_ITEMS_A_PAGE = 1000
# A row must not wait for long between being read and being deleted, lest it be staged anew in between.
MOST_SECONDS_A_PAGE = 10
# What is taken for the units of a row before they are known: it has 4 KB when scanned, and 1 KB else.
UNITS_A_SCANNED_ROW, UNITS_A_LOOK_UP, UNITS_A_DELETE = 0.5, 1.0, 1.0
# A throttled table that takes not one delete in that time will not take one soon.
PATIENCE_S = 60
# Until keys that BatchGetItem gave back are asked for again, with jitter.
LOOK_UP_PAUSE_S = 0.5

# What is counted. Of what is in both tables:
DELETED, DELETABLE, YOUNG, AGELESS = "deleted", "deletable", "too young", AGE_UNKNOWN
ONLY_IN_STAGING = "only in staging, "
# Messages that have none in staging, make none litter, or share one; where messages are read.
WITHOUT_ROW = "without a row of its own"

Item = TypeVar("Item")


class Limits(NamedTuple):
    """What may be taken from each table in a second."""

    staging_reads: "RateLimit"
    messages_reads: "RateLimit"
    staging_writes: "RateLimit"


class Side(NamedTuple):
    """A table to read: which attributes of it, and how fast."""

    table: Table
    attributes: Collection[str]
    limit: "RateLimit"


class Comparison(NamedTuple):
    """All that the threads share. The client for deletes is the function's; None where it is only counted."""

    tables: "Tables"
    rule: "Rule"
    limits: Limits
    progress: "Progress"
    stop: threading.Event
    deleter: "DynamoDBClient | None"
    older_than_s: int
    age_attribute: str

    def staging(self) -> Side:
        """Give the staging table, of which key and age are read."""
        table = self.tables.staging.table
        return Side(table, dict.fromkeys([*table.key_types, self.age_attribute]), self.limits.staging_reads)

    def messages(self) -> Side:
        """Give the messages table, of which the key and what the rule needs is read."""
        table = self.tables.messages.table
        return Side(table, {*table.key_types, *self.rule.needed()}, self.limits.messages_reads)

    def sides(self) -> tuple[Side, Side]:
        """Give the table that is scanned, and the one in which each of its items is looked up."""
        sides = self.staging(), self.messages()
        return sides[::-1] if self.rule.is_by_message else sides


def compare_segment(comparison: Comparison, segment: int) -> None:
    """Compare what is left of a segment, page by page, and note each page that is done.

    Raises CommandError if the staging table takes no delete.
    """
    scanned, looked_up = comparison.sides()
    match = _match_messages if comparison.rule.is_by_message else _match_rows
    for items, last_key in _scan(comparison, scanned, looked_up, segment):
        kept: Counter[str] = Counter()
        for some in _portions(items, looked_up.limit, MOST_LOOK_UPS):
            matched = match(comparison, some, kept)
            if matched is None or not _delete(comparison, _sort(comparison, *matched, kept)):
                return
        comparison.progress.advance(segment, last_key, kept)


def _scan(
    comparison: Comparison, scanned: Side, looked_up: Side, segment: int
) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any] | None]]:
    """Give the pages of a segment, each with the key after which the next begins, until it is to stop."""
    while not comparison.progress.is_done(segment):
        most = _items_a_page(comparison, scanned, looked_up)
        set_aside = scanned.limit.take(most, comparison.stop)
        if set_aside is None:
            return
        last_key = comparison.progress.last_key(segment)
        request: dict[str, Any] = {
            "TableName": scanned.table.name,
            "Segment": segment,
            "TotalSegments": SEGMENTS,
            "Limit": most,
            "ReturnConsumedCapacity": "TOTAL",
            **_projection(scanned.attributes),
            **({"ExclusiveStartKey": last_key} if last_key else {}),
        }
        page = comparison.tables.client.scan(**request)
        units = page["ConsumedCapacity"]["CapacityUnits"]
        scanned.limit.settle(len(page["Items"]), set_aside, units)
        comparison.progress.spend(read_units=units)
        yield page["Items"], page.get("LastEvaluatedKey")


def _items_a_page(comparison: Comparison, scanned: Side, looked_up: Side) -> int:
    """Give how many items to read at once: no more than can be read in a second, and dealt with in some."""
    most = min(scanned.limit.items_in(1), looked_up.limit.items_in(MOST_SECONDS_A_PAGE) / SEGMENTS)
    if comparison.deleter:
        most = min(most, comparison.limits.staging_writes.items_in(MOST_SECONDS_A_PAGE) / SEGMENTS)
    return max(1, int(min(MOST_ITEMS_A_PAGE, most)))


# The rows, and the identities of the keys of those that a message makes litter.
Matched = tuple[Sequence[Mapping[str, Any]], set[object]]


def _match_rows(comparison: Comparison, rows: Sequence[dict[str, Any]], _: Counter[str]) -> Matched | None:
    """Look the rows' messages up; give nothing if it is to stop before that is known."""
    messages, names = comparison.messages(), [*comparison.tables.messages.table.key_types]
    keys = [comparison.rule.message_key(_key_of(comparison, row), names) for row in rows]
    found = _look_up(comparison, messages, keys)
    return None if found is None else (rows, {key_identity(key) for key in _row_keys(comparison, found)})


def _match_messages(comparison: Comparison, messages: Sequence[dict[str, Any]], kept: Counter[str]) -> Matched | None:
    """Look the messages' rows up; give nothing if it is to stop before that is known."""
    keys = _row_keys(comparison, messages)
    rows = _look_up(comparison, comparison.staging(), keys)
    if rows is None:
        return None
    kept[WITHOUT_ROW] += len(messages) - len(rows)
    return rows, {key_identity(key) for key in keys}


def _row_keys(comparison: Comparison, messages: Sequence[Mapping[str, Any]]) -> list[Key]:
    """Give the keys of the rows that the messages make litter."""
    staging, names = comparison.tables.staging.table, [*comparison.tables.messages.table.key_types]
    keys = [comparison.rule.row_key(message, names, staging.key_types) for message in messages]
    return [key for key in keys if key is not None]


def _look_up(comparison: Comparison, side: Side, keys: Sequence[Key]) -> list[dict[str, Any]] | None:
    """Give the items of these keys that there are, as of now; nothing if it is to stop before that is known."""
    name, limit, found = side.table.name, side.limit, list[dict[str, Any]]()
    # Two rows may be of one message, and two messages of one row, which must not be asked for twice.
    left: Sequence[Any] = [*{key_identity(key): key for key in keys}.values()]
    while left:
        set_aside = limit.take(len(left), comparison.stop)
        if set_aside is None:
            return None
        wanted: Any = {"Keys": left, "ConsistentRead": True, **_projection(side.attributes)}
        answer = comparison.tables.client.batch_get_item(RequestItems={name: wanted}, ReturnConsumedCapacity="TOTAL")
        again = answer["UnprocessedKeys"][name]["Keys"] if answer["UnprocessedKeys"] else []
        units = sum(each["CapacityUnits"] for each in answer.get("ConsumedCapacity", []))
        limit.settle(len(left) - len(again), set_aside, units)
        comparison.progress.spend(read_units=units)
        found += answer["Responses"].get(name, [])
        left = again
        if left and comparison.stop.wait(random.uniform(0, LOOK_UP_PAUSE_S)):  # noqa: S311 - jitter is no secret
            return None
    return found


def _sort(
    comparison: Comparison, rows: Sequence[Mapping[str, Any]], found: set[object], kept: Counter[str]
) -> list[Key]:
    """Give the keys to delete, and count the other rows by where they are and how old."""
    doomed: list[Key] = []
    now = time.time()
    for row in rows:
        age, key = age_s(row, comparison.age_attribute, now), _key_of(comparison, row)
        if key_identity(key) not in found:
            kept[ONLY_IN_STAGING + age_class(age)] += 1
        elif comparison.older_than_s and age is None:
            kept[AGELESS] += 1
        elif comparison.older_than_s and age is not None and age < comparison.older_than_s:
            kept[YOUNG] += 1
        elif comparison.deleter is None:
            kept[DELETABLE] += 1
        else:
            doomed.append(key)
    return doomed


def _delete(comparison: Comparison, keys: Sequence[Key]) -> bool:
    """Delete the rows with these keys, at the rate that is allowed; say whether all are gone, or it is to stop."""
    portions = _portions(keys, comparison.limits.staging_writes, MAX_DELETES_A_REQUEST)
    return all(comparison.deleter is None or _delete_some(comparison, comparison.deleter, some) for some in portions)


def _delete_some(comparison: Comparison, deleter: "DynamoDBClient", keys: Sequence[Key]) -> bool:
    """Delete the rows with so few keys that one request takes them, again and again until all are gone."""
    table, limit, stop = comparison.tables.staging.table, comparison.limits.staging_writes, comparison.stop
    while keys:
        set_aside = limit.take(len(keys), stop)
        if set_aside is None:
            return False
        outcome = delete_batch(deleter, table, keys, pace=Pace(1), remaining_s=_remaining(stop))
        left = [keys[place] for place in sorted([*outcome.undone, *outcome.rejected])]
        limit.settle(len(keys) - len(left), set_aside, outcome.write_units)
        comparison.progress.count({DELETED: len(keys) - len(left)})
        comparison.progress.spend(write_units=outcome.write_units)
        if outcome.error:
            raise CommandError(f"Nothing more is deleted from {table.name}: {outcome.error.fault or outcome.error}")
        if len(left) == len(keys) and not stop.is_set():
            raise CommandError(
                f"Table {table.name} takes no delete ({', '.join(outcome.faults) or 'it refuses the keys'}). "
                "Run this again when it does: it goes on from here."
            )
        keys = left
    return True


def _remaining(stop: threading.Event) -> Callable[[], float]:
    """Make the clock of a call of delete_batch: once it is to stop, it starts no request, but awaits an answer."""
    ends_at = time.monotonic() + PATIENCE_S + START_RESERVE_S
    return lambda: START_RESERVE_S if stop.is_set() else ends_at - time.monotonic()


def _key_of(comparison: Comparison, row: Mapping[str, Any]) -> Key:
    return {name: row[name] for name in comparison.tables.staging.table.key_types}


def _projection(names: Iterable[str]) -> dict[str, Any]:
    """Ask for these attributes alone; by other names, since theirs may be reserved words."""
    aliases = {f"#{number}": name for number, name in enumerate(names)}
    return {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases}


def _portions(items: Sequence[Item], limit: "RateLimit", most: int) -> Iterator[Sequence[Item]]:
    """Give the items in portions for a request each, that take no more than is allowed in a second."""
    start = 0
    while start < len(items):
        size = max(1, int(min(most, limit.items_in(1))))
        yield items[start : start + size]
        start += size
