"""If no sampled row has an age, reconcile says so before the work, and does not delete for nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from reconciler.explained_error import ExplainedError
from reconciler.sample import find_time_attributes
from scavenger_ops.reconcile.run import run
from support.reconcile import APPLY as CONFIRMED
from support.tables import fill, keys_of, make_keyed_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPLY = CONFIRMED._replace(is_confirmed=False, is_applied=True)
COUNT = APPLY._replace(is_applied=False)
NOW = 1_795_000_000.0
SECRET = "2026-01-02T03:04:05Z"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a folder of the test for the command's files."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "scavenger"


@pytest.fixture(autouse=True)
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:
    """Mock AWS with two tables whose key has no time, and a function that nobody has to confirm."""
    monkeypatch.setattr("scavenger_ops.reconcile.run.confirm", lambda *_: None)
    with mock_aws():
        client = boto3.client("dynamodb")
        for name in ("staging", "messages"):
            make_keyed_table(client, name, {"messageId": "S"})
        yield client


def rows(number: int, **attributes: str) -> list[dict[str, Any]]:
    """Make rows with these attributes."""
    return [
        {"messageId": {"S": f"m-{each}"}, **{name: {"S": value} for name, value in attributes.items()}}
        for each in range(number)
    ]


def stage(dynamodb: "DynamoDBClient", items: list[dict[str, Any]]) -> None:
    """Put the rows into both tables."""
    for table in ("staging", "messages"):
        fill(dynamodb, table, items)


def test_a_table_without_ages_is_not_scanned_for_nothing(dynamodb: "DynamoDBClient", home: Path) -> None:
    """The error names the attributes that look like times, but none of their values."""
    stage(dynamodb, rows(40, receivedAt=SECRET, note="x", expiresAt="4102444800"))
    with pytest.raises(ExplainedError) as raised:
        run("staging", "messages", APPLY, as_json=True)
    said = str(raised.value)
    assert said.startswith("None of the first 25 rows of staging has a time in createdAt")
    assert "--age-attribute A. These look like times: receivedAt." in said
    assert "--older-than 0" in said
    assert "--yes" in said
    assert SECRET not in said
    assert len(keys_of(dynamodb, "staging")) == 40
    assert [each.name for each in home.iterdir()] == []


def test_counting_goes_on_with_a_warning(dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]) -> None:
    """The counts are of use even so."""
    stage(dynamodb, rows(1, note="x"))
    assert run("staging", "messages", COUNT, as_json=True) == 0
    said = capsys.readouterr()
    assert "The first row of staging has no time in createdAt" in said.err
    assert "No other attribute of these rows looks like a time." in said.err
    assert json.loads(said.out)["in_both"]["age_unknown"] == 1


def test_with_yes_it_goes_on(dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]) -> None:
    """Other rows may have an age. Those without one are left."""
    stage(dynamodb, rows(3))
    assert run("staging", "messages", CONFIRMED, as_json=True) == 1
    said = capsys.readouterr()
    assert "None of the first 3 rows" in said.err
    assert json.loads(said.out)["in_both"]["age_unknown"] == 3


@pytest.mark.parametrize(
    "options",
    [APPLY._replace(age_attribute="receivedAt"), APPLY._replace(older_than_s=0)],
    ids=["the named attribute", "any age"],
)
def test_either_remedy_works(dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], options: Any) -> None:
    """All rows are deleted."""
    stage(dynamodb, rows(3, receivedAt=SECRET))
    assert run("staging", "messages", options, as_json=True) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["in_both"]["deleted"] == 3
    assert "a time in" not in said.err


def test_one_row_with_an_age_is_enough(dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]) -> None:
    """The others are skipped and counted."""
    stage(dynamodb, [*rows(3), {"messageId": {"S": "dated"}, "createdAt": {"S": SECRET}}])
    assert run("staging", "messages", APPLY, as_json=True) == 1
    result = json.loads(capsys.readouterr().out)
    assert (result["in_both"]["deleted"], result["in_both"]["age_unknown"]) == (1, 3)


@pytest.mark.usefixtures("dynamodb")
def test_an_empty_table_needs_no_ages(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to say about its rows."""
    assert run("staging", "messages", APPLY, as_json=True) == 0
    assert "a time in" not in capsys.readouterr().err


def test_attributes_that_look_like_times_are_past_in_every_row() -> None:
    """A time to live is in the future, and a counter is no time. The most frequent attribute comes first."""
    found: list[dict[str, Any]] = [
        {"rare": {"S": SECRET}, "at": {"N": "1767322000"}, "ttl": {"N": str(int(NOW) + 60)}, "n": {"N": "5"}},
        {"at": {"S": "2026-01-01"}, "mixed": {"S": SECRET}},
        {"at": {"N": "1767322000000"}, "mixed": {"S": "x"}, "list": {"L": []}},
    ]
    assert find_time_attributes(found, NOW) == ["at", "rare"]
