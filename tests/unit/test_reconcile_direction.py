"""The functions that link the two tables show which is the staging table. Without one, the user is asked."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import typer
from botocore.client import BaseClient
from moto import mock_aws
from reconciler.explained_error import ExplainedError
from scavenger_ops.reconcile.options import ReconcileOptions
from scavenger_ops.reconcile.run import run
from support.dynamodb import client_error
from support.reconcile import APPLY as CONFIRMED
from support.tables import fill, keys_of, make_table, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPLY = CONFIRMED._replace(older_than_s=0, is_confirmed=False)
COUNT_ONLY = APPLY._replace(is_applied=False)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table"


class LinkedLambda:
    """A fake of Lambda whose functions have settings, and read the streams of tables.

    A function without settings cannot be read. A name may have an alias.
    """

    def __init__(self, functions: dict[str, tuple[dict[str, str] | None, list[str]]]) -> None:
        self._functions = functions

    def list_event_source_mappings(self) -> Any:
        """List all mappings."""
        mappings = [
            {
                "UUID": f"{name} {table}",
                "FunctionArn": f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
                "EventSourceArn": f"{ARN}/{table}/stream/2026",
            }
            for name, (_, tables) in self._functions.items()
            for table in tables
        ]
        return {"EventSourceMappings": mappings}

    def list_functions(self) -> Any:
        """List the unpublished versions."""
        found = [(name, variables) for name, (variables, _) in self._functions.items() if ":" not in name]
        ours = "scavenger.lambda_function.lambda_handler"
        return {
            "Functions": [
                {
                    "FunctionName": name,
                    "Handler": ours if name == "ours" else "app.main",
                    "Environment": _environment(each),
                }
                for name, each in found
            ]
        }

    def get_function_configuration(self, *, FunctionName: str) -> Any:  # noqa: N803 - boto3's names
        """Describe the version that a mapping invokes."""
        name = FunctionName.split(":function:")[1]
        variables, _ = self._functions[name]
        if variables == {"state": "denied"}:
            raise client_error("AccessDeniedException", 403)
        return {"FunctionName": name.split(":")[0], "Environment": _environment(variables)}

    def get_event_source_mapping(self, *, UUID: str) -> Any:  # noqa: N803 - boto3's names
        """Describe a mapping without a filter."""
        return {"UUID": UUID}


def _environment(variables: dict[str, str] | None) -> dict[str, Any]:
    return {"Error": {"ErrorCode": "AccessDenied"}} if variables is None else {"Variables": variables}


def deleting(table: str, **settings: str) -> dict[str, str]:
    """Return the settings of a function that deletes from a table."""
    key = json.dumps({"messageId": "S", "createdAt": "N"})
    return {
        "STAGING_MESSAGES_TABLE_NAME": table,
        "STAGING_MESSAGES_TABLE_KEY": key,
        "MAX_REQUESTS_IN_FLIGHT": "8",
        **settings,
    }


OURS = (deleting("staging"), ["messages"])
ANOTHER_TEAMS = ({"TOPIC": "x"}, ["staging"])


@pytest.fixture(autouse=True)
def dynamodb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:
    """Mock AWS with a row that is in both tables, and one that is only in staging."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with mock_aws():
        client = boto3.client("dynamodb")
        for name, names in (("staging", ("one", "two")), ("messages", ("one",))):
            make_table(client, name)
            fill(client, name, map(row, names))
        yield client


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that sets Lambda's functions."""

    def have(**named: Any) -> None:
        monkeypatch.setattr("scavenger_ops.reconcile.run.connect", lambda _: LinkedLambda(named))

    return have


def counts(dynamodb: "DynamoDBClient") -> tuple[int, int]:
    """Return the number of rows in staging and messages."""
    return len(keys_of(dynamodb, "staging")), len(keys_of(dynamodb, "messages"))


LINKED: dict[str, dict[str, Any]] = {
    "by ours": {"ours": OURS},
    "beside another team's consumer of the staging table's stream": {"ours": OURS, "theirs": ANOTHER_TEAMS},
    "beside one with unreadable settings": {"ours": OURS, "theirs": (None, ["staging"])},
    "beside one without access": {"ours": OURS, "theirs": ({"state": "denied"}, ["staging"])},
    "in a chain, whose next step deletes from messages": {"ours": OURS, "next": (deleting("messages"), ["done"])},
    "by an alias whose version has other settings than the newest": {
        "ours:live": OURS,
        "ours": (deleting("elsewhere"), []),
    },
    "by a dry run": {"trial": (deleting("staging", DRY_RUN="true"), ["messages"])},
}


@pytest.mark.parametrize("named", LINKED.values(), ids=LINKED)
def test_if_a_function_links_the_tables_nothing_is_asked(
    dynamodb: "DynamoDBClient", functions: Callable[..., None], named: dict[str, Any]
) -> None:
    """The function itself deletes in this direction."""
    functions(**named)
    assert run("staging", "messages", APPLY, as_json=True) == 0
    assert counts(dynamodb) == (1, 1)


