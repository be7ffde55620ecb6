"""Verify writes a row and its message, reports when the row is deleted, and removes what it wrote, whatever happens."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws
from reconciler.aws.ask import RetryPolicy
from reconciler.explained_error import ExplainedError
from scavenger_ops.verify import clean_up, verification
from scavenger_ops.verify import run as verify_run
from scavenger_ops.verify.items import MARKER, VerifiedItems, make_items
from scavenger_ops.verify.options import VerifyOptions, choose_timeout_s
from support.dynamodb import client_error
from support.schemas import check_result
from support.terminal_input import TerminalInput
from support.verified_pipeline import MESSAGES, STAGING, VerifiedPipeline

YES = VerifyOptions(is_confirmed=True)
# With it, a row that stays is waited for no longer than the test needs.
SHORT = YES._replace(timeout_s=1)
# In this order, if only an insert counts.
REQUESTS = [
    "DeleteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "GetItem",
    "PutItem",
    "GetItem",
    "DeleteItem",
    "DeleteItem",
]
Make = Callable[..., VerifiedPipeline]
Result = tuple[object, dict[str, Any], str]


@pytest.fixture(autouse=True)
def _moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("sys.stdin", None)
    monkeypatch.setattr(verification, "LOOK_INTERVAL_S", 0.01)
    monkeypatch.setattr(verification, "LATE_S", 0)
    with mock_aws():
        yield


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a function that makes a pipeline, which the command then verifies."""

    def make_pipeline(**settings: Any) -> VerifiedPipeline:
        pipeline = VerifiedPipeline(**settings)
        monkeypatch.setattr(verify_run, "read_verified_deployment", lambda _: pipeline.deployment)
        return pipeline

    return make_pipeline


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Return a function that runs the command, and returns its exit code, its result, and what it says."""

    def run(options: VerifyOptions = YES) -> Result:
        capsys.readouterr()
        try:
            code: object = verify_run.run("orders", options, as_json=True)
        except SystemExit as end:
            code = end.code
        output = capsys.readouterr()
        result = json.loads(output.out)
        check_result("verify", result)
        return code, result, output.err

    return run


def on_request(number: int, act: Callable[[], object]) -> Callable[[str, Mapping[str, Any]], None]:
    """Return what acts at the request of this number, from 1."""
    numbers = iter(range(1, 1000))

    def around(_: str, __: Mapping[str, Any]) -> None:
        if next(numbers) == number:
            act()

    return around


def failing(error: Exception, *, of: str, table: str = "") -> Callable[[str, Mapping[str, Any]], None]:
    """Return what lets all requests of an operation fail, or those for a table."""

    def around(operation: str, params: Mapping[str, Any]) -> None:
        if operation == of and params["TableName"] in (table or params["TableName"]):
            raise error

    return around


def lost() -> Exception:
    """Return the error of a request without a response."""
    return ReadTimeoutError(endpoint_url="https://dynamodb")


def test_a_row_that_is_deleted_proves_that_it_works(make: Make, verify: Callable[..., Result]) -> None:
    """The exit code is 0, and both tables are as before."""
    pipeline = make()
    code, result, said = verify()
    assert (code, result["is_verified"], result["left"], result["error"]) == (0, True, [], None)
    assert 0 <= result["deleted_after_s"] < 60
    assert [operation for operation, _ in pipeline.requests] == REQUESTS
    assert pipeline.is_clean
    (key,) = {json.dumps(params["Item"]["messageId"]) for operation, params in pipeline.requests if "Item" in params}
    assert f"{STAGING}: a row with the key " in said
    assert key in said


def test_a_row_that_stays_is_a_failure_with_what_status_finds(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left of it. Without the permissions of status, the reason is said."""

    def read_facts(_: str) -> None:
        raise ExplainedError("Status cannot be read.")

    monkeypatch.setattr(verify_run, "read_facts", read_facts)
    pipeline = make(deletes=False)
    code, result, _ = verify(SHORT)
    assert (code, result["is_verified"], result["is_timed_out"], result["problems"]) == (1, False, True, None)
    assert result["verdict"] == "the row was not deleted within 1s"
    assert pipeline.is_clean


