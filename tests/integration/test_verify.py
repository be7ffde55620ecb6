"""Verify writes what each kind of pipeline acts on, sees that the row is deleted, and leaves nothing behind."""

import json
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.command import run, run_for_json, start
from support.deployment import wait_until
from support.pipelines import AwsPipeline, LocalAws, attach_function, make_tables, remove, stage
from support.schemas import check_result

PROCESSED = {"dynamodb": {"NewImage": {"status": {"S": ["PROCESSED"]}}}}
BECAME_PROCESSED = {
    "dynamodb": {
        "OldImage": {"status": {"S": [{"exists": False}, {"anything-but": "PROCESSED"}]}},
        **PROCESSED["dynamodb"],
    }
}
# The command does not evaluate a numeric condition on one of DynamoDB's numbers, which are strings.
NUMBERED = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"amount": {"N": [{"numeric": [">", 5]}]}}}}


def filtered(*patterns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a mapping that lets only these records through."""
    return {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(each)} for each in patterns]}}


# The settings of a function and of its mapping.
KINDS: Mapping[str, tuple[dict[str, object], dict[str, Any]]] = {
    "every insert": ({}, {}),
    "with match_attributes": ({"MATCH_ATTRIBUTES": {"receivedAt": "acceptedAt"}}, {}),
    "with key_mapping": ({"KEY_MAPPING": {"messageId": "origin"}}, filtered({"eventName": ["INSERT"]})),
    "processed inserts": ({}, filtered({"eventName": ["INSERT"], **PROCESSED})),
    "updates to processed": (
        {"EVENT_NAMES": ["INSERT", "MODIFY"], "MATCH_ATTRIBUTES": {"receivedAt": "receivedAt"}},
        filtered({"eventName": ["MODIFY"], **BECAME_PROCESSED}),
    ),
}


@pytest.fixture
def aws(local: dict[str, str], client: Callable[[str], Any]) -> LocalAws:
    """Return the local AWS."""
    return LocalAws(local, client)


@pytest.fixture
def attach(aws: LocalAws) -> Iterator[Callable[..., AwsPipeline]]:
    """Return a function that makes a pipeline without a batching window. It is removed after the test."""
    made = []

    def make(**settings: Any) -> AwsPipeline:
        pipeline = attach_function(
            aws, make_tables(aws, has_stream=True), **{"MaximumBatchingWindowInSeconds": 0, **settings}
        )
        made.append(pipeline)
        return pipeline

    yield make
    for pipeline in made:
        remove(aws, pipeline)


def stop(aws: LocalAws, pipeline: AwsPipeline) -> None:
    """Let Lambda invoke the function no more."""
    aws.client("lambda").put_function_concurrency(FunctionName=pipeline.function, ReservedConcurrentExecutions=0)


def verify(aws: LocalAws, pipeline: AwsPipeline, *options: str) -> tuple[int, dict[str, Any]]:
    """Verify, and return the exit code and the result, after which no item is in the tables."""
    # The last of two values counts. Without a batching window, a minute is long.
    code, result = run_for_json(aws.environment, "verify", pipeline.function, "--yes", "--timeout", "1m", *options)
    check_result("error" if result.keys() <= {"schema_version", "error"} else "verify", result)
    assert is_empty(aws, pipeline)
    return code, result


def is_empty(aws: LocalAws, pipeline: AwsPipeline) -> bool:
    """Return whether no item is in the tables."""
    return not aws.rows(pipeline.staging) and not aws.rows(pipeline.messages)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_pipeline_works(aws: LocalAws, attach: Callable[..., AwsPipeline], kind: str) -> None:
    """The items follow from its settings."""
    variables, settings = KINDS[kind]
    code, result = verify(aws, attach(variables=variables, **settings))
    assert (code, result["is_verified"], result["left"]) == (0, True, []), result


def test_a_message_of_ones_own(aws: LocalAws, attach: Callable[..., AwsPipeline], tmp_path: Path) -> None:
    """It is for a filter that the command cannot evaluate."""
    pipeline, file = attach(**filtered(NUMBERED)), tmp_path / "message.json"
    code, result = verify(aws, pipeline)
    assert (code, "--message FILE" in result["error"]["message"]) == (1, True)
    file.write_text(json.dumps({"Item": {"amount": {"N": "7"}}}))
    assert verify(aws, pipeline, "--message", str(file))[0] == 0


def test_a_message_that_does_not_count_is_refused(
    aws: LocalAws, attach: Callable[..., AwsPipeline], tmp_path: Path
) -> None:
    """The error shows no attribute of it."""
    pipeline, file = attach(**filtered({"eventName": ["INSERT"], **PROCESSED})), tmp_path / "message.json"
    file.write_text(json.dumps({"status": {"S": "NEW"}, "hush": {"S": "hush-hush"}}))
    code, output, errors = run(aws.environment, "verify", pipeline.function, "--yes", "--message", str(file))
    assert (code, is_empty(aws, pipeline), "hush" in output + errors) == (1, True, False)
    assert "error: " in errors
    assert "Waiting" not in errors


def test_a_stopped_function_is_found_with_its_fix(aws: LocalAws, attach: Callable[..., AwsPipeline]) -> None:
    """The problem is that of status."""
    pipeline = attach()
    stop(aws, pipeline)
    code, result = verify(aws, pipeline, "--timeout", "3s")
    assert (code, result["is_timed_out"], result["is_written"]) == (1, True, True)
    (problem, *_) = result["problems"]
    assert "its reserved concurrency is 0" in problem["what"]
    assert any("delete-function-concurrency" in command for command in problem["commands"])


def test_a_function_without_its_permission_is_found(aws: LocalAws, attach: Callable[..., AwsPipeline]) -> None:
    """The cause is in its log."""
    logs = {"Action": "logs:*", "Resource": "*"}
    code, result = verify(aws, attach(allowed=logs), "--timeout", "20s")
    assert (code, result["is_timed_out"]) == (1, True)
    assert "BatchWriteItem" in json.dumps(result["problems"])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"variables": {"DRY_RUN": True}}, "dry run"),
        ({"is_on": False}, "is Disabled"),
        (filtered({"eventName": ["REMOVE"]}), "pattern 1"),
    ],
    ids=["dry run", "disabled", "filter"],
)
def test_what_deletes_nothing_is_refused(
    aws: LocalAws, attach: Callable[..., AwsPipeline], settings: dict[str, Any], reason: str
) -> None:
    """Nothing is written."""
    code, result = verify(aws, attach(**settings))
    assert (code, set(result)) == (1, {"schema_version", "error"})
    assert reason in result["error"]["message"]


@pytest.fixture
def second(aws: LocalAws) -> Iterator[Callable[..., AwsPipeline]]:
    """Return a function that lets a second function, with a staging table of its own, read a pipeline's messages."""
    made = []

    def make(first: AwsPipeline, **variables: object) -> AwsPipeline:
        tables = make_tables(aws)
        attached = attach_function(aws, replace(tables, messages=first.messages), variables=variables)
        made.append(replace(attached, messages=tables.messages))
        return attached

    yield make
    for pipeline in made:
        remove(aws, pipeline)


def test_a_row_of_another_pipeline_is_not_deleted(
    aws: LocalAws, attach: Callable[..., AwsPipeline], second: Callable[..., AwsPipeline], tmp_path: Path
) -> None:
    """Its function reads the same messages, and takes its key from another attribute, here that of a real row."""
    pipeline, file = attach(), tmp_path / "message.json"
    other = second(pipeline, KEY_MAPPING={"messageId": "orderId"})
    stage(aws, other.staging, ["theirs"], None)
    assert verify(aws, pipeline)[0] == 0
    file.write_text(json.dumps({"orderId": {"S": "theirs"}}))
    code, result = verify(aws, pipeline, "--message", str(file))
    assert (code, set(aws.rows(other.staging))) == (1, {"theirs"})
    assert f"function {other.function} would delete the row" in result["error"]["message"]


def test_the_insert_of_an_update_is_not_left_to_another_function(
    aws: LocalAws, attach: Callable[..., AwsPipeline], second: Callable[..., AwsPipeline]
) -> None:
    """It would delete the row, and this function might not work at all."""
    pipeline = attach(variables={"EVENT_NAMES": ["MODIFY"]})
    other, functions = second(pipeline), aws.client("lambda")
    variables = functions.get_function_configuration(FunctionName=other.function)["Environment"]["Variables"]
    of_the_same_rows = {**variables, "STAGING_MESSAGES_TABLE_NAME": pipeline.staging}
    functions.update_function_configuration(FunctionName=other.function, Environment={"Variables": of_the_same_rows})
    code, result = verify(aws, pipeline)
    assert (code, f"function {other.function} deletes the same row" in result["error"]["message"]) == (1, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_wait_leaves_nothing(
    aws: LocalAws, attach: Callable[..., AwsPipeline], number: signal.Signals
) -> None:
    """The result says so, and the exit code is that of the signal."""
    pipeline = attach()
    stop(aws, pipeline)
    process = start(aws.environment, "verify", pipeline.function, "--yes", "--json")
    assert wait_until(lambda: bool(aws.rows(pipeline.staging) and aws.rows(pipeline.messages)))
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    result = json.loads(output)
    check_result("verify", result)
    assert (process.returncode, result["is_verified"], result["left"]) == (128 + number, False, [])
    assert "Stopping. What was written is removed first." in errors
    assert is_empty(aws, pipeline)


def test_what_is_written_is_said_before(aws: LocalAws, attach: Callable[..., AwsPipeline]) -> None:
    """With its tables and keys. Without a terminal and --yes, nothing is."""
    pipeline = attach()
    code, _, errors = run(aws.environment, "verify", pipeline.function)
    assert (code, is_empty(aws, pipeline)) == (1, True)
    assert re.search(rf'{pipeline.staging}: a row with the key {{"messageId": ', errors)
    assert re.search(rf"{pipeline.messages}: its message, with the key ", errors)
    assert "add --yes" in errors