SWAPPED: dict[str, tuple[dict[str, Any], str]] = {
    "by ours": ({"ours": OURS}, "The tables are swapped: function ours reads the stream of messages and deletes from"),
    "beside a consumer of the staging table's stream": (
        {"ours": OURS, "theirs": ANOTHER_TEAMS},
        "The tables are swapped: function ours",
    ),
    "by ours without its mapping": ({"ours": (deleting("staging"), [])}, "Function ours deletes from staging"),
    "by a consumer of the messages table's stream": (
        {"theirs": ({"TOPIC": "x"}, ["messages"])},
        "Function theirs reads a stream of messages",
    ),
    "by a consumer with unreadable settings": (
        {"theirs": (None, ["messages"])},
        "settings of .* cannot be read",
    ),
    "by a consumer without access": ({"theirs": ({"state": "denied"}, ["messages"])}, "AccessDenied"),
    "by ours without its mapping and with unreadable settings": (
        {"ours": (None, [])},
        "The settings of function ours cannot be read",
    ),
    "by an alias": ({"ours:live": OURS, "ours": ({}, [])}, "The tables are swapped: function ours"),
    "in both directions": (
        {"ours": OURS, "back": (deleting("messages"), ["staging"])},
        "The tables are swapped: function ours",
    ),
}


@pytest.mark.parametrize(
    "options", [APPLY, APPLY._replace(is_confirmed=True), COUNT_ONLY], ids=["apply", "--yes", "count only"]
)
@pytest.mark.parametrize(("named", "expected"), SWAPPED.values(), ids=SWAPPED)
def test_swapped_tables_are_refused(
    dynamodb: "DynamoDBClient",
    functions: Callable[..., None],
    named: dict[str, Any],
    expected: str,
    options: ReconcileOptions,
) -> None:
    """No stream and no confirmation changes that: messages would be deleted."""
    functions(**named)
    with pytest.raises(ExplainedError, match=expected):
        run("messages", "staging", options, as_json=True)
    assert counts(dynamodb) == (2, 1)


@pytest.mark.parametrize("streams", [[], ["another"]], ids=["none", "another table's"])
def test_a_function_without_its_mapping_is_not_ignored(
    dynamodb: "DynamoDBClient", functions: Callable[..., None], streams: list[str]
) -> None:
    """Its key mapping and its filter would be ignored too."""
    functions(ours=(deleting("staging", KEY_MAPPING='{"messageId": "other", "createdAt": "at"}'), streams))
    with pytest.raises(ExplainedError, match="Function ours deletes from staging, but has no event source mapping"):
        run("staging", "messages", APPLY._replace(is_confirmed=True), as_json=True)
    assert counts(dynamodb) == (2, 1)


class Terminal(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.mark.parametrize(
    "stdin",
    [io.StringIO("y\n"), None, Terminal("n\n"), Terminal("\n"), Terminal("")],
    ids=["no terminal", "none", "no", "empty line", "end of input"],
)
def test_without_a_linking_function_deleting_needs_a_yes(
    dynamodb: "DynamoDBClient",
    functions: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    stdin: io.StringIO | None,
) -> None:
    """A script's input does not count."""
    functions()
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises((ExplainedError, typer.Abort)):
        run("staging", "messages", APPLY, as_json=True)
    assert counts(dynamodb) == (2, 1)


def test_a_confirmation_allows_deleting(
    dynamodb: "DynamoDBClient",
    functions: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is the answer to a question on a terminal, or --yes."""
    functions()
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert run("staging", "messages", APPLY, as_json=True) == 0
    asked = capsys.readouterr().err
    assert "Rows of staging that are also in messages will be deleted from staging. Is staging the staging" in asked
    assert counts(dynamodb) == (1, 1)
    fill(dynamodb, "staging", [row("one")])
    monkeypatch.setattr("sys.stdin", None)
    assert run("staging", "messages", APPLY._replace(is_confirmed=True), as_json=True) == 0
    assert counts(dynamodb) == (1, 1)


def test_counting_needs_no_confirmation(dynamodb: "DynamoDBClient", functions: Callable[..., None]) -> None:
    """It deletes nothing."""
    functions()
    assert run("staging", "messages", COUNT_ONLY, as_json=True) == 0
    assert counts(dynamodb) == (2, 1)


def test_a_table_that_cannot_be_read_is_not_compared(
    functions: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be archived, or about to be deleted: it would look empty."""
    functions()
    send: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other place for it

    def describe(client: Any, operation: str, request: Any) -> Any:
        answer = send(client, operation, request)
        if operation == "DescribeTable" and request["TableName"] == "messages":
            answer["Table"]["TableStatus"] = "ARCHIVED"
        return answer

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", describe)
    with pytest.raises(ExplainedError, match="Table messages is ARCHIVED, so it cannot be compared"):
        run("staging", "messages", COUNT_ONLY, as_json=True)
