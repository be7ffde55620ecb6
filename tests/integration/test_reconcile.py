"""Rows that the stream never reported are found by comparing the tables, and deleted. No other row is touched."""

import json
import re
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from scavenger_ops.toolchain import BIN
from support.command import FAST, run, run_for_json, start
from support.deployment import wait_until
from support.memory import peak_memory_mb
from support.pipelines import LocalAws, attach_function, make_tables, remove
from support.soak import is_soak
from support.tables import fill, keys_of, make_table, row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Enough for several pages of each table; `make soak` uses more.
ROWS = 20_000 if is_soak() else 5_000
EVENT = {"event": {"S": "x" * 500}}
# One in ten was never processed.
PROCESSED = [f"m-{number}" for number in range(ROWS) if number % 10]
UNPROCESSED = [f"m-{number}" for number in range(0, ROWS, 10)]
# Python with boto3 needs some 60 MB; the keys of 100,000 rows would need as much again.
MOST_MEMORY_MB = 120

# It is called by its path.
PROGRAM = str(BIN / "scavenger")
TABLES = ("--staging", "staging", "--messages", "messages")


@pytest.fixture
def environment(local: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return an environment with a folder for the command's files."""
    return {**local, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}


@pytest.fixture
def dynamodb(local: dict[str, str]) -> Iterator["DynamoDBClient"]:
    """Create the two tables, and yield a client for them."""
    client = boto3.client(
        "dynamodb",
        region_name=local["AWS_REGION"],
        endpoint_url=local["AWS_ENDPOINT_URL"],
        verify=local["AWS_CA_BUNDLE"],
        aws_access_key_id=local["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=local["AWS_SECRET_ACCESS_KEY"],
    )
    for name in ("staging", "messages"):
        make_table(client, name)
    yield client
    for name in ("staging", "messages"):
        client.delete_table(TableName=name)


def test_an_interrupted_run_over_thousands_of_rows_is_continued(
    dynamodb: "DynamoDBClient", environment: dict[str, str], tmp_path: Path
) -> None:
    """The first run reports what it did, the second continues. Unprocessed rows stay."""
    fill(dynamodb, "staging", (row(name) | EVENT for name in PROCESSED + UNPROCESSED))
    fill(dynamodb, "messages", (row(name) | EVENT for name in PROCESSED))
    process = start(environment, "reconcile", *TABLES, *FAST, "--apply", "--yes")
    assert wait_until(lambda: dynamodb.describe_table(TableName="staging")["Table"]["ItemCount"] < 0.7 * ROWS)
    assert (peak_memory_mb(process.pid) or 0) < MOST_MEMORY_MB
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    left = dynamodb.describe_table(TableName="staging")["Table"]["ItemCount"]
    assert len(UNPROCESSED) < left < 0.7 * ROWS
    assert output.startswith(f"✗ staging · us-east-1 · not finished: {ROWS - left:,} rows deleted so far")
    again = shlex.join([PROGRAM, "reconcile", *TABLES, *FAST, "--apply", "--yes"])
    assert output.splitlines()[-1].endswith(f"To continue: {again}")
    assert_within_total(errors)

    code, output, errors = run(environment, "reconcile", *TABLES, *FAST, "--apply", "--yes", "--json")
    result = json.loads(output)
    assert code == 0
    assert errors.splitlines()[-1] == f"rows: {ROWS:,} of {ROWS:,}"
    assert_within_total(errors)
    assert result["is_finished"]
    assert result["rows"] == ROWS
    deleted = {
        "deleted": len(PROCESSED),
        "changed": 0,
        "gone": 0,
        "deletable": 0,
        "superseded": 0,
        "too_young": 0,
        "age_unknown": 0,
    }
    assert result["in_both"] == deleted
    assert result["only_in_staging"]["1h_to_1d"] == len(UNPROCESSED)
    assert len(keys_of(dynamodb, "staging")) == len(UNPROCESSED)
    assert len(keys_of(dynamodb, "messages")) == len(PROCESSED)
    assert list((tmp_path / "scavenger").iterdir()) == []


def assert_within_total(errors: str) -> None:
    """Check that no line of the progress has more rows done than there are."""
    lines = re.findall(r"^rows: ([\d,]+) of ([\d,]+)$", errors, re.MULTILINE)
    assert lines
    assert all(int(done.replace(",", "")) <= int(total.replace(",", "")) for done, total in lines)


def test_without_apply_it_only_counts(dynamodb: "DynamoDBClient", environment: dict[str, str]) -> None:
    """It shows what --apply would delete."""
    fill(dynamodb, "staging", map(row, ("both", "alone")))
    fill(dynamodb, "messages", [row("both")])
    code, output, _ = run(environment, "reconcile", *TABLES)
    assert code == 0
    assert [line.split() for line in output.splitlines()[2:5]] == [
        ["rows", "in", "staging", "2"],
        ["in", "both,", "deletable", "1"],
        ["unprocessed,", "1h", "to", "1d", "1"],
    ]
    command = shlex.join([PROGRAM, "reconcile", *TABLES, "--apply"])
    assert output.splitlines()[-1] == f"Nothing was deleted. To delete 1 row: {command}"
    assert len(keys_of(dynamodb, "staging")) == 2


def test_binary_keys_are_compared(dynamodb: "DynamoDBClient", environment: dict[str, str]) -> None:
    """boto3 encodes and decodes them."""
    for name in ("binary-staging", "binary-messages"):
        make_table(dynamodb, name, "B")
        fill(dynamodb, name, (row("") | {"messageId": {"B": bytes([0xFF, number])}} for number in range(50)))
    fill(dynamodb, "binary-staging", [row("") | {"messageId": {"B": b"alone"}}])
    tables = ("--staging", "binary-staging", "--messages", "binary-messages")
    code, result = run_for_json(environment, "reconcile", *tables, "--apply", "--yes")
    assert (code, result["in_both"]["deleted"], result["rows"]) == (0, 50, 51)
    assert keys_of(dynamodb, "binary-staging") == {str({"B": b"alone"})}


# Only updates that end with the status PROCESSED, of messages that did not have it.
TRANSITIONS = {
    "eventName": ["MODIFY"],
    "dynamodb": {
        "OldImage": {"status": {"S": [{"anything-but": "PROCESSED"}]}},
        "NewImage": {"status": {"S": ["PROCESSED"]}},
    },
}


def write(client: Callable[[str], Any], table: str, status: str | None = None, **versions: str) -> None:
    """Write rows with these versions, or messages with a status."""
    kept: Any = {"status": {"S": status}} if status else {}
    items = [{"messageId": {"S": name}, "version": {"N": version}, **kept} for name, version in versions.items()]
    fill(client("dynamodb"), table, items)


def test_it_keeps_the_rows_that_the_function_keeps(
    environment: dict[str, str], client: Callable[[str], Any], local: dict[str, str]
) -> None:
    """The function compares versions, and deletes when a message's status changes. Reconcile goes by its settings."""
    aws = LocalAws(local, client)
    filters: Any = {"Filters": [{"Pattern": json.dumps(TRANSITIONS)}]}
    variables = {"MATCH_ATTRIBUTES": {"version": "version"}, "EVENT_NAMES": ["MODIFY"]}
    pipeline = attach_function(aws, make_tables(aws, has_stream=True), variables=variables, FilterCriteria=filters)
    staging, messages, functions = pipeline.staging, pipeline.messages, client("lambda")
    write(client, messages, "RECEIVED", done="1", waiting="1", again="1")
    write(client, staging, done="1", waiting="1", again="2")
    write(client, messages, "PROCESSED", again="1", done="1")
    assert wait_until(lambda: aws.rows(staging).keys() == {"waiting", "again"})
    functions.update_event_source_mapping(UUID=pipeline.mapping, Enabled=False)

    write(client, staging, done="1.0")
    names = ("reconcile", "--staging", staging, "--messages", messages, "--older-than", "0", *FAST)
    for options, name in (((), "deletable"), (("--apply", "--yes"), "deleted")):
        code, result = run_for_json(environment, *names, *options)
        counts = {name: count for name, count in result["in_both"].items() if count}
        assert (code, counts) == (0, {name: 1, "superseded": 1})
        assert sum(result["only_in_staging"].values()) == 1
    assert aws.rows(staging).keys() == {"waiting", "again"}

    variables = functions.get_function_configuration(FunctionName=pipeline.function)["Environment"]["Variables"]
    del variables["MATCH_ATTRIBUTES"]
    functions.update_function_configuration(FunctionName=pipeline.function, Environment={"Variables": variables})
    code, _, errors = run(environment, *names, "--apply")
    assert (code, "staged again for a message that is done" in " ".join(errors.split())) == (1, True)
    assert aws.rows(staging).keys() == {"waiting", "again"}
    remove(aws, pipeline)


@pytest.mark.usefixtures("dynamodb")
@pytest.mark.parametrize(
    ("staging", "messages", "expected"),
    [
        ("staging", "staging", "staging is both the staging and the messages table"),
        ("staging", "nowhere", "There is no table nowhere in us-east-1"),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(
    environment: dict[str, str], staging: str, messages: str, expected: str
) -> None:
    """The error comes before any row is read."""
    code, _, errors = run(environment, "reconcile", "--staging", staging, "--messages", messages, "--apply")
    assert (code, expected in errors) == (1, True)


@pytest.mark.usefixtures("local")
def test_a_wrong_duration_is_wrong_usage(environment: dict[str, str]) -> None:
    """The error shows the right form."""
    code, _, errors = run(environment, "reconcile", *TABLES, "--older-than", "1 hour")
    assert (code, "such as 90s, 15m, 1h or 2d" in " ".join(errors.split())) == (2, True)
