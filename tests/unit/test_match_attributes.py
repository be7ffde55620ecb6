"""With match_attributes, reconcile deletes a row only if it has the version that its message has."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from reconciler import rows as reconcile_rows
from reconciler.explained_error import ExplainedError
from reconciler.match_rule import MatchRule
from reconciler.message_filter import MessageFilter
from reconciler.tables import find_tables
from scavenger_ops.reconcile import run as reconcile_run
from scavenger_ops.reconcile.run import find_own_progress, run
from support.linking_functions import PROCESSED, deploy, function
from support.reconcile import APPLY as CONFIRMED
from support.tables import fill, make_keyed_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPLY = CONFIRMED._replace(older_than_s=0, is_confirmed=False)
LOOK = APPLY._replace(is_applied=False)
KEY = {"messageId": "S"}
VERSION = {"version": "version"}
ONE: Any = {"N": "1"}
TWO: Any = {"N": "2"}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables, of which the messages table has a stream."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_keyed_table(client, "staging", KEY)
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        make_keyed_table(client, "messages", KEY, StreamSpecification=stream)
        yield client


@pytest.fixture(params=["by row", "by message"])
def mapping(request: pytest.FixtureRequest) -> Any:
    """Return a key mapping with which rows are scanned, and one with which messages are scanned."""
    return {"messageId": "messageId" if request.param == "by row" else "origin"}


def item(name: str, **attributes: Any) -> dict[str, Any]:
    """Return a row or a message."""
    return {"messageId": {"S": name}, "origin": {"S": name}, **attributes}


def reconcile(capsys: pytest.CaptureFixture[str], *, options: Any = APPLY, code: int = 0) -> Any:
    """Run the command, and return the counts of rows in both tables that are not zero, and of unprocessed ones."""
    assert run("staging", "messages", options, as_json=True) == code
    result = json.loads(capsys.readouterr().out)
    counts = {name: count for name, count in result["in_both"].items() if count}
    unprocessed = sum(result["only_in_staging"].values())
    return counts | ({"unprocessed": unprocessed} if unprocessed else {})


def staged(dynamodb: "DynamoDBClient") -> set[str]:
    """Return the rows that are left."""
    return {each["messageId"]["S"] for each in dynamodb.scan(TableName="staging")["Items"]}


EQUAL: dict[str, tuple[Any, Any]] = {
    "text": ({"S": "a"}, {"S": "a"}),
    "empty text": ({"S": ""}, {"S": ""}),
    "number": ({"N": "1.50"}, {"N": "1.5"}),
    "large number": ({"N": "1E30"}, {"N": "1000000000000000000000000000000"}),
    "bytes": ({"B": b"\x00\xff"}, {"B": b"\x00\xff"}),
    "truth": ({"BOOL": False}, {"BOOL": False}),
    "null": ({"NULL": True}, {"NULL": True}),
}
DIFFERENT: dict[str, tuple[Any, Any]] = {
    "another text": ({"S": "b"}, {"S": "a"}),
    "another number": ({"N": "1.51"}, {"N": "1.5"}),
    "number by a digit": ({"N": "1" * 38}, {"N": "1" * 37 + "2"}),
    "number and text": ({"N": "1"}, {"S": "1"}),
    "number and truth": ({"N": "1"}, {"BOOL": True}),
    "another truth": ({"BOOL": True}, {"BOOL": False}),
    "bytes and text": ({"B": b"a"}, {"S": "a"}),
    "nothing in the row": (None, {"S": "a"}),
    "nothing in the message": ({"S": "a"}, None),
    "nothing in either": (None, None),
    "null and nothing": ({"NULL": True}, None),
    "equal sets": ({"SS": ["a"]}, {"SS": ["a"]}),
    "equal sets of numbers": ({"NS": ["1"]}, {"NS": ["1"]}),
    "equal sets of bytes": ({"BS": [b"a"]}, {"BS": [b"a"]}),
    "equal lists": ({"L": [{"S": "a"}]}, {"L": [{"S": "a"}]}),
    "equal maps": ({"M": {"a": {"S": "a"}}}, {"M": {"a": {"S": "a"}}}),
}


def versions(value: Any) -> Any:
    """Return the attribute that makes up a version, if it has a value."""
    return {"version": value} if value else {}


def test_only_a_row_of_its_messages_version_is_deleted(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mapping: Any
) -> None:
    """Others are superseded, also without --apply. Numbers are compared by value, and no set, list or map is equal."""
    deploy(monkeypatch, orders=function(mapping=mapping, key=KEY, match=VERSION))
    cases = {**EQUAL, **DIFFERENT}
    fill(dynamodb, "staging", [item(name, **versions(of_row)) for name, (of_row, _) in cases.items()])
    fill(dynamodb, "messages", [item(name, **versions(of_message)) for name, (_, of_message) in cases.items()])
    assert reconcile(capsys, options=LOOK) == {"deletable": len(EQUAL), "superseded": len(DIFFERENT)}
    assert reconcile(capsys) == {"deleted": len(EQUAL), "superseded": len(DIFFERENT)}
    assert staged(dynamodb) == DIFFERENT.keys()


def test_a_superseded_row_is_no_problem(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its age is not known either, which is a problem only for a row that would be deleted."""
    deploy(monkeypatch, orders=function(key=KEY, match=VERSION))
    old: Any = {"createdAt": {"S": "2026-01-02T03:04:05Z"}}
    fill(dynamodb, "staging", [item("one", version=TWO), item("two", version=ONE, **old)])
    fill(dynamodb, "messages", [item("one", version=ONE), item("two", version=ONE)])
    options = APPLY._replace(older_than_s=3600)
    assert reconcile(capsys, options=options) == {"superseded": 1, "deleted": 1}
    fill(dynamodb, "staging", [item("two", version=ONE)])
    options = options._replace(is_confirmed=True)
    assert reconcile(capsys, options=options, code=1) == {"superseded": 1, "age_unknown": 1}


