"""A row is obsolete by the rule of the function: its key mapping, and the filter of its event source mapping."""

import json
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws
from reconciler import rows as reconcile_rows
from reconciler.explained_error import ExplainedError
from scavenger_ops.reconcile.run import SEGMENTS, run
from support.dynamodb import client_error
from support.linking_functions import PROCESSED, SAME_KEY, deploy, function, with_image
from support.reconcile import APPLY as BY_DEFAULT
from support.tables import TWO_HOURS_AGO_MS, fill, keys_of, make_keyed_table, make_table, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APPLY = BY_DEFAULT._replace(older_than_s=0)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables. The messages table has a stream."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client, "staging")
        stream: Any = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        make_table(client, "messages", StreamSpecification=stream)
        yield client


def left(dynamodb: "DynamoDBClient", messages: Sequence[dict[str, Any]]) -> set[str]:
    """Stage a row for each message, reconcile, and return the ids of the rows that are left."""
    fill(dynamodb, "messages", messages)
    fill(dynamodb, "staging", [{name: message[name] for name in SAME_KEY} for message in messages])
    assert run("staging", "messages", APPLY, as_json=True) == 0
    return {text.split("'")[3] for text in keys_of(dynamodb, "staging")}


def messages(**statuses: str) -> list[dict[str, Any]]:
    """Return messages with these statuses."""
    return [{**row(name), "status": {"S": status}} for name, status in statuses.items()]


