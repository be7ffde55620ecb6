"""The records in the failure bucket go back to the function, and an object is removed only when it is done."""

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest
from support.command import run, run_for_json, start
from support.deployment import (
    Deployment,
    failure_objects,
    invoke,
    message_ids,
    object_names,
    put,
    taken_away,
    wait_until,
)
from support.events import event, record

pytestmark = pytest.mark.usefixtures("_bucket_is_emptied")

MAPPING = "aws/lambda/11111111-2222-3333-4444-555555555555/shardId-00000001/2026/11/23"
Redrive = Callable[..., tuple[int, dict[str, Any]]]


def inserts(deployment: Deployment, prefix: str, numbers: range, **changes: Any) -> list[Any]:
    """Return the records of inserts of messages into this deployment's messages table."""
    arn = deployment.outputs["messages_table_stream_arn"]
    return [
        record(number, Keys={"messageId": {"S": f"{prefix}{number}"}, "createdAt": {"N": "1"}}, **changes)
        | {"eventSourceARN": arn}
        for number in numbers
    ]


def lambdas_object(deployment: Deployment, records: list[Any]) -> dict[str, Any]:
    """Return what Lambda writes for a batch whose retries are exhausted. Source: services-dynamodb-errors.html."""
    return {
        "requestContext": {
            "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
            "functionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{deployment.outputs['function_name']}",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 11,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-23T10:11:12.130Z",
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000001573689847184-864758bb",
            "startSequenceNumber": "800000000003126276362",
            "endSequenceNumber": "800000000003126276362",
            "approximateArrivalOfFirstRecord": "2026-11-23T10:09:12Z",
            "approximateArrivalOfLastRecord": "2026-11-23T10:09:12Z",
            "batchSize": len(records),
            "streamArn": deployment.outputs["messages_table_stream_arn"],
        },
        "payload": json.dumps(event(*records)),
    }


def keep(deployment: Deployment, name: str, content: object) -> str:
    """Put an object into the failure bucket, and return its key."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    deployment.s3.put_object(Bucket=deployment.outputs["failure_bucket_name"], Key=name, Body=body)
    return name


def stage_objects(deployment: Deployment, prefix: str, count: int) -> None:
    """Put `count` objects of ten records each into the bucket, and their rows into staging."""
    rows = [f"{prefix}{number}" for number in range(10 * count)]
    put(deployment.dynamodb, deployment.outputs["staging_table_name"], rows)
    for first in range(0, 10 * count, 10):
        content = lambdas_object(deployment, inserts(deployment, prefix, range(first, first + 10)))
        keep(deployment, f"{MAPPING}/{prefix}{first}", content)


def options(deployment: Deployment) -> tuple[str, ...]:
    """Return the options that name this deployment."""
    return (deployment.outputs["function_name"],)


def still_there(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the objects that could not be finished."""
    return [each for each in result["objects"] if each["problem"]]


@pytest.fixture
def redrive(deployment: Deployment, local: dict[str, str]) -> Redrive:
    """Return a function that runs the command on this deployment."""
    return lambda *more: run_for_json(local, "redrive", *options(deployment), *more)


def test_a_batch_with_exhausted_retries_is_deleted_and_its_object_removed(
    deployment: Deployment, redrive: Redrive
) -> None:
    """Only the inserts count: another change has nothing to delete."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, [f"exhausted-{number}" for number in range(4)])
    records = inserts(deployment, "exhausted-", range(4))
    keep(
        deployment,
        f"{MAPPING}/exhausted",
        lambdas_object(deployment, [*records[:3], records[3] | {"eventName": "MODIFY"}]),
    )
    code, result = redrive()
    assert (code, result["counts"]["redriven"], result["records"], result["records_done"]) == (0, 1, 3, 3)
    assert message_ids(deployment.dynamodb, staging, "exhausted-") == {"exhausted-3"}
    assert object_names(deployment) == set()


def test_a_quarantined_record_stays_until_its_cause_is_fixed(deployment: Deployment, redrive: Redrive) -> None:
    """The object stays as it is, and the reason is shown. It is not written a second time."""
    arn = deployment.outputs["messages_table_stream_arn"]
    bad = record(1, Keys={"id": {"S": "1"}}) | {"eventSourceARN": arn}
    answer = invoke(deployment, event(*inserts(deployment, "good-", range(1)), bad))
    assert answer.content == {"batchItemFailures": []}
    before = failure_objects(deployment)
    code, result = redrive()
    assert code == 1
    (left,) = still_there(result)
    assert left["key"] in before
    reason = "its Keys are not exactly the key attributes of the staging table: createdAt, messageId"
    assert f"It was quarantined because: {reason}" in left["problem"]
    assert failure_objects(deployment) == before


def test_a_quarantined_record_that_can_now_be_deleted_is(deployment: Deployment, redrive: Redrive) -> None:
    """Its object has the function's form, which has no shard."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["fixed-0"])
    content = lambdas_object(deployment, inserts(deployment, "fixed-", range(1)))
    content["requestContext"]["condition"] = "Quarantined"
    content["DDBStreamBatchInfo"]["shardId"] = None
    content["reasons"] = ["DynamoDB rejects its key"]
    keep(deployment, f"aws/lambda/{deployment.outputs['function_name']}/quarantine/2026/11/23/one", content)
    code, result = redrive()
    assert (code, [each["condition"] for each in result["objects"]]) == (0, ["Quarantined"])
    assert message_ids(deployment.dynamodb, staging, "fixed-") == set()
    assert object_names(deployment) == set()