def test_each_attribute_must_be_equal(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They may have other names in the message, and be of its key."""
    deploy(monkeypatch, orders=function(key=KEY, match={"version": "v", "source": "messageId"}))
    names = {"same": ("same", ONE), "other version": ("other version", TWO), "other source": ("same", ONE)}
    rows = [item(name, source={"S": source}, version=version) for name, (source, version) in names.items()]
    fill(dynamodb, "staging", rows)
    fill(dynamodb, "messages", [item(name, v=ONE) for name in names])
    assert reconcile(capsys) == {"deleted": 1, "superseded": 2}
    assert staged(dynamodb) == {"other version", "other source"}


def test_a_row_without_a_message_that_counts_is_unprocessed(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its version does not matter."""
    deploy(monkeypatch, orders=function(PROCESSED, key=KEY, match=VERSION))
    fill(dynamodb, "staging", [item("one", version=ONE), item("two", version=ONE), item("three", version=ONE)])
    statuses = {"one": "NEW", "two": "PROCESSED"}
    fill(dynamodb, "messages", [item(name, version=ONE, status={"S": each}) for name, each in statuses.items()])
    assert reconcile(capsys) == {"deleted": 1, "unprocessed": 2}
    assert staged(dynamodb) == {"one", "three"}


@pytest.mark.parametrize("look_ups", [100, 1], ids=["in one request", "in several requests"])
def test_of_several_messages_of_a_row_one_of_its_version_is_enough(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], look_ups: int
) -> None:
    """They may be far from each other in the messages table."""
    monkeypatch.setattr(reconcile_rows, "MOST_LOOK_UPS", look_ups)
    monkeypatch.setattr(reconcile_run, "SEGMENTS", 1)
    deploy(monkeypatch, orders=function(mapping={"messageId": "origin"}, key=KEY, match=VERSION))
    fill(dynamodb, "staging", [item("one", version=TWO), item("two", version={"N": "9"})])
    made = [(f"m-{number}", origin, {"N": str(number)}) for number in range(4) for origin in ("one", "two")]
    messages = [{"messageId": {"S": f"{name} {at}"}, "origin": {"S": at}, "version": each} for name, at, each in made]
    fill(dynamodb, "messages", messages)
    assert reconcile(capsys)["deleted"] == 1
    assert staged(dynamodb) == {"two"}


def test_an_update_counts_if_the_function_handles_it(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old image is left out, and the row must have the version of the message that is done."""
    became = {"dynamodb": {"OldImage": {"status": {"S": ["NEW"]}}, **PROCESSED["dynamodb"]}}
    deploy(monkeypatch, orders=function(became, key=KEY, match=VERSION, events=["MODIFY"]))
    statuses = {"done": "PROCESSED", "waiting": "NEW", "again": "PROCESSED"}
    fill(dynamodb, "messages", [item(name, version=ONE, status={"S": each}) for name, each in statuses.items()])
    staging = {"done": ONE, "waiting": ONE, "again": TWO}
    fill(dynamodb, "staging", [item(name, version=version) for name, version in staging.items()])
    confirmed = APPLY._replace(is_confirmed=True)
    assert reconcile(capsys, options=confirmed) == {"deleted": 1, "superseded": 1, "unprocessed": 1}
    assert staged(dynamodb) == {"waiting", "again"}


def test_functions_with_different_match_attributes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row does not show which of them it belongs to."""
    deploy(monkeypatch, one=function(key=KEY, match=VERSION), two=function(key=KEY))
    with pytest.raises(ExplainedError, match=r"Functions one and two compare different attributes .*MATCH_ATTRIBUTES"):
        run("staging", "messages", APPLY, as_json=True)


def test_it_says_which_attributes_are_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user who looks for a row learns why it is left."""
    deploy(monkeypatch, orders=function(key=KEY, match=VERSION))
    assert run("staging", "messages", LOOK, as_json=False) == 0
    assert "by KEY_MAPPING, MATCH_ATTRIBUTES (version), and the event filter" in " ".join(
        capsys.readouterr().err.split()
    )


def test_a_run_continues_only_one_with_the_same_rule() -> None:
    """A row that was left by another rule may be obsolete by this one."""
    tables = find_tables("staging", "messages", 1)
    rules = [
        MatchRule(KEY),
        MatchRule(KEY, match_attributes=VERSION),
        MatchRule(KEY, match_attributes={"version": "v"}),
        MatchRule(KEY, MessageFilter([PROCESSED])),
        MatchRule(KEY, MessageFilter([])),
    ]
    assert len({find_own_progress(tables, rule, APPLY).path for rule in rules}) == len(rules)
