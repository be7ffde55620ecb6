"""Before rows are deleted by what no table shows, an old image or an update, a person has to confirm it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import typer
from moto import mock_aws
from reconciler.explained_error import ExplainedError
from scavenger_ops.reconcile.run import run
from support.linking_functions import PROCESSED, deploy, function
from support.reconcile import APPLY as CONFIRMED
from support.tables import fill, keys_of, make_table, row
from support.terminal_input import TerminalInput

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPLY = CONFIRMED._replace(older_than_s=0, is_confirmed=False)
LOOK = APPLY._replace(is_applied=False)
WAS_NEW = {"dynamodb": {"OldImage": {"status": {"S": ["NEW"]}}}}
BECAME_PROCESSED = {"dynamodb": {**WAS_NEW["dynamodb"], **PROCESSED["dynamodb"]}}
# As in examples/status-updates: an insert has no old image.
WAS_NOT_PROCESSED = {"status": {"S": [{"exists": False}, {"anything-but": "PROCESSED"}]}}
PROCESSED_FIRST = {"dynamodb": {"OldImage": WAS_NOT_PROCESSED, **PROCESSED["dynamodb"]}}
UPDATES = ("INSERT", "MODIFY")


@pytest.fixture(autouse=True)
def dynamodb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:
    """Mock AWS with a row whose message is done, and one whose message is not. There is no terminal."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", None)
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client, "staging")
        stream: Any = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        make_table(client, "messages", StreamSpecification=stream)
        fill(client, "staging", map(row, ("done", "waiting")))
        statuses = {"done": "PROCESSED", "waiting": "NEW"}
        fill(client, "messages", [{**row(name), "status": {"S": each}} for name, each in statuses.items()])
        yield client


@pytest.mark.parametrize("pattern", [BECAME_PROCESSED, PROCESSED_FIRST], ids=["updates", "updates and inserts"])
def test_a_script_needs_a_yes(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, pattern: Any) -> None:
    """The error says why, and how it goes without."""
    deploy(monkeypatch, orders=function(pattern, events=UPDATES))
    with pytest.raises(
        ExplainedError, match=r"staged again for a message that is done .* match_attributes .* add --yes"
    ):
        run("staging", "messages", APPLY, as_json=True)
    assert len(keys_of(dynamodb, "staging")) == 2
    assert run("staging", "messages", APPLY._replace(is_confirmed=True), as_json=True) == 0
    assert len(keys_of(dynamodb, "staging")) == 1


@pytest.mark.parametrize(("answer", "left"), [("n\n", 2), ("\n", 2), ("", 2), ("y\n", 1)])
def test_on_a_terminal_it_is_asked(
    dynamodb: "DynamoDBClient",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    left: int,
) -> None:
    """Only a yes is one."""
    deploy(monkeypatch, orders=function(PROCESSED_FIRST, events=UPDATES))
    monkeypatch.setattr("sys.stdin", TerminalInput(answer))
    if left == 1:
        assert run("staging", "messages", APPLY, as_json=True) == 0
    else:
        with pytest.raises((ExplainedError, typer.Abort)):
            run("staging", "messages", APPLY, as_json=True)
    assert "Is no row staged again under the same key?" in capsys.readouterr().err
    assert len(keys_of(dynamodb, "staging")) == left