def test_the_row_of_a_filtered_message_is_left(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not obsolete."""
    deploy(monkeypatch, orders=function(PROCESSED))
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == {"waiting"}


def test_one_of_several_patterns_is_enough(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """The patterns may be of one function or of two."""
    urgent = with_image(messageId={"S": [{"prefix": "urgent"}]})
    deploy(
        monkeypatch,
        orders=function(PROCESSED),
        others=function(urgent, {"dynamodb": {"Keys": {"createdAt": {"N": ["7"]}}}}),
    )
    seven = {**row("seven", 7), "status": {"S": "NEW"}}
    assert left(dynamodb, [*messages(done="PROCESSED", waiting="NEW", urgent="NEW"), seven]) == {"waiting"}


@pytest.mark.parametrize(
    "functions",
    [
        {},
        {"orders": function()},
        {"orders": function(PROCESSED), "all": function()},
        {"elsewhere": function(PROCESSED, table="elsewhere")},
        {"not_ours": {"environment": {"Variables": {}}, "mapping": {}}},
        {"gone": {"environment": None, "mapping": {}}},
    ],
    ids=["no function", "no pattern", "one without a pattern", "another staging table", "not ours", "gone"],
)
def test_without_a_filter_every_message_counts(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, functions: dict[str, Any]
) -> None:
    """Other consumers of the same stream do not matter."""
    deploy(monkeypatch, **functions)
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == set()


def test_the_filter_of_a_mapping_of_an_old_stream_counts(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the stream was disabled and enabled, reconcile finds the rows of the time between."""
    arn = dynamodb.describe_table(TableName="messages")["Table"]["TableArn"]
    deploy(monkeypatch, orders=function(PROCESSED) | {"stream_arn": f"{arn}/stream/2020-01-01T00:00:00.000"})
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == {"waiting"}


@pytest.mark.parametrize("functions", [{"trial": function(DRY_RUN="true"), "orders": function(PROCESSED)}])
def test_a_dry_run_function_does_not_count_beside_another(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, functions: dict[str, Any]
) -> None:
    """Without another, it counts."""
    deploy(monkeypatch, **functions)
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == {"waiting"}
    deploy(monkeypatch, trial=function(PROCESSED, DRY_RUN="true"))
    assert left(dynamodb, messages(waiting="NEW")) == {"waiting"}


@pytest.mark.parametrize(
    "change", [{"state": "Disabled"}, {"state": "Deleting"}, {"state": "Unheard"}, {"stream_arn": ""}]
)
def test_an_inactive_mapping_does_not_count_beside_an_active_one(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    """It is paused, or of an earlier stream, and takes every insert."""
    arn = dynamodb.describe_table(TableName="messages")["Table"]["TableArn"]
    if "stream_arn" in change:
        change = {"stream_arn": f"{arn}/stream/2020-01-01T00:00:00.000"}
    deploy(monkeypatch, orders=function(PROCESSED), old=function() | change)
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == {"waiting"}


def test_inactive_mappings_with_different_filters_are_refused(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows which one is right. A single one, or several with the same filter, count."""
    paused = {"state": "Disabled"}
    deploy(monkeypatch, one=function(PROCESSED) | paused, two=function() | paused)
    with pytest.raises(ExplainedError, match=r"No event source mapping of one and two is enabled .* filters differ"):
        run("staging", "messages", APPLY, as_json=True)
    deploy(monkeypatch, one=function(PROCESSED) | paused, two=function(PROCESSED) | paused)
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == {"waiting"}


def test_it_says_which_messages_count(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the functions, or says that none is known."""
    deploy(monkeypatch)
    left(dynamodb, [])
    assert "No function deletes from staging what the stream of messages reports" in " ".join(
        capsys.readouterr().err.split()
    )
    deploy(monkeypatch, orders=function(PROCESSED), others=function(with_image(x={"S": ["y"]})))
    left(dynamodb, [])
    assert "Messages count as they do for orders and others" in capsys.readouterr().err


def test_a_function_with_an_invalid_setting_is_not_ignored(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its filter may protect rows."""
    assert dynamodb
    deploy(monkeypatch, orders=function(PROCESSED, MAX_REQUESTS_IN_FLIGHT="80"))
    with pytest.raises(ExplainedError, match=r"unknown what function orders deletes\. MAX_REQUESTS_IN_FLIGHT"):
        run("staging", "messages", APPLY, as_json=True)


@pytest.mark.parametrize(
    "pattern",
    [
        with_image(size={"N": [{"numeric": [">", 5]}]}),
        with_image(l={"L": {"S": [{"exists": False}]}}),
        {"dynamodb": {"SequenceNumber": ["1"]}},
    ],
)
def test_an_unsupported_filter_is_refused_before_anything_is_read(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, pattern: Any
) -> None:
    """Somebody has set it by hand, beside another one. test_message_filter.py has everything that is refused."""
    fill(dynamodb, "messages", [row("one") | {"l": {"L": [{"S": "x"}]}}])
    fill(dynamodb, "staging", [row("one")])
    deploy(monkeypatch, orders=function(PROCESSED, pattern))
    monkeypatch.setattr("scavenger_ops.reconcile.run.compare_segment", None)
    with pytest.raises(ExplainedError, match="Pattern 2 in the event filter of function orders cannot be evaluated"):
        run("staging", "messages", APPLY, as_json=True)
    assert len(keys_of(dynamodb, "staging")) == 1


def test_case_is_ignored_as_aws_ignores_it(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters are compared one by one: a sharp s is not two."""
    deploy(monkeypatch, orders=function(with_image(status={"S": [{"equals-ignore-case": "ß"}]})))
    assert left(dynamodb, messages(two="ss", sharp="ß")) == {"two"}


def test_an_attribute_without_its_type_is_not_a_field(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never has a value, and never exists. Source: tests/data/recordings.json."""
    deploy(monkeypatch, orders=function(with_image(status=["PROCESSED"])))
    assert left(dynamodb, messages(done="PROCESSED")) == {"done"}
    deploy(monkeypatch, orders=function(with_image(status=[{"exists": False}])))
    assert left(dynamodb, messages(done="PROCESSED")) == set()


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ({"eventSource": ["aws:dynamodb"]}, set()),
        ({"eventSource": ["aws:dynamodb"], **PROCESSED}, {"waiting"}),
        ({"eventSource": ["aws:kinesis"]}, {"done", "waiting"}),
        ({"eventName": ["REMOVE"]}, {"done", "waiting"}),
        ({"eventName": ["MODIFY"], **PROCESSED}, {"done", "waiting"}),
        ({"dynamodb": {"OldImage": {"status": {"S": [{"exists": False}]}}}}, set()),
    ],
)
def test_the_rest_of_the_record_is_that_of_an_insert(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, pattern: Any, kept: set[str]
) -> None:
    """A pattern that matches no insert is not the same as one that matches all."""
    deploy(monkeypatch, orders=function(pattern))
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == kept


def test_a_pattern_that_matches_no_insert_changes_nothing(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is beside one that matches some."""
    deploy(monkeypatch, orders=function({"eventName": ["REMOVE"]}, PROCESSED))
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == {"waiting"}


def test_a_keys_only_stream_has_no_image_for_a_filter(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function gets no record, so nothing is deleted."""
    dynamodb.delete_table(TableName="messages")
    stream: Any = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    make_table(dynamodb, "messages", StreamSpecification=stream)
    deploy(monkeypatch, orders=function(PROCESSED))
    assert left(dynamodb, messages(done="PROCESSED")) == {"done"}


def test_a_stream_without_old_images_has_none_for_a_filter(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The function gets no record, so nothing is deleted, and no condition is left out."""
    became = {"dynamodb": {"OldImage": {"status": {"S": ["NEW"]}}, **PROCESSED["dynamodb"]}}
    deploy(monkeypatch, orders=function(became, events=["MODIFY"]))
    assert left(dynamodb, messages(done="PROCESSED")) == {"done"}
    assert "OldImage" not in capsys.readouterr().err


def test_a_function_that_handles_updates_counts_as_one(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message counts as it is now, whether it was inserted or updated so."""
    updates = {"eventName": ["MODIFY"], **PROCESSED}
    deploy(monkeypatch, orders=function(updates, events=["INSERT", "MODIFY"]))
    assert left(dynamodb, messages(done="PROCESSED", waiting="NEW")) == {"waiting"}


def test_binary_values_are_compared_as_the_stream_has_them(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in Base64, also deep in a message."""
    sealed = {"flags": {"M": {"seal": {"B": b"\x00\xff"}}}}
    deploy(monkeypatch, orders=function(with_image(flags={"M": {"seal": {"B": ["AP8="]}}})))
    assert left(dynamodb, [row("sealed") | sealed, row("open") | {"flags": {"M": {"seal": {"B": b"x"}}}}]) == {"open"}


def test_a_message_without_the_filtered_attribute_does_not_pass(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """It only passes if the pattern asks for its absence."""
    deploy(monkeypatch, orders=function(with_image(error={"S": [{"exists": False}]})))
    assert left(dynamodb, [row("fine"), row("bad") | {"error": {"S": "no"}}]) == {"bad"}


def other_key(dynamodb: "DynamoDBClient", **key_types: str) -> None:
    """Create the staging table again, with this key."""
    dynamodb.delete_table(TableName="staging")
    make_keyed_table(dynamodb, "staging", key_types)


def test_the_key_mapping_is_used_for_other_names(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """Its attributes may have any order."""
    other_key(dynamodb, at="N", requestId="S")
    mapping = {"at": "createdAt", "requestId": "messageId"}
    deploy(monkeypatch, orders=function(mapping=mapping, key={"at": "N", "requestId": "S"}))
    fill(dynamodb, "messages", [row("done")])
    staged = [{"at": {"N": str(TWO_HOURS_AGO_MS)}, "requestId": {"S": name}} for name in ("done", "waiting")]
    fill(dynamodb, "staging", staged)
    assert run("staging", "messages", APPLY, as_json=True) == 0
    (kept,) = dynamodb.scan(TableName="staging")["Items"]
    assert kept["requestId"] == {"S": "waiting"}


def test_key_attributes_from_the_image_must_match(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows of one message are looked up once, and only the one with its key is deleted."""
    dynamodb.delete_table(TableName="messages")
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    make_keyed_table(dynamodb, "messages", {"messageId": "S"}, StreamSpecification=stream)
    other_key(dynamodb, messageId="S", part="N")
    mapping = {"messageId": "messageId", "part": "version"}
    deploy(monkeypatch, orders=function(mapping=mapping, key={"messageId": "S", "part": "N"}))
    fill(dynamodb, "messages", [row("one") | {"version": {"N": "2"}}, row("two")])
    keys = [("one", "1"), ("one", "2"), ("two", "1")]
    fill(dynamodb, "staging", [{"messageId": {"S": name}, "part": {"N": part}} for name, part in keys])
    assert run("staging", "messages", APPLY, as_json=True) == 0
    kept = {(each["messageId"]["S"], each["part"]["N"]) for each in dynamodb.scan(TableName="staging")["Items"]}
    assert kept == {("one", "1"), ("two", "1")}


def by_origin(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, *patterns: Any) -> None:
    """Let a function build the staging key from an attribute that is not in a message's key."""
    other_key(dynamodb, requestId="S")
    deploy(monkeypatch, orders=function(*patterns, mapping={"requestId": "origin"}, key={"requestId": "S"}))


def test_a_scan_of_messages_is_continued(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its last key is one of the messages table, which differs from the keys of rows."""
    by_origin(dynamodb, monkeypatch)
    fill(dynamodb, "messages", [row(f"m-{number}") | {"origin": {"S": str(number)}} for number in range(40)])
    fill(dynamodb, "staging", [{"requestId": {"S": str(number)}} for number in range(40)])
    monkeypatch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 3)
    make_api_call: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - no other place for it
    deletes = count(1)

    def refuse(client: Any, operation: str, request: Any) -> Any:
        if operation == "DeleteItem" and next(deletes) > 20:
            raise client_error("AccessDeniedException", 400)
        return make_api_call(client, operation, request)

    with monkeypatch.context() as patch:
        patch.setattr("botocore.client.BaseClient._make_api_call", refuse)
        assert run("staging", "messages", APPLY, as_json=True) == 1
    first = json.loads(capsys.readouterr().out)
    assert "AccessDenied" in first["error"]["message"]
    assert 0 < first["in_both"]["deleted"] < 40
    assert run("staging", "messages", APPLY, as_json=True) == 0
    second = json.loads(capsys.readouterr().out)
    assert (second["in_both"]["deleted"], second["rows"]) == (40, 40)
    assert keys_of(dynamodb, "staging") == set()


def test_if_a_row_does_not_show_its_message_all_messages_are_scanned(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Messages without the attribute, with another type, or that the filter excludes, make no row obsolete."""
    by_origin(dynamodb, monkeypatch, PROCESSED)
    done = {"status": {"S": "PROCESSED"}}
    origins = {"done": "request-1", "again": "request-1", "gone": "request-9", "drafted": "request-2"}
    made = [{**row(name), "origin": {"S": origin}, **done} for name, origin in origins.items()]
    made[-1]["status"] = {"S": "DRAFT"}
    fill(dynamodb, "messages", [*made, {**row("bare"), **done}, {**row("odd"), "origin": {"N": "3"}, **done}])
    fill(dynamodb, "staging", [{"requestId": {"S": f"request-{number}"}} for number in range(1, 4)])
    assert run("staging", "messages", APPLY._replace(is_applied=False), as_json=True) == 0
    counted = json.loads(capsys.readouterr().out)
    assert (counted["rows"], counted["in_both"]["deletable"], counted["messages_without_a_row_of_their_own"]) == (
        1,
        1,
        5,
    )
    assert (counted["unprocessed"], counted["oldest_unprocessed_s"]) == (None, None)
    assert run("staging", "messages", APPLY, as_json=False) == 0
    shown = capsys.readouterr()
    assert "all of messages is scanned" in shown.err
    assert [line.split() for line in shown.out.splitlines()[2:5]] == [
        ["messages", "6"],
        ["without", "a", "row", "5"],
        ["in", "both,", "deleted", "1"],
    ]
    kept = {each["requestId"]["S"] for each in dynamodb.scan(TableName="staging")["Items"]}
    assert kept == {"request-2", "request-3"}


def test_if_messages_are_scanned_the_ages_of_their_rows_are_sampled(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ages of messages do not matter, and reconcile may have no permission to scan the rows."""
    by_origin(dynamodb, monkeypatch)
    fill(dynamodb, "messages", [row(f"m-{number}") | {"origin": {"S": str(number)}} for number in range(4)])
    fill(dynamodb, "staging", [{"requestId": {"S": str(number)}} for number in range(4)])
    with pytest.raises(ExplainedError, match="None of the first 4 rows of staging has a time in createdAt"):
        run("staging", "messages", APPLY._replace(older_than_s=60, is_confirmed=False), as_json=True)


def test_messages_that_are_read_again_are_counted_once(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By then, the rows of some of them were deleted."""
    by_origin(dynamodb, monkeypatch)
    names = [f"m-{number}" for number in range(60)]
    fill(dynamodb, "messages", [{**row(name), "origin": {"S": name}} for name in names])
    fill(dynamodb, "staging", [{"requestId": {"S": name}} for name in names[:40]])
    monkeypatch.setattr(reconcile_rows, "MOST_LOOK_UPS", 2)
    ages = iter([False, True] * SEGMENTS)
    monkeypatch.setattr(reconcile_rows, "is_old", lambda _: next(ages, False))
    assert run("staging", "messages", APPLY, as_json=True) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["in_both"]["deleted"], result["messages_without_a_row_of_their_own"], result["rows"]) == (40, 20, 40)


def test_an_impossible_key_is_not_looked_up(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB would refuse the whole request, and the command would never get past it."""
    by_origin(dynamodb, monkeypatch)
    origins = {"empty": "", "long": "x" * 2049, "just": "x" * 2048}
    fill(dynamodb, "messages", [{**row(name), "origin": {"S": origin}} for name, origin in origins.items()])
    asked: list[Any] = []
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other place for it

    def note(client: Any, operation: str, request: Any) -> Any:
        if operation == "BatchGetItem":
            asked.extend(request["RequestItems"]["staging"]["Keys"])
        return send(client, operation, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", note)
    assert run("staging", "messages", APPLY, as_json=True) == 0
    assert asked == [{"requestId": {"S": "x" * 2048}}]


def test_a_mapping_for_another_key_than_the_table_has_is_refused(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The staging table was created again."""
    other_key(dynamodb, requestId="S")
    deploy(monkeypatch, orders=function(mapping={"other": "origin"}, key={"other": "S"}))
    with pytest.raises(ExplainedError, match="The keys differ"):
        run("staging", "messages", APPLY, as_json=True)


def test_the_age_is_that_of_the_row_and_not_of_its_message(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The row may have been staged again."""
    by_origin(dynamodb, monkeypatch)
    fill(dynamodb, "messages", [{**row(name), "origin": {"S": name}} for name in ("old", "young")])
    young = str(int(time.time() * 1000))
    staged = {"old": str(TWO_HOURS_AGO_MS), "young": young}
    fill(dynamodb, "staging", [{"requestId": {"S": name}, "createdAt": {"N": at}} for name, at in staged.items()])
    assert run("staging", "messages", APPLY._replace(older_than_s=3600), as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["in_both"] == {
        "deleted": 1,
        "changed": 0,
        "gone": 0,
        "deletable": 0,
        "superseded": 0,
        "too_young": 1,
        "age_unknown": 0,
    }
    (kept,) = dynamodb.scan(TableName="staging")["Items"]
    assert kept["requestId"] == {"S": "young"}


def test_tables_of_different_keys_without_a_function_are_refused(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may have been named by mistake."""
    other_key(dynamodb, requestId="S")
    deploy(monkeypatch)
    with pytest.raises(
        ExplainedError, match=r"staging has requestId \(S\), messages has messageId \(S\) and createdAt"
    ):
        run("staging", "messages", APPLY, as_json=True)


def test_an_attribute_of_another_type_than_the_functions_is_refused(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terraform would have refused it; somebody has changed the function by hand."""
    other_key(dynamodb, requestId="S")
    deploy(monkeypatch, orders=function(mapping={"requestId": "createdAt"}, key={"requestId": "S"}))
    with pytest.raises(ExplainedError, match="The keys differ"):
        run("staging", "messages", APPLY, as_json=True)


def test_functions_with_different_key_mappings_are_refused(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row does not show which of them it belongs to."""
    assert dynamodb
    swapped = {"messageId": "createdAt", "createdAt": "messageId"}
    deploy(monkeypatch, one=function(), two=function(mapping=swapped))
    with pytest.raises(ExplainedError, match="Functions one and two build the staging table's key from different"):
        run("staging", "messages", APPLY, as_json=True)


@pytest.mark.parametrize(
    ("unreadable", "what"),
    [
        ({"environment": {"Error": {"Message": "no key"}}}, "The settings of function orders cannot be read"),
        (
            {"mapping": {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/mine"}},
            "The event filter of function orders",
        ),
        (
            {"mapping": {"FilterCriteriaError": {"ErrorCode": "KMSAccessDeniedException"}}},
            "The event filter of function orders",
        ),
    ],
)
def test_encrypted_settings_and_filters_are_not_guessed(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, unreadable: dict[str, Any], what: str
) -> None:
    """A row that the filter protects would be deleted."""
    assert dynamodb
    deploy(monkeypatch, orders=function(PROCESSED) | unreadable)
    with pytest.raises(ExplainedError, match=what):
        run("staging", "messages", APPLY, as_json=True)