def test_unreadable_and_foreign_objects_are_named_and_kept(deployment: Deployment, redrive: Redrive) -> None:
    """They hold up nothing else."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["beside-0"])
    good = lambdas_object(deployment, inserts(deployment, "beside-", range(1)))
    others = {
        "truncated": json.dumps(good).encode()[:-20],
        "truncated-payload": good | {"payload": good["payload"][:-2]},
        "no-payload": {name: value for name, value in good.items() if name != "payload"},
        "no-records": good | {"payload": "{}"},
        "picture": b"\x89PNG\r\n",
        "empty": b"",
        "foreign": good | {"payload": json.dumps(event(record(1), record(2)))},
        "too-huge": b"x" * (33 * 1024 * 1024),
    }
    for name, content in others.items():
        keep(deployment, f"{MAPPING}/{name}", content)
    keep(deployment, f"{MAPPING}/zzz-good", good)
    keep(deployment, "folder/", b"")
    code, result = redrive()
    assert code == 1
    assert {each["key"] for each in still_there(result)} == {f"{MAPPING}/{name}" for name in others}
    assert (result["counts"]["unreadable"], result["counts"]["foreign"], result["counts"]["redriven"]) == (7, 1, 1)
    assert object_names(deployment) == {*(f"{MAPPING}/{name}" for name in others), "folder/"}
    assert message_ids(deployment.dynamodb, staging, "beside-") == set()


def test_an_object_with_some_foreign_records_is_redriven_in_part_and_kept(
    deployment: Deployment, redrive: Redrive
) -> None:
    """Otherwise the foreign records would be lost."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["mixed-0"])
    keep(
        deployment,
        f"{MAPPING}/mixed",
        lambdas_object(deployment, [record(5), *inserts(deployment, "mixed-", range(1))]),
    )
    code, result = redrive()
    assert (code, result["records_done"]) == (1, 1)
    assert "1 of its records are not changes of arn:aws:dynamodb:" in still_there(result)[0]["problem"]
    assert message_ids(deployment.dynamodb, staging, "mixed-") == set()
    assert object_names(deployment) == {f"{MAPPING}/mixed"}


def test_a_huge_object_is_sent_in_batches(deployment: Deployment, redrive: Redrive) -> None:
    """It has 10,000 records with images, which are too large for one invocation."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["huge-0", "huge-5000", "huge-9999", "huge-not"])
    records = inserts(deployment, "huge-", range(10_000), NewImage={"event": {"S": '"quoted"' * 60}})
    content = lambdas_object(deployment, records)
    assert len(content["payload"]) > 6 * 1024 * 1024
    keep(deployment, f"{MAPPING}/huge", content)
    code, result = redrive()
    assert (code, result["records_done"]) == (0, 10_000)
    assert message_ids(deployment.dynamodb, staging, "huge-") == {"huge-not"}


def test_a_dry_run_changes_nothing(deployment: Deployment, redrive: Redrive) -> None:
    """It shows what a redrive would try."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["dry-0", "dry-1"])
    name = keep(deployment, f"{MAPPING}/dry", lambdas_object(deployment, inserts(deployment, "dry-", range(2))))
    code, result = redrive("--dry-run")
    assert (code, result["counts"]["waiting"], result["records"], result["records_done"]) == (0, 1, 2, 0)
    assert [(each["key"], each["condition"]) for each in result["objects"]] == [(name, "RetryAttemptsExhausted")]
    assert object_names(deployment) == {name}
    assert message_ids(deployment.dynamodb, staging, "dry-") == {"dry-0", "dry-1"}


