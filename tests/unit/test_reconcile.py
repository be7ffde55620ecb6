"""Rows are classified by table and age, and only the due ones are deleted, within the rate limit."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws
from reconciler import reading
from reconciler import rows as reconcile_rows
from reconciler.explained_error import ExplainedError
from reconciler.match_rule import find_match_rule
from reconciler.rate_limit import RateLimit
from reconciler.tables import find_tables
from scavenger_ops.command import Advance
from scavenger_ops.reconcile.options import ReconcileOptions
from scavenger_ops.reconcile.run import SEGMENTS, find_own_progress, run
from support.deployment import WAIT_TIMEOUT_S
from support.dynamodb import client_error
from support.reconcile import APPLY
from support.tables import fill, keys_of, make_table, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


NOW_MS = int(time.time() * 1000)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a folder of the test for the command's files."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "scavenger"


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Mock AWS with the two tables."""
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client, "staging")
        make_table(client, "messages")
        yield client


def send_request() -> Any:
    """Return the method that sends botocore's requests, before it is replaced."""
    return BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other place for it


@pytest.fixture
def interrupt_process(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that interrupts this process from a thread of the command, and returns when it is handled.

    The signal goes to the process, as with Ctrl-C. A signal to the thread would wait until the main thread wakes up.
    """
    is_stopping = threading.Event()
    # On a busy machine, the deletes in progress may need more than the usual time.
    monkeypatch.setattr("scavenger_ops.interruption.GRACE_S", WAIT_TIMEOUT_S)
    # The message that comes as soon as the signal is handled.
    monkeypatch.setattr("scavenger_ops.command.say", lambda *_: is_stopping.set())

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert is_stopping.wait(WAIT_TIMEOUT_S)

    return interrupt


def reconcile(capsys: pytest.CaptureFixture[str], options: ReconcileOptions = APPLY) -> tuple[object, Any]:
    """Run the command, and return its exit code and result."""
    try:
        code: object = run("staging", "messages", options, as_json=True)
    except SystemExit as end:
        # Interrupted.
        code = end.code
    return code, json.loads(capsys.readouterr().out)


def fail(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command, which fails, and return its result. Standard error has the same error."""
    code = run("staging", "messages", APPLY, as_json=True)
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert code == result["error"]["exit_code"] > 0
    assert f"error: {result['error']['message']}\n" in said.err
    return result


def test_only_old_rows_in_both_tables_are_deleted(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is counted."""
    fill(dynamodb, "staging", [row("old"), row("young", NOW_MS - 60_000), row("alone"), row("alone-young", NOW_MS)])
    fill(dynamodb, "messages", [row("old"), row("young", NOW_MS - 60_000), row("elsewhere")])
    code, result = reconcile(capsys)
    assert code == 0
    counts = {"deleted": 1, "changed": 0, "gone": 0, "deletable": 0, "superseded": 0, "too_young": 1, "age_unknown": 0}
    assert result["in_both"] == counts
    assert result["only_in_staging"] == {"under_1h": 1, "1h_to_1d": 1, "1d_to_7d": 0, "over_7d": 0, "age_unknown": 0}
    assert result["write_units"] == 1
    assert not any("'old'" in each for each in keys_of(dynamodb, "staging"))
    assert len(keys_of(dynamodb, "staging")) == 3


@pytest.mark.parametrize(("older_than_s", "unprocessed"), [(3600, 2), (0, 4)])
def test_unprocessed_rows_are_old_enough_that_a_message_should_be_there(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], older_than_s: int, unprocessed: int
) -> None:
    """Young rows are not among them, nor those of unknown age, unless age does not matter."""
    rows = [row("oldest", 1_500_000_000_000), row("old"), row("young", NOW_MS), row("ageless", 1)]
    fill(dynamodb, "staging", [*rows, row("done", 1_400_000_000_000)])
    fill(dynamodb, "messages", [row("done", 1_400_000_000_000)])
    began = time.time()
    _, result = reconcile(capsys, APPLY._replace(older_than_s=older_than_s))
    ended = time.time()
    assert result["unprocessed"] == unprocessed
    assert began - 1 <= result["oldest_unprocessed_s"] + 1_500_000_000 <= ended + 1


def test_the_same_id_with_another_sort_key_is_another_row(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    """It was staged again, and is not processed yet."""
    fill(dynamodb, "staging", [row("again", 1_500_000_000_001)])
    fill(dynamodb, "messages", [row("again", 1_500_000_000_002)])
    _, result = reconcile(capsys)
    assert result["only_in_staging"]["over_7d"] == 1
    assert len(keys_of(dynamodb, "staging")) == 1


def test_rows_of_unknown_age_are_skipped_unless_age_does_not_matter(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    """A skipped row that is in both tables makes the exit code 1."""
    fill(dynamodb, "staging", [row("one")])
    fill(dynamodb, "messages", [row("one")])
    code, result = reconcile(capsys, APPLY._replace(age_attribute="receivedAt"))
    assert (code, result["in_both"]["age_unknown"]) == (1, 1)
    code, result = reconcile(capsys, APPLY._replace(age_attribute="receivedAt", older_than_s=0))
    assert (code, result["in_both"]["deleted"]) == (0, 1)
    assert keys_of(dynamodb, "staging") == set()


def test_the_age_may_be_in_any_attribute(dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]) -> None:
    """Here it is not in the key, and its name is a reserved word."""
    fill(dynamodb, "staging", [row("one", 1) | {"timestamp": {"S": "2020-01-01T00:00:00Z"}}])
    fill(dynamodb, "messages", [row("one", 1)])
    code, result = reconcile(capsys, APPLY._replace(age_attribute="timestamp"))
    assert (code, result["in_both"]["deleted"]) == (0, 1)


def test_an_empty_table_is_done_at_once(dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str]) -> None:
    """Every segment is empty."""
    assert dynamodb
    code, result = reconcile(capsys)
    assert (code, result["rows"], result["is_finished"]) == (0, 0, True)
    assert (result["unprocessed"], result["oldest_unprocessed_s"]) == (0, None)


def test_unprocessed_keys_are_looked_up_again(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A throttled BatchGetItem returns unprocessed keys, which must not be taken for missing items."""
    fill(dynamodb, "staging", (row(f"m-{number}") for number in range(50)))
    fill(dynamodb, "messages", (row(f"m-{number}") for number in range(50)))
    monkeypatch.setattr(reading, "LOOK_UP_BACKOFF_S", 0.001)
    make_api_call = send_request()

    def return_unprocessed(client: Any, operation: str, request: Any) -> Any:
        if operation != "BatchGetItem":
            return make_api_call(client, operation, request)
        keys = request["RequestItems"]["messages"]["Keys"]
        request["RequestItems"]["messages"]["Keys"] = keys[:2]
        answer = make_api_call(client, operation, request)
        return answer | {"UnprocessedKeys": {"messages": {"Keys": keys[2:]}} if keys[2:] else {}}

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", return_unprocessed)
    code, result = reconcile(capsys)
    assert (code, result["in_both"]["deleted"], result["rows"]) == (0, 50, 50)


def test_look_ups_are_consistent(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that was just deleted must not be found in another copy."""
    fill(dynamodb, "staging", [row("one")])
    make_api_call, asked = send_request(), list[bool]()

    def listen(client: Any, operation: str, request: Any) -> Any:
        if operation == "BatchGetItem":
            asked.append(request["RequestItems"]["messages"]["ConsistentRead"])
        return make_api_call(client, operation, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", listen)
    reconcile(capsys)
    assert asked == [True]


def test_a_refused_delete_ends_the_run_with_the_reason(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """The error has AWS's message. The work until then is reported, and the progress is saved."""
    fill(dynamodb, "staging", [row("one")])
    fill(dynamodb, "messages", [row("one")])
    make_api_call = send_request()

    def refuse(client: Any, operation: str, request: Any) -> Any:
        if operation == "DeleteItem":
            response: Any = {
                "Error": {"Code": "AccessDeniedException", "Message": "not yours"},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
            raise ClientError(response, operation)
        return make_api_call(client, operation, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
    result = fail(capsys)
    assert re.search(r"AccessDeniedException: not yours.*Allow .* dynamodb:DeleteItem", result["error"]["message"])
    assert not result["is_finished"]
    assert len(list(home.iterdir())) == 1


@pytest.mark.parametrize("operation", ["DeleteItem", "BatchGetItem", "Scan"])
def test_a_throttled_table_ends_the_run_after_a_while(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """A later run continues."""
    fill(dynamodb, "staging", [row("one")])
    fill(dynamodb, "messages", [row("one")])
    monkeypatch.setattr(reading, "RETRY_TIMEOUT_S", 0.5)
    monkeypatch.setattr(reconcile_rows, "RETRY_TIMEOUT_S", 0.5)
    # Only the backoff between attempts counts, however slow this machine is.
    monkeypatch.setattr("reconciler.aws.ask.time", SimpleNamespace(monotonic=lambda: 0.0, sleep=time.sleep))
    make_api_call = send_request()

    def throttle(client: Any, asked: str, request: Any) -> Any:
        if asked == operation:
            raise client_error("ProvisionedThroughputExceededException")
        return make_api_call(client, asked, request)

    with monkeypatch.context() as patch:
        patch.setattr("botocore.client.BaseClient._make_api_call", throttle)
        message = fail(capsys)["error"]["message"]
    assert re.search(rf"{operation} for table .* failed after .* attempts .*ProvisionedThroughputExc", message)
    code, result = reconcile(capsys)
    assert (code, result["in_both"]["deleted"], result["rows"]) == (0, 1, 1)


def test_a_table_that_processes_no_key_ends_the_run_after_a_while(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says why, and what to do."""
    fill(dynamodb, "staging", [row("one")])
    monkeypatch.setattr(reading, "RETRY_TIMEOUT_S", 0.5)
    monkeypatch.setattr(reading, "LOOK_UP_BACKOFF_S", 0.1)
    make_api_call = send_request()

    def process_none(client: Any, operation: str, request: Any) -> Any:
        if operation == "BatchGetItem":
            keys = {name: {"Keys": wanted["Keys"]} for name, wanted in request["RequestItems"].items()}
            return {"Responses": {}, "UnprocessedKeys": keys, "ConsumedCapacity": []}
        return make_api_call(client, operation, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", process_none)
    result = fail(capsys)
    message = r"throttles table messages: it returned all keys as unprocessed.*--max-read-units"
    assert re.search(message, result["error"]["message"])
    assert result["in_both"]["deleted"] == 0


@pytest.mark.parametrize("operation", ["Scan", "BatchGetItem", "DeleteItem"])
def test_a_single_refusal_is_retried(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """AWS sometimes refuses good requests (boto3 issue 4709)."""
    fill(dynamodb, "staging", [row("one")])
    fill(dynamodb, "messages", [row("one")])
    make_api_call, asked_for = send_request(), count(1)

    def refuse_once(client: Any, asked: str, request: Any) -> Any:
        if asked == operation and next(asked_for) == 1:
            raise client_error("ValidationException")
        return make_api_call(client, asked, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse_once)
    code, result = reconcile(capsys)
    assert (code, result["in_both"]["deleted"]) == (0, 1)


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("Scan", {"Items": [], "Count": 1, "ConsumedCapacity": {"CapacityUnits": 1.0}}),
        ("Scan", {"Items": [{"messageId": {"S": "one"}}], "Count": 1, "ConsumedCapacity": {"CapacityUnits": 1.0}}),
        ("Scan", {"Items": []}),
        ("BatchGetItem", {"Responses": {"messages": [row("another")]}, "UnprocessedKeys": {}}),
        ("BatchGetItem", {"Responses": {"messages": [row("one")] * 2}, "UnprocessedKeys": {}}),
        ("BatchGetItem", {"UnprocessedKeys": {}}),
        ("BatchGetItem", {"Responses": {}}),
        ("DeleteItem", {}),
    ],
)
def test_an_unexpected_response_ends_the_run(
    dynamodb: "DynamoDBClient",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    answer: Any,
) -> None:
    """Nothing is deleted or counted because of a response that is not DynamoDB's."""
    fill(dynamodb, "staging", [row("one")])
    fill(dynamodb, "messages", [row("one")])
    make_api_call = send_request()

    def pretend(client: Any, asked: str, request: Any) -> Any:
        return answer if asked == operation else make_api_call(client, asked, request)

    with monkeypatch.context() as patch:
        patch.setattr("botocore.client.BaseClient._make_api_call", pretend)
        result = fail(capsys)
    assert re.search(f"DynamoDB request {operation} for .* got an unexpected resp", result["error"]["message"])
    assert (result["is_finished"], result["in_both"]["deleted"]) == (False, 0)
    assert len(keys_of(dynamodb, "staging")) == 1


# moto does not scan binary keys in segments; tests/integration/test_reconcile.py does.
@pytest.mark.parametrize("key_type", ["S", "N"])
def test_a_stopped_run_is_continued(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    interrupt_process: Callable[[], None],
    home: Path,
    key_type: str,
) -> None:
    """It was stopped after some pages. Every row is counted once."""
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        for name in ("staging", "messages"):
            make_table(dynamodb, name, key_type)
            fill(dynamodb, name, (row("") | {"messageId": {key_type: str(number)}} for number in range(80)))
        monkeypatch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 3)
        make_api_call, deletes = send_request(), count(1)

        def interrupt(client: Any, operation: str, request: Any) -> Any:
            if operation == "DeleteItem" and next(deletes) == 20:
                interrupt_process()
            return make_api_call(client, operation, request)

        with monkeypatch.context() as patch:
            patch.setattr("botocore.client.BaseClient._make_api_call", interrupt)
            code, first = reconcile(capsys)
        assert (code, first["is_finished"]) == (130, False)
        assert 0 < first["in_both"]["deleted"] < 80
        assert first["in_both"]["deleted"] == 80 - len(keys_of(dynamodb, "staging"))
        code, second = reconcile(capsys)
        assert (code, second["in_both"]["deleted"], second["rows"]) == (0, 80, 80)
        assert keys_of(dynamodb, "staging") == set()
    assert list(home.iterdir()) == []


def test_the_progress_of_a_resumed_run_counts_all_runs(
    dynamodb: "DynamoDBClient",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    interrupt_process: Callable[[], None],
) -> None:
    """DynamoDB counts only the rows that are left, so the total is that of the first run."""
    for name in ("staging", "messages"):
        fill(dynamodb, name, (row(f"m-{number}") for number in range(80)))
    monkeypatch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 3)
    make_api_call, deletes, done, totals = send_request(), count(1), 0, list[int | None]()

    def interrupt(client: Any, operation: str, request: Any) -> Any:
        if operation == "DeleteItem" and next(deletes) == 20:
            interrupt_process()
        return make_api_call(client, operation, request)

    @contextmanager
    def record(_: str, total: int) -> Iterator[Advance]:
        def advance(count: int, total: int | None = None) -> None:
            nonlocal done
            done += count
            totals.append(total)

        totals.append(total)
        yield advance

    with monkeypatch.context() as patch:
        patch.setattr("botocore.client.BaseClient._make_api_call", interrupt)
        assert reconcile(capsys)[0] == 130
    assert 0 < len(keys_of(dynamodb, "staging")) < 80
    monkeypatch.setattr("scavenger_ops.reconcile.run.progress_bar", record)
    assert reconcile(capsys)[0] == 0
    assert (done, set(totals)) == (80, {80})


def test_a_run_continues_only_one_with_the_same_options(
    dynamodb: "DynamoDBClient",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    interrupt_process: Callable[[], None],
) -> None:
    """With --restart it does not continue at all."""
    fill(dynamodb, "staging", (row(f"m-{number}") for number in range(50)))
    fill(dynamodb, "messages", (row(f"m-{number}") for number in range(50)))
    counting = APPLY._replace(is_applied=False)
    with monkeypatch.context() as patch:
        make_api_call, looked_up = send_request(), count(1)

        def interrupt(client: Any, operation: str, request: Any) -> Any:
            answer = make_api_call(client, operation, request)
            if operation == "BatchGetItem" and next(looked_up) == SEGMENTS // 2:
                interrupt_process()
            return answer

        patch.setattr("botocore.client.BaseClient._make_api_call", interrupt)
        patch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 2)
        code, result = reconcile(capsys, counting)
        assert (code, result["is_finished"]) == (130, False)
    code, result = reconcile(capsys, counting._replace(is_restarted=True))
    assert (code, result["in_both"]["deletable"]) == (0, 50)
    code, result = reconcile(capsys)
    assert (code, result["in_both"]["deleted"]) == (0, 50)


def test_without_a_place_for_the_progress_it_works_too(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home of a container may be read-only. The command warns once."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null")
    fill(dynamodb, "staging", [row("one"), row("two")])
    fill(dynamodb, "messages", [row("one"), row("two")])
    code = run("staging", "messages", APPLY, as_json=True)
    said = capsys.readouterr()
    assert (code, json.loads(said.out)["in_both"]["deleted"]) == (0, 2)
    assert said.err.count("The progress cannot be saved (/dev/null") == 1
    assert len(said.err.splitlines()) == 3


def test_each_comparison_has_a_file_of_its_own(dynamodb: "DynamoDBClient", home: Path) -> None:
    """It depends on the tables, also if one is created again, and on the options."""
    other = APPLY._replace(older_than_s=60), APPLY._replace(age_attribute="at"), APPLY._replace(is_applied=False)
    make_table(dynamodb, "elsewhere")
    found = {progress_path("staging", "messages", options) for options in (APPLY, *other)}
    found |= {progress_path("staging", "elsewhere", APPLY), progress_path("elsewhere", "messages", APPLY)}
    assert len(found) == 6
    assert {path.parent for path in found} == {home}
    dynamodb.delete_table(TableName="staging")
    make_table(dynamodb, "staging")
    assert progress_path("staging", "messages", APPLY) not in found


def progress_path(staging: str, messages: str, options: ReconcileOptions) -> Path:
    """Return the path of a comparison's file."""
    tables = find_tables(staging, messages, 1)
    path = find_own_progress(tables, find_match_rule(tables, []), options).path
    assert path
    return path


def test_an_empty_page_is_not_the_end(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB returns such pages, with a key to continue from."""
    fill(dynamodb, "staging", (row(f"m-{number}") for number in range(40)))
    fill(dynamodb, "messages", (row(f"m-{number}") for number in range(40)))
    make_api_call, emptied = send_request(), set[int]()

    def empty_one(client: Any, operation: str, request: Any) -> Any:
        if operation == "Scan" and request["Segment"] not in emptied:
            emptied.add(request["Segment"])
            before = {"messageId": {"S": ""}, "createdAt": {"N": "0"}}
            return {"Items": [], "Count": 0, "ConsumedCapacity": {"CapacityUnits": 0.5}, "LastEvaluatedKey": before}
        request = {name: value for name, value in request.items() if name != "ExclusiveStartKey"}
        return make_api_call(client, operation, request)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", empty_one)
    code, result = reconcile(capsys)
    assert len(emptied) == SEGMENTS
    assert (code, result["in_both"]["deleted"]) == (0, 40)


def test_deletes_of_other_threads_are_counted_after_an_error(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread fails; the others stop a moment later."""
    fill(dynamodb, "staging", (row(f"m-{number}") for number in range(200)))
    fill(dynamodb, "messages", (row(f"m-{number}") for number in range(200)))
    make_api_call, deletes = send_request(), count(1)

    def fail_once(client: Any, operation: str, request: Any) -> Any:
        if operation == "DeleteItem" and next(deletes) == 5:
            raise client_error("AccessDeniedException")
        return make_api_call(client, operation, request)

    with monkeypatch.context() as patch:
        patch.setattr("botocore.client.BaseClient._make_api_call", fail_once)
        patch.setattr(reconcile_rows, "MOST_ITEMS_A_PAGE", 3)
        result = fail(capsys)
    assert result["in_both"]["deleted"] == 200 - len(keys_of(dynamodb, "staging"))


def test_an_arn_is_refused(dynamodb: "DynamoDBClient") -> None:
    """For a table of another account, all requests would go to the table of that name in this one."""
    arn = dynamodb.describe_table(TableName="staging")["Table"]["TableArn"]
    with pytest.raises(ExplainedError, match=r"staging is an ARN\. Use the name of a table"):
        run(arn, "messages", APPLY, as_json=True)


@pytest.mark.usefixtures("dynamodb")
def test_a_table_that_is_not_there_is_named_with_its_region() -> None:
    """The Region may be the wrong one."""
    with pytest.raises(ExplainedError, match=r"There is no table absent in us-east-1\. .*AWS_REGION"):
        find_tables("staging", "absent", 1)


@pytest.mark.usefixtures("dynamodb")
def test_one_table_is_not_compared_with_itself() -> None:
    """Each of its rows would be in both."""
    with pytest.raises(ExplainedError, match="staging is both the staging and the messages table"):
        find_tables("staging", "staging", 1)


@pytest.mark.usefixtures("dynamodb")
@pytest.mark.parametrize(
    ("part", "content", "words"),
    [("AttributeDefinitions", [], "it has no types of the key's attributes"), ("ItemCount", None, "Table.ItemCount")],
)
def test_an_incomplete_description_of_a_table_is_an_error(
    part: str, content: object, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may come from something that is not AWS."""
    make_api_call = send_request()

    def describe(client: Any, operation: str, request: Any) -> Any:
        answer = make_api_call(client, operation, request)
        answer["Table"] = {name: value for name, value in answer["Table"].items() if name != part}
        answer["Table"] |= {} if content is None else {part: content}
        return answer

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", describe)
    with pytest.raises(ExplainedError, match=f"DescribeTable for table staging .*{words}"):
        find_tables("staging", "messages", 1)


@pytest.mark.usefixtures("dynamodb")
def test_the_capacity_of_an_on_demand_table_is_that_of_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the table has a limit, its capacity is the limit."""
    tables = find_tables("staging", "messages", 1)
    assert (tables.staging.read_units, tables.staging.write_units) == (12_000, 4_000)
    make_api_call = send_request()

    def limit(client: Any, operation: str, request: Any) -> Any:
        answer = make_api_call(client, operation, request)
        answer["Table"]["OnDemandThroughput"] = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 100}
        return answer

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", limit)
    tables = find_tables("staging", "messages", 1)
    assert (tables.staging.read_units, tables.staging.write_units) == (12_000, 100)


def test_large_rows_are_looked_up_in_small_portions(
    dynamodb: "DynamoDBClient", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The portions are small as soon as the units of a row are known: here 10 each, of 40 a second."""
    fill(dynamodb, "staging", (row(f"m-{number}") for number in range(100)))
    fill(dynamodb, "messages", (row(f"m-{number}") for number in range(100)))
    make_api_call, sizes = send_request(), list[int]()

    def take_ten(client: Any, asked: str, request: Any) -> Any:
        answer = make_api_call(client, asked, request)
        if asked == "BatchGetItem":
            ((_, wanted),) = request["RequestItems"].items()
            sizes.append(len(wanted["Keys"]))
            answer["ConsumedCapacity"] = [{"TableName": "any", "CapacityUnits": 10.0 * sizes[-1]}]
        return answer

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", take_ten)
    monkeypatch.setattr(RateLimit, "reserve", lambda *_: 1.0)
    monkeypatch.setattr(reconcile_rows, "MOST_LOOK_UPS", 6)
    code, result = reconcile(capsys, APPLY._replace(max_write_units=40, max_read_units=40))
    assert (code, result["in_both"]["deleted"]) == (0, 100)
    # Each thread may have begun with the first guess, even the last one.
    assert len(sizes) > 2 * SEGMENTS
    assert len([size for size in sizes if size > 4]) <= SEGMENTS


def test_different_keys_are_refused(dynamodb: "DynamoDBClient") -> None:
    """No row could be in both tables."""
    make_table(dynamodb, "numbered", "N")
    with pytest.raises(
        ExplainedError, match=r"staging has messageId \(S\) and createdAt \(N\), numbered has messageId"
    ):
        run("staging", "numbered", APPLY, as_json=True)


def test_at_most_a_quarter_of_the_tables_capacity_is_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request uses more than one second's share, which is 4 write units here."""
    taken: list[tuple[float, float]] = []

    class RecordingRateLimit(RateLimit):
        def reserve(self, items: float, stop: threading.Event) -> float:
            taken.append((self.items_in(1), items))
            assert not stop.is_set()
            return items

        def charge(self, items: float, reserved: float, units: float) -> None:
            assert reserved >= items
            assert units >= 0

    monkeypatch.setattr("reconciler.units.RateLimit", RecordingRateLimit)
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        throughput = {"ReadCapacityUnits": 80, "WriteCapacityUnits": 16}
        for name in ("staging", "messages"):
            make_table(dynamodb, name, BillingMode="PROVISIONED", ProvisionedThroughput=throughput)
            fill(dynamodb, name, (row(f"m-{number}") for number in range(100)))
        code, result = reconcile(capsys, APPLY._replace(max_read_units=None, max_write_units=None))
    assert (code, result["in_both"]["deleted"]) == (0, 100)
    # A quarter of 80 read units, of which a scanned row takes a half, and a quarter of 16 write units.
    assert {rate for rate, _ in taken} == {40, 20, 4}
    assert all(items <= rate for rate, items in taken)
    assert sum(items for rate, items in taken if rate == 4) == 100
