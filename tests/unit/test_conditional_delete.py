"""A row is deleted only if it has not changed since it was read; a changed row is left, and counted as changed."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws
from reconciler import rows as reconcile_rows
from reconciler.aws.ask import RetryPolicy
from reconciler.aws.errors import AwsError
from reconciler.conditional_delete import (
    MOST_CONDITIONS,
    ConditionalDeleteResult,
    DeleteStatus,
    delete_if_unchanged,
)
from scavenger.settings import KeyedTable
from scavenger_ops.reconcile import run as reconcile_run
from scavenger_ops.reconcile.run import run
from support.dynamodb import client_error
from support.reconcile import APPLY
from support.tables import TWO_HOURS_AGO_MS, fill, make_table, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = KeyedTable("staging", {"messageId": "S", "createdAt": "N"})
READ = {
    "messageId": {"S": "m-1"},
    "createdAt": {"N": str(TWO_HOURS_AGO_MS)},
    "receivedAt": {"S": "2026-11-25T11:00:00Z"},
    "size": {"N": "7.50"},
    "binary": {"B": b"\x00\xff"},
    "flag": {"BOOL": False},
    "nothing": {"NULL": True},
    "list": {"L": [{"S": "a"}, {"M": {"x": {"N": "1"}}}]},
    "set": {"SS": ["a", "b"]},
    "empty": {"S": ""},
}
KEYS_ONLY = {name: READ[name] for name in TABLE.key_types}
MANY = READ | {f"a{number}": {"N": str(number)} for number in range(2 * MOST_CONDITIONS)}


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client, "staging")
        make_table(client, "messages")
        yield client


def put(dynamodb: "DynamoDBClient", item: Any) -> None:
    """Put a row, as the API does."""
    dynamodb.put_item(TableName="staging", Item=item)


def delete(dynamodb: "DynamoDBClient", read: Any, first: Sequence[str] = ("receivedAt",)) -> ConditionalDeleteResult:
    """Delete the row as it was read."""
    return delete_if_unchanged(dynamodb, TABLE, read, first, RetryPolicy(5, 5))


def exists(dynamodb: "DynamoDBClient") -> bool:
    """Return whether the row exists."""
    return bool(dynamodb.scan(TableName="staging")["Count"])


@pytest.mark.parametrize("read", [READ, KEYS_ONLY, MANY], ids=["some", "keys only", "many"])
def test_an_unchanged_row_is_deleted(dynamodb: "DynamoDBClient", read: Any) -> None:
    """It may have any attributes beside its key."""
    put(dynamodb, read)
    assert delete(dynamodb, read).status == DeleteStatus.DELETED
    assert not exists(dynamodb)


def without(name: str) -> dict[str, Any]:
    """Return the row without an attribute."""
    return {each: value for each, value in READ.items() if each != name}


CHANGES: dict[str, tuple[Any, Any]] = {
    "another time": (READ, READ | {"receivedAt": {"S": "2026-11-25T12:00:00Z"}}),
    "the same time and another content": (READ, READ | {"size": {"N": "8"}}),
    "the same number of another type": (READ, READ | {"size": {"S": "7.50"}}),
    "fewer attributes": (READ, without("list")),
    "deep inside": (READ, READ | {"list": {"L": [{"S": "a"}, {"M": {"x": {"N": "2"}}}]}}),
    "another set": (READ, READ | {"set": {"SS": ["a", "c"]}}),
    "other bytes": (READ, READ | {"binary": {"B": b"\x00\xfe"}}),
    "a new time": (without("receivedAt"), READ),
    "more than a key": (KEYS_ONLY, READ),
    "the last of many": (MANY, MANY | {f"a{2 * MOST_CONDITIONS - 1}": {"N": "7"}}),
    "one attribute more": (MANY, MANY | {"more": {"N": "7"}}),
}


@pytest.mark.parametrize(("read", "now"), CHANGES.values(), ids=CHANGES)
def test_a_changed_row_is_left(dynamodb: "DynamoDBClient", read: Any, now: Any) -> None:
    """It was staged again, and may not be processed."""
    put(dynamodb, now)
    assert delete(dynamodb, read).status == DeleteStatus.CHANGED
    assert exists(dynamodb)


@pytest.mark.parametrize("read", [READ, KEYS_ONLY, MANY], ids=["some", "keys only", "many"])
def test_a_row_that_is_gone_is_not_counted_as_deleted(dynamodb: "DynamoDBClient", read: Any) -> None:
    """The function deleted it first."""
    assert delete(dynamodb, read).status == DeleteStatus.GONE


def test_a_delete_whose_response_is_lost_is_retried(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the delete was carried out, the row is gone. A row staged in its place stays."""
    put(dynamodb, READ)
    send: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other place for it
    fresh = READ | {"receivedAt": {"S": "2026-11-25T12:00:00Z"}}
    asked: list[str] = []

    def lose_first_answer(client: Any, operation: str, request: Any) -> Any:
        answer = send(client, operation, request)
        asked.append(operation)
        if len(asked) == 1:
            send(client, "PutItem", {"TableName": "staging", "Item": fresh})
            raise ReadTimeoutError(endpoint_url="https://example.org")
        return answer

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", lose_first_answer)
    assert delete(dynamodb, READ).status == DeleteStatus.CHANGED
    monkeypatch.undo()
    assert dynamodb.scan(TableName="staging")["Items"] == [fresh]