def test_a_signal_ends_the_search_for_the_cause(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hang. Everything is removed by then, so there is nothing to remove by hand, and the report is shown."""
    is_over = threading.Event()

    def hang(_: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        is_over.wait(60)

    monkeypatch.setattr(verify_run, "read_facts", hang)
    pipeline = make(deletes=False)
    code, result, said = verify(SHORT)
    is_over.set()
    assert (code, result["is_timed_out"], result["problems"], pipeline.is_clean) == (130, True, None, True)
    assert "delete-item" not in said


def test_functions_that_cannot_be_read_may_have_deleted_the_row(make: Make, verify: Callable[..., Result]) -> None:
    """It is said before anything is written, and in the verdict."""
    make(other_readers=["billing"], unread=["billing"])
    code, result, said = verify()
    assert (code, result["unread_functions"]) == (0, ["billing"])
    assert "The settings of billing cannot be read, so billing may delete this row" in said
    assert result["verdict"].endswith(", by it or by billing")


def test_an_update_replaces_the_first_version(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is put only over the version of this run."""
    pipeline = make(deletes=False)

    def make_own_items(*given: Any) -> VerifiedItems:
        items = make_items(*given)
        pipeline.after = lambda *_: setattr(pipeline, "deletes", bool(pipeline.items(MESSAGES)))
        return items._replace(before={**items.message, "status": {"S": "NEW"}})

    monkeypatch.setattr(verify_run, "make_items", make_own_items)
    code, result, said = verify()
    puts = [params for operation, params in pipeline.requests if operation == "PutItem"]
    assert [("status" in put["Item"], put["ConditionExpression"]) for put in puts[1:]] == [
        (True, "attribute_not_exists(#key)"),
        (False, "#marker = :marker"),
    ]
    assert (code, result["is_verified"], pipeline.is_clean) == (0, True, True)
    assert "inserted and then updated" in said


@pytest.mark.parametrize("number", range(1, len(REQUESTS) + 1))
@pytest.mark.parametrize("signals", [["SIGINT"], ["SIGTERM"], ["SIGINT", "SIGINT"]], ids=" ".join)
def test_a_signal_at_any_request_leaves_nothing(
    make: Make, verify: Callable[..., Result], number: int, signals: list[str]
) -> None:
    """It ends the wait, which would last minutes. A second one changes nothing. The first one is the exit code."""
    is_in_clean_up = number >= len(REQUESTS) - 1
    pipeline = make(deletes=is_in_clean_up)
    numbers = [signal.Signals[each] for each in signals]

    def send() -> None:
        for each in numbers:
            os.kill(os.getpid(), each)

    pipeline.before = on_request(number, send)
    code, result, _ = verify()
    assert (code, result["is_verified"], result["is_timed_out"]) == (128 + numbers[0], is_in_clean_up, False)
    assert (pipeline.is_clean, result["left"]) == (True, [])


def test_how_to_leave_without_the_clean_up_is_said(make: Make) -> None:
    """After a second signal, the commands are shown that remove what a third one leaves."""
    pipeline = make(deletes=False)
    items = make_items(pipeline.deployment, "0" * 32)
    begun = verification.make_verification(pipeline.deployment, items, threading.Event())
    begun.written += [begun.row, begun.message]
    assert "delete-item" not in clean_up.words_after_signal(begun, 1)
    _, *commands = clean_up.words_after_signal(begun, 2).splitlines()
    assert all(command.startswith("  aws dynamodb delete-item --table-name ") for command in commands)
    assert [command.split()[4] for command in commands] == [STAGING, MESSAGES]
    assert all(f"attribute_exists({MARKER})" in command for command in commands)


@pytest.mark.parametrize("number", range(1, len(REQUESTS) + 1))
def test_a_lost_answer_at_any_request_leaves_nothing(make: Make, verify: Callable[..., Result], number: int) -> None:
    """The request is repeated: it finds its own item, and no other."""
    pipeline = make()

    def lose() -> None:
        raise lost()

    pipeline.after = on_request(number, lose)
    code, result, _ = verify()
    assert (code, result["is_verified"], pipeline.is_clean) == (0, True, True)


@pytest.mark.parametrize("table", [STAGING, MESSAGES])
def test_a_put_that_is_never_answered_is_removed(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """It was carried out each time."""
    monkeypatch.setattr("scavenger_ops.verify.own_item.RetryPolicy", lambda **options: RetryPolicy(1.0, 0.3, **options))
    pipeline = make()
    pipeline.after = failing(lost(), of="PutItem", table=table)
    code, result, _ = verify()
    assert (code, result["error"]["exit_code"], result["is_written"], pipeline.is_clean) == (3, 3, True, True)
    assert result["left"] == []


@pytest.mark.parametrize("table", [STAGING, MESSAGES])
def test_a_put_that_may_still_come_is_named(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """No attempt was answered, and the item is not there. Nobody knows what the network still delivers."""
    monkeypatch.setattr("scavenger_ops.verify.own_item.RetryPolicy", lambda **options: RetryPolicy(1.0, 0.3, **options))
    pipeline = make(deletes=False)
    pipeline.before = failing(lost(), of="PutItem", table=table)
    code, result, _ = verify()
    assert (code, pipeline.is_clean) == (3, True)
    (left,) = result["left"]
    assert (left["table_name"], "did not confirm the write" in left["why"]) == (table, True)
    assert left["command"].startswith(f"aws dynamodb delete-item --table-name {table} ")


@pytest.mark.parametrize("table", [STAGING, MESSAGES])
def test_a_put_that_is_carried_out_late_is_removed(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """Its packets were lost and are sent again, while the next attempt succeeds."""
    pipeline, late = make(), list[Any]()

    def lose_the_first(operation: str, params: Mapping[str, Any]) -> None:
        if operation == "PutItem" and params["TableName"] == table and not late:
            late.append(dict(params))
            raise lost()

    def deliver(_: float) -> None:
        with suppress(pipeline.dynamodb.exceptions.ConditionalCheckFailedException):
            pipeline.dynamodb.put_item(**late[0])

    pipeline.before = lose_the_first
    monkeypatch.setattr(verification, "LATE_S", 1000)
    monkeypatch.setattr(clean_up, "time", SimpleNamespace(sleep=deliver, monotonic=time.monotonic))
    code, result, said = verify()
    assert (code, result["is_verified"], result["left"], pipeline.is_clean) == (0, True, [], True)
    assert "DynamoDB may still carry it out" in said


@pytest.mark.parametrize("table", [STAGING, MESSAGES])
@pytest.mark.parametrize("operation", ["DeleteItem", "PutItem", "GetItem"])
def test_without_a_permission_nothing_is_left(
    make: Make, verify: Callable[..., Result], operation: str, table: str
) -> None:
    """Unless it is for the put of the message, nothing is written either."""
    pipeline = make()
    pipeline.before = failing(client_error("AccessDeniedException"), of=operation, table=table)
    code, result, _ = verify()
    if (operation, table) == ("GetItem", MESSAGES):
        assert code == 0
        return
    assert code == 1
    assert f"Allow your role or user dynamodb:{operation}" in result["error"]["message"]
    written = {params["TableName"] for name, params in pipeline.requests if name == "PutItem"}
    assert MESSAGES not in written - {table}
    assert (operation == "PutItem") == bool(written)
    assert result["is_written"] == ((operation, table) == ("PutItem", MESSAGES))
    assert (pipeline.is_clean, result["left"]) == (True, [])


def test_what_cannot_be_removed_is_named_with_its_command(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row was deleted, but the exit code is 1: something is left. Each item is tried."""
    monkeypatch.setattr(clean_up, "_POLICY", RetryPolicy(1.0, 0.3))
    pipeline = make()

    def deny_the_clean_up(operation: str, _: Mapping[str, Any]) -> None:
        if operation == "DeleteItem" and len(pipeline.requests) > 3:
            raise client_error("ProvisionedThroughputExceededException")

    pipeline.before = deny_the_clean_up
    code, result, _ = verify()
    assert (code, result["is_verified"]) == (1, True)
    assert [each["table_name"] for each in result["left"]] == [STAGING, MESSAGES]
    (message,) = pipeline.items(MESSAGES)
    left = result["left"][1]
    assert left["key"] == {name: message[name] for name in ("messageId", "createdAt")}
    assert left["command"].startswith(f"aws dynamodb delete-item --table-name {MESSAGES} --key ")
    assert "2 items may be left" in result["verdict"]


def test_what_others_changed_is_left_and_said(make: Make, verify: Callable[..., Result]) -> None:
    """Processing that reacts to the messages writes another message under the key."""
    pipeline = make()

    def process(operation: str, params: Mapping[str, Any]) -> None:
        if operation == "PutItem" and params["TableName"] == MESSAGES:
            item = {name: value for name, value in params["Item"].items() if name != MARKER}
            pipeline.dynamodb.put_item(TableName=MESSAGES, Item={**item, "processed": {"BOOL": True}})

    pipeline.after = process
    code, result, _ = verify()
    assert (code, result["is_verified"]) == (1, True)
    (left,) = result["left"]
    assert "Something else has replaced it" in left["why"]
    assert "get-item" in left["command"]
    assert [item["processed"] for item in pipeline.items(MESSAGES)] == [{"BOOL": True}]


def test_an_item_that_is_there_is_never_overwritten(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message of a file may have the key of one in the table. Then nothing is written."""
    pipeline = make()

    def make_own_items(*given: Any) -> VerifiedItems:
        items = make_items(*given)
        theirs: Any = {name: items.message[name] for name in ("messageId", "createdAt")}
        pipeline.dynamodb.put_item(TableName=MESSAGES, Item=theirs)
        return items

    monkeypatch.setattr(verify_run, "make_items", make_own_items)
    code, result, _ = verify()
    assert (code, result["is_written"]) == (1, False)
    assert "already has an item with the key" in result["error"]["message"]
    assert len(pipeline.items(MESSAGES)) == 1


@pytest.mark.parametrize("copied", [("messageId", "createdAt"), ("messageId", "createdAt", MARKER)])
def test_an_item_that_comes_meanwhile_is_not_overwritten_either(
    make: Make, verify: Callable[..., Result], copied: tuple[str, ...]
) -> None:
    """Processing that reacts to the row may be faster with its message. A copy with the marker is removed, too."""
    pipeline = make(deletes=False)

    def process(operation: str, params: Mapping[str, Any]) -> None:
        if operation == "PutItem" and params["TableName"] == STAGING:
            item: Any = {name: params["Item"][name] for name in copied}
            pipeline.dynamodb.put_item(TableName=MESSAGES, Item={**item, "processed": {"BOOL": True}})

    pipeline.after = process
    code, result, _ = verify(SHORT)
    assert code == 1
    assert "so nothing is proved" in result["error"]["message"]
    puts = [params["TableName"] for operation, params in pipeline.requests if operation == "PutItem"]
    assert puts == [STAGING, MESSAGES]
    left = [] if MARKER in copied else [MESSAGES]
    assert (len(pipeline.items(MESSAGES)), len(pipeline.items(STAGING))) == (len(left), 0)
    assert [each["table_name"] for each in result["left"]] == left


def test_a_copy_is_not_taken_for_an_attempt_without_an_answer(make: Make, verify: Callable[..., Result]) -> None:
    """Processing copied the row with the marker, and then the put of the message got lost."""
    pipeline, lost_ones = make(deletes=False), list[None]()

    def copy_and_lose(operation: str, params: Mapping[str, Any]) -> None:
        if operation == "PutItem" and params["TableName"] == MESSAGES and not lost_ones:
            lost_ones.append(None)
            pipeline.dynamodb.put_item(TableName=MESSAGES, Item={**params["Item"], "processed": {"BOOL": True}})
            raise lost()

    pipeline.before = copy_and_lose
    code, result, _ = verify(SHORT)
    assert (code, result["is_verified"], result["is_timed_out"]) == (1, False, False)
    assert "so nothing is proved" in result["error"]["message"]


def test_a_row_that_is_gone_before_its_message_proves_nothing(make: Make, verify: Callable[..., Result]) -> None:
    """Something else deletes rows."""
    pipeline = make()

    def delete(operation: str, params: Mapping[str, Any]) -> None:
        if operation == "PutItem" and params["TableName"] == STAGING:
            key = {name: params["Item"][name] for name in ("messageId", "createdAt")}
            pipeline.dynamodb.delete_item(TableName=STAGING, Key=key)

    pipeline.after = delete
    code, result, _ = verify()
    assert (code, result["is_verified"]) == (1, False)
    assert "deleted before its message was written" in result["error"]["message"]
    assert len([1 for operation, _ in pipeline.requests if operation == "PutItem"]) == 1


def test_no_value_of_an_item_is_in_an_error(make: Make, verify: Callable[..., Result]) -> None:
    """DynamoDB's message for a wrong item may have one."""
    pipeline = make()
    error = client_error("ValidationException", words="The parameter cannot be converted to a numeric value: hush")
    pipeline.before = failing(error, of="PutItem", table=MESSAGES)
    code, result, said = verify()
    assert code == 1
    assert "ValidationException" in result["error"]["message"]
    assert result["left"] == []
    assert "hush" not in json.dumps(result) + said
    assert pipeline.is_clean


def test_a_script_needs_a_yes(make: Make) -> None:
    """Nobody could answer."""
    pipeline = make()
    with pytest.raises(ExplainedError, match="add --yes"):
        verify_run.run("orders", VerifyOptions(), as_json=True)
    assert pipeline.requests == []


@pytest.mark.parametrize(("answer", "code"), [("n\n", None), ("\n", None), ("", None), ("y\n", 0)])
def test_on_a_terminal_it_is_asked(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, code: int | None
) -> None:
    """Only a yes is one. Before it is asked, all readers are named."""
    pipeline = make(other_readers=["billing", "search"])
    monkeypatch.setattr("sys.stdin", TerminalInput(answer))
    if code is None:
        with pytest.raises((ExplainedError, typer.Abort)):
            verify_run.run("orders", VerifyOptions(), as_json=True)
        assert pipeline.requests == []
    else:
        assert verify_run.run("orders", VerifyOptions(), as_json=True) == code
    said = capsys.readouterr().err
    assert "Functions billing and search also read a stream of these tables" in said
    assert "Write these items?" in said


@pytest.mark.parametrize(("window_s", "timeout_s"), [(0, 300), (60, 300), (180, 300), (300, 420)])
def test_the_default_is_long_enough_for_the_batching_window(window_s: int, timeout_s: int) -> None:
    """Lambda may wait so long before it invokes the function."""
    assert choose_timeout_s(None, window_s) == timeout_s
    assert choose_timeout_s(window_s + 1, window_s) == window_s + 1


def test_a_timeout_that_cannot_succeed_is_refused(make: Make) -> None:
    """The error says which one can."""
    pipeline = make(window_s=300)
    with pytest.raises(ExplainedError, match=r"--timeout 5m is not longer .* 300 s.* use 7m or longer"):
        verify_run.run("orders", YES._replace(timeout_s=300), as_json=True)
    assert pipeline.requests == []


def test_the_command_that_verifies_again_has_the_options(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """But not --yes: what is written is said again."""
    pipeline = make()
    pipeline.before = failing(client_error("AccessDeniedException"), of="PutItem")
    assert verify_run.run("orders", YES._replace(timeout_s=90), as_json=False) == 1
    assert "To verify again: scavenger verify orders --timeout 90s" in capsys.readouterr().out


def test_a_defect_leaves_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it raises."""
    pipeline = make(deletes=False)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(verification, "_wait", fail)
    with pytest.raises(ZeroDivisionError):
        verify_run.run("orders", YES, as_json=True)
    assert pipeline.is_clean


def test_a_message_of_a_file_is_given_to_its_reader(
    make: Make, verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What it makes of the file is written."""
    pipeline = make()
    read: list[object] = []

    def read_items(deployment: Any, path: Path, marker: str) -> VerifiedItems:
        read.append(path)
        items = make_items(deployment, marker)
        return items._replace(message={**items.message, "of": {"S": "a file"}})

    monkeypatch.setattr(verify_run, "read_items", read_items)
    assert verify(YES._replace(message_file=tmp_path))[0] == 0
    puts = [params["Item"] for operation, params in pipeline.requests if operation == "PutItem"]
    assert (read, puts[1]["of"]) == ([tmp_path], {"S": "a file"})