@pytest.mark.parametrize("form", ["{arn}", "{arn}:$LATEST", "{name}:$LATEST"])
def test_the_function_may_be_named_in_every_form(deployment: Deployment, local: dict[str, str], form: str) -> None:
    """The payload of an object may itself be an object, as LocalStack writes it."""
    bucket, name = deployment.outputs["failure_bucket_name"], deployment.outputs["function_name"]
    content = lambdas_object(deployment, inserts(deployment, "named-", range(1)))
    keep(deployment, f"{MAPPING}/named", content | {"payload": json.loads(content["payload"])})
    called = form.format(arn=f"arn:aws:lambda:us-east-1:000000000000:function:{name}", name=name)
    code, result = run_for_json(local, "redrive", called, "--bucket", bucket)
    assert (code, result["counts"]["redriven"], result["records_done"]) == (0, 1, 1)


def test_a_prefix_limits_the_objects(deployment: Deployment, redrive: Redrive) -> None:
    """So that the work can be shared."""
    content = lambdas_object(deployment, inserts(deployment, "prefix-", range(1)))
    keep(deployment, "aws/lambda/one/object", content)
    keep(deployment, "aws/lambda/two/object", content)
    code, result = redrive("--prefix", "aws/lambda/one/")
    assert (code, result["counts"]["found"]) == (0, 1)
    assert object_names(deployment) == {"aws/lambda/two/object"}


def test_while_the_function_fails_nothing_is_removed(deployment: Deployment, redrive: Redrive) -> None:
    """It stops after a few objects, with the reason. Once the cause is fixed, they are done."""
    staging = deployment.outputs["staging_table_name"]
    stage_objects(deployment, "denied-", 12)
    kept = object_names(deployment)
    with taken_away(deployment, "DeleteFromStaging"):
        code, result = redrive()
        assert code == 1
        assert "AccessDeniedException" in still_there(result)[0]["problem"]
        assert result["counts"]["not_tried"] > 0
        assert object_names(deployment) == kept
    code, result = redrive()
    assert (code, result["counts"]["redriven"]) == (0, 12)
    assert message_ids(deployment.dynamodb, staging, "denied-") == set()


def test_an_interrupted_redrive_reports_and_can_be_run_again(
    deployment: Deployment, local: dict[str, str], redrive: Redrive
) -> None:
    """No object is removed whose rows still exist."""
    stage_objects(deployment, "stopped-", 80)
    process = start(local, "redrive", *options(deployment), "--json")
    assert wait_until(lambda: len(object_names(deployment)) < 75)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Stopping" in errors
    report, left = json.loads(output), object_names(deployment)
    assert report["counts"]["redriven"] == 80 - len(left)
    assert report["counts"]["not_tried"] + len(still_there(report)) == len(left)
    assert report["counts"]["not_tried"] > 0
    code, result = redrive()
    assert (code, result["counts"]["redriven"]) == (0, len(left))
    assert message_ids(deployment.dynamodb, deployment.outputs["staging_table_name"], "stopped-") == set()


def test_two_redrives_at_once_do_all_the_work(deployment: Deployment, local: dict[str, str]) -> None:
    """Both succeed, whichever is faster."""
    stage_objects(deployment, "twice-", 60)
    processes = [start(local, "redrive", *options(deployment), "--json") for _ in range(2)]
    results = []
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        results.append(json.loads(output))
    assert sum(result["counts"]["redriven"] for result in results) >= 60
    assert object_names(deployment) == set()
    assert message_ids(deployment.dynamodb, deployment.outputs["staging_table_name"], "twice-") == set()


def test_a_missing_function_or_bucket_is_a_clear_error(deployment: Deployment, local: dict[str, str]) -> None:
    """Nothing is done then."""
    bucket = deployment.outputs["failure_bucket_name"]
    code, _, errors = run(local, "redrive", "nobody", "--bucket", bucket)
    assert (code, "error: There is no function nobody in us-east-1." in errors) == (1, True)
    code, _, errors = run(local, "redrive", deployment.outputs["function_name"], "--bucket", "nowhere")
    assert (code, "NoSuchBucket" in errors) == (1, True)
