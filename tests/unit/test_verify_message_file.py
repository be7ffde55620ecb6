"""`scavenger verify --message FILE` writes the message in the file, unless the function certainly ignores it."""

import json
from pathlib import Path
from typing import Any

import pytest
from reconciler.explained_error import RefusedError
from scavenger_ops.verify.deployment import VerifiedDeployment
from scavenger_ops.verify.items import MARKER, VerifiedItems
from scavenger_ops.verify.message_file import read_items
from support.verified_deployment import MARKER_ID, verified

DONE: dict[str, Any] = {"dynamodb": {"NewImage": {"status": {"S": ["DONE"]}}}}
MARKED = {MARKER: {"S": MARKER_ID}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the file."""
    return tmp_path / "message.json"


def read(path: Path, content: object, deployment: VerifiedDeployment | None = None) -> VerifiedItems:
    """Return what is read from a file with this content."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return read_items(deployment or verified(), path, MARKER_ID)


@pytest.mark.parametrize("is_answer", [False, True])
def test_an_item_is_written_as_it_is(path: Path, *, is_answer: bool) -> None:
    """In DynamoDB's JSON, alone or as get-item prints it."""
    item = {"id": {"S": "a"}, "status": {"S": "DONE"}, "seal": {"B": "AP8="}, "l": {"L": [{"BS": ["AA=="]}]}}
    items = read(path, {"Item": item} if is_answer else item, verified(DONE))
    assert items.message == {**item, "seal": {"B": b"\x00\xff"}, "l": {"L": [{"BS": [b"\x00"]}]}, **MARKED}
    assert items.row == {"id": {"S": "a"}, **MARKED}
    assert items.before is None


def test_an_attribute_may_be_named_item(path: Path) -> None:
    """Its value has a type."""
    assert read(path, {"Item": {"S": "a"}}).message["Item"] == {"S": "a"}


def test_what_is_missing_is_made(path: Path) -> None:
    """The key of both tables, and what the row is compared with."""
    deployment = verified(DONE, messages={"mid": "B"}, mapping={"id": "origin"}, match={"version": "version"})
    items = read(path, {"status": {"S": "DONE"}}, deployment)
    assert MARKER_ID in items.row["id"]["S"]
    assert items.row["id"] == items.message["origin"]
    assert items.row["version"] == items.message["version"]
    assert isinstance(items.message["mid"]["B"], bytes)


@pytest.mark.parametrize("has_key", ["OldImage", "NewImage", "both", "none"])
def test_an_update_has_two_images(path: Path, has_key: str) -> None:
    """Both get the key that one of them has."""
    states = {"OldImage": "NEW", "NewImage": "DONE"}
    key = {"id": {"S": "a"}}
    images = {
        name: {"status": {"S": state}, **(key if has_key in (name, "both") else {})} for name, state in states.items()
    }
    items = read(path, images, verified(DONE, events=["MODIFY"]))
    assert items.before
    assert items.before["id"] == items.message["id"] == items.row["id"]
    assert has_key == "none" or items.row["id"] == {"S": "a"}
    assert items.before["status"] == {"S": "NEW"}


def test_numbers_are_compared_as_dynamodb_stores_them(path: Path) -> None:
    """It removes zeros that change nothing."""
    deployment = verified({"dynamodb": {"NewImage": {"count": {"N": ["100"]}}}})
    assert read(path, {"count": {"N": "1.0E2"}}, deployment).message["count"] == {"N": "100"}


def test_a_filter_that_is_not_known_may_let_it_through(path: Path) -> None:
    """Only what certainly does not pass is refused."""
    deployment = verified(DONE, unknown_patterns=["Pattern 2: it has numeric"])
    assert read(path, {"status": {"S": "NEW"}}, deployment).message["status"] == {"S": "NEW"}
    assert read(path, {}, verified({"eventID": ["1"]})).row


def nested(levels: int, kind: str) -> dict[str, Any]:
    """Return a value with so many levels."""
    value: dict[str, Any] = {"S": "x"}
    for _ in range(levels - 1):
        value = {"M": {"a": value}} if kind == "M" else {"L": [value]}
    return value


@pytest.mark.parametrize("kind", ["M", "L"])
def test_an_item_has_32_levels(path: Path, kind: str) -> None:
    """DynamoDB accepts a text in 31 maps or lists. Source: https://github.com/ExtendDB/extenddb/pull/123."""
    deepest = nested(32, kind)
    assert read(path, {"deep": deepest, "status": {"S": "DONE"}}, verified(DONE)).message["deep"] == deepest


UPDATE = {"OldImage": {"status": {"S": "NEW"}}, "NewImage": {"status": {"S": "DONE"}}}
REFUSED = [
    ("no JSON", {}, "is not readable JSON"),
    ([], {}, "has no item: it is not a JSON object"),
    ({"status": "DONE"}, {}, "has no item: 'status' has no value with its type"),
    ({"seal": {"B": "?"}}, {}, "has no item"),
    ({"count": {"N": "many"}}, {}, "'many' is not a number"),
    ({"count": {"N": "1E999999"}}, {}, "is not a number that DynamoDB stores"),
    ({"count": {"N": "NaN"}}, {}, "is not a number that DynamoDB stores"),
    ({"status": {"S": "NEW"}}, {}, "would delete no row because of the message"),
    ({"id": {"N": "1"}, "status": {"S": "DONE"}}, {}, "has id of another type than S"),
    (UPDATE, {}, "has an update, but function pipeline handles only INSERT"),
    (
        {"status": {"S": "DONE"}},
        {"events": ["MODIFY"]},
        "has an inserted message, but function pipeline handles only MODIFY",
    ),
    ({**UPDATE, "OldImage": UPDATE["NewImage"]}, {"events": ["MODIFY"]}, "has the same item twice"),
    (
        {"OldImage": {"id": {"S": "b"}}, "NewImage": {"id": {"S": "a"}, "status": {"S": "DONE"}}},
        {"events": ["MODIFY"]},
        "has two values of id",
    ),
    (
        {"OldImage": {"status": {"S": "DONE"}, "n": {"N": "1"}}, "NewImage": {"status": {"S": "DONE"}}},
        {"events": ["INSERT", "MODIFY"]},
        "already makes the row obsolete",
    ),
    (
        {"status": {"S": "DONE"}},
        {"other_deleters": [verified().deleter._replace(function="second")]},
        "function second deletes the same row",
    ),
    (
        {"OldImage": {"origin": {"S": "theirs"}}, "NewImage": {"origin": {"S": "mine"}, "status": {"S": "DONE"}}},
        {
            "events": ["INSERT", "MODIFY"],
            "mapping": {"id": "origin"},
            "unknown_patterns": ["Pattern 2: it has numeric"],
        },
        'function pipeline would delete the row {"id": {"S": "theirs"}} of table staging',
    ),
    ({"id": {"S": ""}, "status": {"S": "DONE"}}, {}, "id must have 1 to 2048 bytes"),
    ({"id": {"S": "x" * 2049}, "status": {"S": "DONE"}}, {}, "id must have 1 to 2048 bytes"),
    ({"a": nested(33, "M")}, {}, "has more levels than an item"),
    ({"Item": {"a": nested(33, "L")}}, {}, "levels than an item of DynamoDB can have: 32"),
    ('{"a": ' * 100_000 + "1" + "}" * 100_000, {}, "more levels than an item of DynamoDB"),
]


@pytest.mark.parametrize(("content", "options", "reason"), REFUSED, ids=[reason for _, _, reason in REFUSED])
def test_what_proves_nothing_is_refused(path: Path, content: object, options: dict[str, Any], reason: str) -> None:
    """The reason names the file and what is wrong with it."""
    with pytest.raises(RefusedError, match=reason) as caught:
        read(path, content, verified(DONE, **options))
    assert "message.json" in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(path: Path) -> None:
    """The system's reason is in the text."""
    with pytest.raises(RefusedError, match="cannot be read: No such file"):
        read_items(verified(), path, MARKER_ID)
