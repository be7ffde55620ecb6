"""`scavenger reconcile` deletes exactly the old rows that are in both tables, with any keys and attributes."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from reconciler.aws.ask import RetryPolicy
from reconciler.conditional_delete import DeleteStatus, delete_if_unchanged
from reconciler.match_rule import MatchRule
from reconciler.rows import MOST_ITEMS_A_PAGE
from scavenger.delete_request import send_conditional_delete
from scavenger.row import Row as FunctionsRow
from scavenger.settings import KeyedTable
from scavenger_ops.reconcile.run import SEGMENTS
from support.command import run_for_json
from support.engines import Engine, MakeTable
from support.key_cases import BINARIES, KEY_TYPES, LONGEST, NUMBERS, STRINGS, Key, identities, key_of, stored
from support.tables import TWO_HOURS_AGO_MS

# Other attributes of a row. moto keeps the spelling of a number; DynamoDB and dynalite have their own.
ATTRIBUTES: Mapping[str, Mapping[str, Any]] = {
    "S": {"S": "x\x00é😀"},
    "S, empty": {"S": ""},
    "N": {"N": "-1.50"},
    "N, largest": {"N": "9." + "9" * 37 + "E125"},
    "B": {"B": b"\x00\xff"},
    "B, empty": {"B": b""},
    "BOOL": {"BOOL": False},
    "NULL": {"NULL": True},
    "SS": {"SS": ["b", "a"]},
    "NS": {"NS": ["2.0", "1"]},
    "BS": {"BS": [b"b", b"a"]},
    "L, empty": {"L": []},
    "L": {"L": [{"N": "1.0"}, {"L": [{"M": {"x": {"NULL": True}}}]}]},
    "M, empty": {"M": {}},
    "M": {"M": {"a": {"NS": ["1"]}, "b": {"M": {"c": {"S": ""}}}}},
}
# A condition on these needs something that dynalite does not support.
DOCUMENTS = ("L", "M", "M, empty")


class Pair:
    """A staging table, a messages table, and the command that compares them."""

    def __init__(self, engine: Engine, names: tuple[str, str], home: Path) -> None:
        self.dynamodb = engine.client()
        self.staging, self.messages = names
        self._environment = {
            **engine.environment,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
        }

    def reconcile(self, *options: str) -> tuple[int, Any]:
        """Run the command without rate limits, and return its exit code and result."""
        tables = ("--staging", self.staging, "--messages", self.messages)
        fast = ("--max-read-units", "100000", "--max-write-units", "100000")
        return run_for_json(self._environment, "reconcile", *tables, *fast, *options)


MakePair = Callable[..., Pair]


@pytest.fixture
def make_pair(engine: Engine, make_table: MakeTable, tmp_path: Path) -> MakePair:
    """Return a function that creates two tables with these key types, rows and messages."""

    def make(
        key_types: Mapping[str, str], rows: Iterable[Mapping[str, Any]], messages: Iterable[Mapping[str, Any]]
    ) -> Pair:
        return Pair(engine, (make_table(key_types, rows), make_table(key_types, messages)), tmp_path)

    return make


def _aged(keys: Iterable[Key], at_ms: int = TWO_HOURS_AGO_MS, **attributes: Any) -> list[dict[str, Any]]:
    return [{**key, "createdAt": {"N": str(at_ms)}, **attributes} for key in keys]


@pytest.mark.parametrize(
    "key_types",
    [
        pytest.param(
            each,
            marks=[pytest.mark.rests_on("segments of binary keys")] if each["id"] == "B" else [],
            id="-".join(each.values()),
        )
        for each in KEY_TYPES
    ],
)
def test_old_rows_in_both_are_deleted_and_nothing_else(make_pair: MakePair, key_types: Mapping[str, str]) -> None:
    """First they are only counted. Young, ageless and unprocessed rows stay."""
    keys = [key_of(number, key_types) for number in range(100)]
    due, young, ageless, unprocessed, without_row = keys[:60], keys[60:70], keys[70:72], keys[72:90], keys[90:]
    now_ms = int(time.time() * 1000)
    rows = [*_aged(due), *_aged(young, now_ms), *ageless, *_aged(unprocessed)]
    pair = make_pair(key_types, rows, [*due, *young, *ageless, *without_row])
    code, result = pair.reconcile()
    counts = {
        "deleted": 0,
        "changed": 0,
        "gone": 0,
        "deletable": 60,
        "superseded": 0,
        "too_young": 10,
        "age_unknown": 2,
    }
    assert (code, result["is_finished"], result["rows"], result["in_both"]) == (0, True, 90, counts)
    assert result["only_in_staging"]["1h_to_1d"] == 18
    assert stored(pair.dynamodb, pair.staging) == identities(keys[:90])

    code, result = pair.reconcile("--apply", "--yes")
    assert (code, result["in_both"]) == (1, {**counts, "deleted": 60, "deletable": 0})
    assert stored(pair.dynamodb, pair.staging) == identities([*young, *ageless, *unprocessed])
    assert stored(pair.dynamodb, pair.messages) == identities([*due, *young, *ageless, *without_row])


def test_numbers_are_compared_by_their_value(make_pair: MakePair) -> None:
    """Messages and rows spell them differently; every second row has no message."""
    numbers: list[Key] = [{"id": {"N": number}} for number in NUMBERS]
    spelled: list[Key] = [{"id": {"N": others[-1]}} for others in NUMBERS.values()]
    pair = make_pair({"id": "N"}, _aged(numbers), spelled[::2])
    code, result = pair.reconcile("--apply", "--yes")
    assert (code, result["in_both"]["deleted"]) == (0, len(spelled[::2]))
    assert stored(pair.dynamodb, pair.staging) == identities(numbers[1::2])


@pytest.mark.parametrize(
    ("kind", "contents"),
    [
        pytest.param("S", STRINGS, id="S"),
        pytest.param("B", BINARIES, marks=pytest.mark.rests_on("segments of binary keys"), id="B"),
    ],
)
@pytest.mark.parametrize("first", [0, 1])
def test_keys_are_compared_byte_by_byte(make_pair: MakePair, kind: str, contents: Sequence[Any], first: int) -> None:
    """Of keys that look alike, every second one has a message."""
    keys: list[Key] = [{"id": {kind: content}} for content in contents]
    pair = make_pair({"id": kind}, _aged(keys), keys[first::2])
    code, result = pair.reconcile("--apply", "--yes")
    assert (code, result["in_both"]["deleted"]) == (0, len(keys[first::2]))
    assert stored(pair.dynamodb, pair.staging) == identities(keys[1 - first :: 2])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(each, marks=[pytest.mark.rests_on("segments of binary keys")] if each == "B" else [])
        for each in LONGEST
    ],
)
def test_the_longest_keys_are_compared(make_pair: MakePair, name: str) -> None:
    """They have 2,048 and 1,024 bytes, and do not all fit into one request."""
    kind = name[0]
    longest, sort = LONGEST[name]
    letters: Any = [b"%d" % digit if kind == "B" else str(digit) for digit in range(10)]
    keys: list[Key] = [
        {"id": {kind: longest[:-1] + one}, "sort": {kind: sort[:-1] + other}} for one in letters for other in letters
    ]
    pair = make_pair({"id": kind, "sort": kind}, _aged(keys), keys[::2])
    code, result = pair.reconcile("--apply", "--yes")
    assert (code, result["in_both"]["deleted"]) == (0, 50)
    assert stored(pair.dynamodb, pair.staging) == identities(keys[1::2])


def test_several_pages_of_a_megabyte_in_every_segment_are_compared(make_pair: MakePair) -> None:
    """Every row is compared once. Every third one is not processed."""
    keys = [key_of(number, {"id": "S"}) for number in range(1500)]
    unprocessed, processed = keys[::3], [*keys[1::3], *keys[2::3]]
    pair = make_pair({"id": "S"}, _aged(keys, padding={"S": "x" * 10_000}), processed)
    for segment in range(SEGMENTS):
        page = pair.dynamodb.scan(
            TableName=pair.staging, Segment=segment, TotalSegments=SEGMENTS, Limit=MOST_ITEMS_A_PAGE
        )
        assert "LastEvaluatedKey" in page, "the segment has only one page"
    code, result = pair.reconcile("--apply", "--yes")
    assert (code, result["rows"], result["in_both"]["deleted"]) == (0, 1500, 1000)
    assert result["only_in_staging"]["1h_to_1d"] == 500
    assert stored(pair.dynamodb, pair.staging) == identities(unprocessed)


def _per_attribute(*differences: str) -> list[Any]:
    return [
        pytest.param(name, marks=[pytest.mark.rests_on(*differences)] if name in DOCUMENTS and differences else [])
        for name in ATTRIBUTES
    ]


@pytest.mark.parametrize("name", _per_attribute("equal documents"))
def test_an_unchanged_row_is_deleted(engine: Engine, make_table: MakeTable, name: str) -> None:
    """It has an attribute of each type."""
    table = KeyedTable(make_table({"id": "S"}, _aged([{"id": {"S": "a"}}], content=ATTRIBUTES[name])), {"id": "S"})
    dynamodb = engine.client()
    row = dynamodb.get_item(TableName=table.name, Key={"id": {"S": "a"}})["Item"]
    assert delete_if_unchanged(dynamodb, table, row, ["createdAt"], RetryPolicy(5, 5)).status == DeleteStatus.DELETED
    assert dynamodb.scan(TableName=table.name)["Count"] == 0


@pytest.mark.parametrize("name", _per_attribute())
def test_a_changed_row_stays(engine: Engine, make_table: MakeTable, name: str) -> None:
    """Any other value of an attribute counts as a change."""
    table = KeyedTable(make_table({"id": "S"}, _aged([{"id": {"S": "a"}}], content=ATTRIBUTES[name])), {"id": "S"})
    dynamodb = engine.client()
    row = dynamodb.get_item(TableName=table.name, Key={"id": {"S": "a"}})["Item"]
    for other in ATTRIBUTES.keys() - {name}:
        read = {**row, "content": ATTRIBUTES[other]}
        result = delete_if_unchanged(dynamodb, table, read, ["createdAt"], RetryPolicy(5, 5))
        assert result.status != DeleteStatus.DELETED
    assert dynamodb.scan(TableName=table.name)["Items"] == [row]


SPELLINGS = {f"N, {number}": {"N": other} for number, others in NUMBERS.items() for other in others}
VERSIONS = {**ATTRIBUTES, **SPELLINGS, "N, 1": {"N": "1"}, "S, 1": {"S": "1"}, "BOOL, true": {"BOOL": True}}
TRUTHS_AND_THEIR_NUMBERS = ("BOOL", "BOOL, true", "N, 0", "N, 1")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(each, marks=[pytest.mark.rests_on("types in conditions")] * (each in TRUTHS_AND_THEIR_NUMBERS))
        for each in VERSIONS
    ],
)
def test_a_row_has_the_version_that_the_functions_condition_accepts(
    engine: Engine, make_table: MakeTable, name: str
) -> None:
    """Reconcile compares by itself what the function lets DynamoDB compare. It must never accept more."""
    rule = MatchRule({"id": "id"}, match_attributes={"content": "content"})
    key = {"id": {"S": "a"}}
    dynamodb = engine.client()
    table = KeyedTable(make_table({"id": "S"}, []), {"id": "S"})
    for content in VERSIONS.values():
        dynamodb.put_item(TableName=table.name, Item={**key, "content": VERSIONS[name]})
        row = dynamodb.get_item(TableName=table.name, Key=key)["Item"]
        matched = rule.match({**key, "content": content}, ["id"], table.key_types)
        assert matched
        is_accepted = matched.version is not None and rule.version_of_row(row) == matched.version
        # The function sends no condition on a set, a list or a map.
        if matched.version is not None:
            reply = send_conditional_delete(dynamodb, table, [FunctionsRow(key, {"content": content})])
            assert reply.fault is None
            assert is_accepted is (not reply.superseded)


@pytest.mark.rests_on("items of failed conditions")
def test_a_changed_row_and_a_missing_row_are_told_apart(engine: Engine, make_table: MakeTable) -> None:
    """The row that DynamoDB returns tells which one it is."""
    table = KeyedTable(make_table({"id": "S"}, _aged([{"id": {"S": "a"}}])), {"id": "S"})
    for key, status in (("a", DeleteStatus.CHANGED), ("b", DeleteStatus.GONE)):
        (read,) = _aged([{"id": {"S": key}}], 1)
        assert delete_if_unchanged(engine.client(), table, read, ["createdAt"], RetryPolicy(5, 5)).status == status


@pytest.mark.parametrize("others", [0, 99, 100, 120], ids=lambda each: f"{each} attributes")
def test_a_row_with_only_a_key_or_many_attributes_is_deleted(make_pair: MakePair, others: int) -> None:
    """Its age does not matter. A condition has room for a hundred attributes."""
    keys = [key_of(number, {"id": "S"}) for number in range(4)]
    attributes = {f"attribute {number}": {"N": str(number)} for number in range(others)}
    pair = make_pair({"id": "S"}, [{**key, **attributes} for key in keys], keys[::2])
    code, result = pair.reconcile("--apply", "--yes", "--older-than", "0s")
    assert (code, result["in_both"]["deleted"]) == (0, 2)
    assert stored(pair.dynamodb, pair.staging) == identities(keys[1::2])