def test_a_delete_without_a_response_raises(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not count as a delete."""
    put(dynamodb, READ)

    def refuse(*_: Any) -> Any:
        raise client_error("InternalServerError", 500)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
    with pytest.raises(AwsError, match="DeleteItem for table staging"):
        delete_if_unchanged(dynamodb, TABLE, READ, ["receivedAt"], RetryPolicy(60, 600, max_attempts=2))


@pytest.fixture
def act_before(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], None]], None]:
    """Return a function that makes something happen just before the command's first request of a kind."""

    def act(operation: str, happen: Callable[[], None]) -> None:
        send: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        pending = [happen]

        def listen(client: Any, asked: str, request: Any) -> Any:
            if asked == operation and pending:
                pending.pop()()
            return send(client, asked, request)

        monkeypatch.setattr("botocore.client.BaseClient._make_api_call", listen)

    return act


@pytest.mark.parametrize("name", ["version", "x"])
def test_the_condition_covers_the_most_important_of_many_attributes(
    dynamodb: "DynamoDBClient", act_before: Callable[[str, Callable[[], None]], None], name: str
) -> None:
    """The row is staged again after it was read again, and before the delete."""
    read = MANY | {"version": {"N": "1"}, "x": {"S": "y"}}
    put(dynamodb, read)
    act_before("DeleteItem", lambda: put(dynamodb, read | {name: {"N": "2"}}))
    assert delete(dynamodb, read, ["version", "x"]).status == DeleteStatus.CHANGED
    assert exists(dynamodb)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.mark.parametrize("operation", ["BatchGetItem", "DeleteItem"])
@pytest.mark.parametrize("older_than_s", [3600, 0])
def test_rows_staged_again_during_the_run_stay(  # noqa: PLR0913, PLR0917 - what happens when, and fixtures
    dynamodb: "DynamoDBClient",
    capsys: pytest.CaptureFixture[str],
    act_before: Callable[[str, Callable[[], None]], None],
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    older_than_s: int,
) -> None:
    """Their keys, and so their ages, are the same as before."""
    # One thread only, so that all rows are read before they are staged again.
    for name in ("SEGMENTS", "DELETES_IN_FLIGHT"):
        monkeypatch.setattr(reconcile_run, name, 1)
    rows = [row(f"m-{number}") for number in range(40)]
    fill(dynamodb, "staging", rows)
    fill(dynamodb, "messages", rows)
    fresh = [each | {"event": {"S": "staged again"}} for each in rows[::2]]
    act_before(operation, lambda: fill(dynamodb, "staging", fresh))
    assert run("staging", "messages", APPLY._replace(older_than_s=older_than_s), as_json=True) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["in_both"]["deleted"], result["in_both"]["changed"], result["rows"]) == (20, 20, 40)
    left = dynamodb.scan(TableName="staging")["Items"]
    assert len(left) == 20
    assert all(each in left for each in fresh)


def test_an_old_page_is_read_again(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is old after a laptop has slept. Every row is counted once. The first scan is that of the sample."""
    rows = [row(f"m-{number}") for number in range(60)]
    fill(dynamodb, "staging", rows)
    fill(dynamodb, "messages", rows[:30])
    scans: list[Any] = []
    send: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - as above

    def listen(client: Any, asked: str, request: Any) -> Any:
        if asked == "Scan":
            scans.append(request.get("ExclusiveStartKey"))
        return send(client, asked, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", listen)
    for name in ("SEGMENTS", "DELETES_IN_FLIGHT"):
        monkeypatch.setattr(reconcile_run, name, 1)
    monkeypatch.setattr(reconcile_rows, "MOST_LOOK_UPS", 20)
    # At the second portion, the page is old.
    portions = count(1)
    monkeypatch.setattr(reconcile_rows, "is_old", lambda _: next(portions) == 2)
    assert run("staging", "messages", APPLY, as_json=True) == 0
    result = json.loads(capsys.readouterr().out)
    assert scans == [None, None, None]
    assert (result["in_both"]["deleted"], result["rows"], sum(result["only_in_staging"].values())) == (30, 60, 30)