def test_a_look_needs_no_yes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It says by what the messages count."""
    deploy(monkeypatch, orders=function(BECAME_PROCESSED, events=UPDATES))
    assert run("staging", "messages", LOOK, as_json=True) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["in_both"]["deletable"] == 1
    assert "messages has no old images: a message counts if its present state passes the rest" in said.err


@pytest.mark.parametrize("match", [None, {"event": "event"}], ids=["by key", "with match_attributes"])
def test_a_status_that_only_the_old_image_shows_needs_a_yes(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, match: Any
) -> None:
    """The message may wait, and its row with it, whatever its version is."""
    left_new = {"dynamodb": {**WAS_NEW["dynamodb"], "NewImage": {"event": {"S": [{"prefix": "x"}]}}}}
    deploy(monkeypatch, orders=function(left_new, events=UPDATES, match=match))
    with pytest.raises(
        ExplainedError, match=r"a message counts whatever status is now.* NewImage too.* --yes"
    ) as error:
        run("staging", "messages", APPLY, as_json=True)
    assert ("staged again for a message that is done" in str(error.value)) is (match is None)
    # The first yes is not enough for two questions.
    monkeypatch.setattr("sys.stdin", TerminalInput("n\n" if match else "y\nn\n"))
    with pytest.raises(ExplainedError, match="Nothing was deleted"):
        run("staging", "messages", APPLY, as_json=True)
    assert len(keys_of(dynamodb, "staging")) == 2
    assert run("staging", "messages", APPLY._replace(is_confirmed=True), as_json=True) == 0
    assert keys_of(dynamodb, "staging") == set()


DATED = {"dynamodb": {"NewImage": {"createdAt": {"N": [{"exists": True}]}}}}
# The events that a function handles, its filter, and the number of rows that a reconcile leaves. No insert has an old
# image.
COUNTED_BY_UPDATES = {
    "done": (["MODIFY"], PROCESSED, 1),
    "any": (["MODIFY"], DATED, 0),
    "done, by the old image": (UPDATES, BECAME_PROCESSED, 1),
    "any, by the old image": (
        UPDATES,
        {
            "dynamodb": {
                "OldImage": {"pending": {"S": [{"exists": True}]}},
                "NewImage": {"pending": {"S": [{"exists": False}]}},
            }
        },
        0,
    ),
}


@pytest.mark.parametrize("match", [None, {"event": "event"}], ids=["by key", "with match_attributes"])
@pytest.mark.parametrize("filtered", COUNTED_BY_UPDATES.values(), ids=COUNTED_BY_UPDATES)
def test_what_counts_only_by_an_update_needs_a_yes(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, filtered: tuple[Any, Any, int], match: Any
) -> None:
    """A message that was inserted and waits may pass the filter, and no table shows that it was never updated."""
    events, pattern, left = filtered
    deploy(monkeypatch, orders=function(pattern, events=events, match=match))
    with pytest.raises(ExplainedError, match=r"only when they are updated .* messages that are done.* --yes"):
        run("staging", "messages", APPLY, as_json=True)
    monkeypatch.setattr("sys.stdin", TerminalInput("n\n"))
    with pytest.raises(ExplainedError, match="Nothing was deleted"):
        run("staging", "messages", APPLY, as_json=True)
    assert len(keys_of(dynamodb, "staging")) == 2
    monkeypatch.setattr("sys.stdin", TerminalInput("y\ny\n"))
    assert run("staging", "messages", APPLY, as_json=True) == 0
    assert len(keys_of(dynamodb, "staging")) == left


def test_a_look_at_updates_only_needs_no_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    """It deletes nothing."""
    deploy(monkeypatch, orders=function(PROCESSED, events=["MODIFY"]))
    assert run("staging", "messages", LOOK, as_json=True) == 0


@pytest.mark.parametrize("options", [LOOK, APPLY._replace(is_confirmed=True)], ids=["look", "--yes"])
def test_a_function_of_every_update_is_refused_before_a_row_is_read(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, options: Any
) -> None:
    """With match_attributes too: a message has the version of its row while it waits."""
    deploy(monkeypatch, orders=function(events=["MODIFY"], match={"event": "event"}))
    monkeypatch.setattr("scavenger_ops.reconcile.run.compare_segment", None)
    with pytest.raises(ExplainedError, match="every message would count, also those that wait"):
        run("staging", "messages", options, as_json=True)
    assert len(keys_of(dynamodb, "staging")) == 2


NOTHING_TO_ASK = {
    "the version of the row": function(PROCESSED_FIRST, events=UPDATES, match={"event": "event"}),
    "no old image in the filter": function(PROCESSED, events=UPDATES),
    "a filter for inserts, which have none": function({"eventName": ["INSERT", "MODIFY"], **BECAME_PROCESSED}),
}


@pytest.mark.parametrize("linking", NOTHING_TO_ASK.values(), ids=NOTHING_TO_ASK)
def test_nothing_is_asked_if_the_old_image_does_not_matter(monkeypatch: pytest.MonkeyPatch, linking: Any) -> None:
    """What is deleted is then what the function deletes."""
    deploy(monkeypatch, orders=linking)
    assert run("staging", "messages", APPLY, as_json=True) == 0


@pytest.mark.parametrize("options", [LOOK, APPLY._replace(is_confirmed=True)], ids=["look", "--yes"])
@pytest.mark.parametrize("match", [None, {"event": "event"}], ids=["by key", "with match_attributes"])
def test_a_filter_of_nothing_but_the_old_image_is_refused(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, options: Any, match: Any
) -> None:
    """No confirmation changes that: the rows of messages that wait would be deleted."""
    deploy(monkeypatch, orders=function(WAS_NEW, events=UPDATES, match=match))
    monkeypatch.setattr("scavenger_ops.reconcile.run.compare_segment", None)
    with pytest.raises(ExplainedError, match=r"Pattern 1 in the event filter of function orders .* OldImage alone"):
        run("staging", "messages", options, as_json=True)
    assert len(keys_of(dynamodb, "staging")) == 2
