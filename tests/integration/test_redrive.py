"""What is in the failure bucket goes back to the function, and is removed once it is done, and not before."""

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

pytestmark = pytest.mark.usefixtures("_bucket_takes_plain_http")

MAPPING = "aws/lambda/11111111-2222-3333-4444-555555555555/shardId-00000001/2026/11/23"
Redrive = Callable[..., tuple[int, dict[str, Any]]]


def inserts(deployment: Deployment, prefix: str, numbers: range, **changes: Any) -> list[Any]:
    """Make the records of inserts of messages into this deployment's messages table."""
    arn = deployment.outputs["messages_table_stream_arn"]
    return [
        record(number, Keys={"messageId": {"S": f"{prefix}{number}"}, "createdAt": {"N": "1"}}, **changes)
        | {"eventSourceARN": arn}
        for number in numbers
    ]


def lambdas_object(deployment: Deployment, records: list[Any]) -> dict[str, Any]:
    """Make what Lambda keeps of a batch that it gave up on. Source: services-dynamodb-errors.html."""
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
    """Put an object into the failure bucket, and give its name."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    deployment.s3.put_object(Bucket=deployment.outputs["failure_bucket_name"], Key=name, Body=body)
    return name


def stage_objects(deployment: Deployment, prefix: str, count: int) -> None:
    """Put so many objects of ten records each into the bucket, and their rows into staging."""
    rows = [f"{prefix}{number}" for number in range(10 * count)]
    put(deployment.dynamodb, deployment.outputs["staging_table_name"], rows)
    for first in range(0, 10 * count, 10):
        content = lambdas_object(deployment, inserts(deployment, prefix, range(first, first + 10)))
        keep(deployment, f"{MAPPING}/{prefix}{first}", content)


def options(deployment: Deployment) -> tuple[str, ...]:
    """Give the options that name this deployment."""
    return "--bucket", deployment.outputs["failure_bucket_name"], "--function", deployment.outputs["function_name"]


@pytest.fixture
def redrive(deployment: Deployment, local: dict[str, str]) -> Redrive:
    """Give a function that runs the command on this deployment."""
    return lambda *more: run_for_json(local, "redrive", *options(deployment), *more)


def test_what_lambda_gave_up_on_is_deleted_and_its_object_removed(deployment: Deployment, redrive: Redrive) -> None:
    """Of its records, the inserts alone; another change is nothing to delete."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, [f"given-up-{number}" for number in range(4)])
    records = inserts(deployment, "given-up-", range(4))
    keep(
        deployment,
        f"{MAPPING}/given-up",
        lambdas_object(deployment, [*records[:3], records[3] | {"eventName": "MODIFY"}]),
    )
    code, result = redrive()
    assert (code, result["objects"]["redriven"], result["records"], result["records_done"]) == (0, 1, 3, 3)
    assert message_ids(deployment.dynamodb, staging, "given-up-") == {"given-up-3"}
    assert object_names(deployment) == set()


def test_what_the_function_quarantined_stays_until_its_cause_is_mended(
    deployment: Deployment, redrive: Redrive
) -> None:
    """As it is, with the reason said; it is not kept a second time."""
    arn = deployment.outputs["messages_table_stream_arn"]
    bad = record(1, Keys={"id": {"S": "1"}}) | {"eventSourceARN": arn}
    answer = invoke(deployment, event(*inserts(deployment, "good-", range(1)), bad))
    assert answer.content == {"batchItemFailures": []}
    before = failure_objects(deployment)
    code, result = redrive()
    assert code == 1
    (left,) = result["still_there"]
    assert left["object"] in before
    reason = "its Keys are not exactly the key attributes of the staging table: createdAt, messageId"
    assert f"It was quarantined because: {reason}" in left["reason"]
    assert failure_objects(deployment) == before


def test_a_quarantined_record_that_can_be_deleted_now_is(deployment: Deployment, redrive: Redrive) -> None:
    """In the function's form, which has no shard."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["mended-0"])
    content = lambdas_object(deployment, inserts(deployment, "mended-", range(1)))
    content["requestContext"]["condition"] = "Quarantined"
    content["DDBStreamBatchInfo"]["shardId"] = None
    content["reasons"] = ["DynamoDB rejects its key"]
    keep(deployment, f"aws/lambda/{deployment.outputs['function_name']}/quarantine/2026/11/23/one", content)
    code, result = redrive()
    assert (code, result["conditions"]) == (0, {"Quarantined": 1})
    assert message_ids(deployment.dynamodb, staging, "mended-") == set()
    assert object_names(deployment) == set()


def test_what_cannot_be_read_or_is_another_s_is_named_and_left_alone(deployment: Deployment, redrive: Redrive) -> None:
    """And holds up nothing else."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["beside-0"])
    good = lambdas_object(deployment, inserts(deployment, "beside-", range(1)))
    strangers = {
        "truncated": json.dumps(good).encode()[:-20],
        "truncated-payload": good | {"payload": good["payload"][:-2]},
        "no-payload": {name: value for name, value in good.items() if name != "payload"},
        "no-records": good | {"payload": "{}"},
        "picture": b"\x89PNG\r\n",
        "empty": b"",
        "foreign": good | {"payload": json.dumps(event(record(1), record(2)))},
        "too-huge": b"x" * (33 * 1024 * 1024),
    }
    for name, content in strangers.items():
        keep(deployment, f"{MAPPING}/{name}", content)
    keep(deployment, f"{MAPPING}/zzz-good", good)
    keep(deployment, "folder/", b"")
    code, result = redrive()
    assert code == 1
    assert {each["object"] for each in result["still_there"]} == {f"{MAPPING}/{name}" for name in strangers}
    assert (result["objects"]["unreadable"], result["objects"]["foreign"], result["objects"]["redriven"]) == (7, 1, 1)
    assert object_names(deployment) == {*(f"{MAPPING}/{name}" for name in strangers), "folder/"}
    assert message_ids(deployment.dynamodb, staging, "beside-") == set()


def test_an_object_that_is_not_all_ours_is_redriven_as_far_as_it_is_and_kept(
    deployment: Deployment, redrive: Redrive
) -> None:
    """Else what is another's would be lost."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["mixed-0"])
    keep(
        deployment,
        f"{MAPPING}/mixed",
        lambdas_object(deployment, [record(5), *inserts(deployment, "mixed-", range(1))]),
    )
    code, result = redrive()
    assert (code, result["records_done"]) == (1, 1)
    assert "1 of its records are no changes of arn:aws:dynamodb:" in result["still_there"][0]["reason"]
    assert message_ids(deployment.dynamodb, staging, "mixed-") == set()
    assert object_names(deployment) == {f"{MAPPING}/mixed"}


def test_a_huge_object_is_taken_in_batches(deployment: Deployment, redrive: Redrive) -> None:
    """Of 10,000 records, which with their images are more than an invocation takes at once."""
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
    """It says what would be tried."""
    staging = deployment.outputs["staging_table_name"]
    put(deployment.dynamodb, staging, ["dry-0", "dry-1"])
    name = keep(deployment, f"{MAPPING}/dry", lambdas_object(deployment, inserts(deployment, "dry-", range(2))))
    code, result = redrive("--dry-run")
    assert (code, result["objects"]["waiting"], result["records"], result["records_done"]) == (0, 1, 2, 0)
    assert result["conditions"] == {"RetryAttemptsExhausted": 1}
    assert object_names(deployment) == {name}
    assert message_ids(deployment.dynamodb, staging, "dry-") == {"dry-0", "dry-1"}


@pytest.mark.parametrize("form", ["{arn}", "{arn}:$LATEST", "{name}:$LATEST"])
def test_the_function_is_known_by_all_its_names(deployment: Deployment, local: dict[str, str], form: str) -> None:
    """And what is in an object may be an object itself, as LocalStack writes it."""
    bucket, name = deployment.outputs["failure_bucket_name"], deployment.outputs["function_name"]
    content = lambdas_object(deployment, inserts(deployment, "named-", range(1)))
    keep(deployment, f"{MAPPING}/named", content | {"payload": json.loads(content["payload"])})
    called = form.format(arn=f"arn:aws:lambda:us-east-1:000000000000:function:{name}", name=name)
    code, result = run_for_json(local, "redrive", "--bucket", bucket, "--function", called)
    assert (code, result["objects"]["redriven"], result["records_done"]) == (0, 1, 1)


def test_a_prefix_leaves_the_rest_alone(deployment: Deployment, redrive: Redrive) -> None:
    """So that the work can be shared out."""
    content = lambdas_object(deployment, inserts(deployment, "prefix-", range(1)))
    keep(deployment, "aws/lambda/one/object", content)
    keep(deployment, "aws/lambda/two/object", content)
    code, result = redrive("--prefix", "aws/lambda/one/")
    assert (code, result["found"]) == (0, 1)
    assert object_names(deployment) == {"aws/lambda/two/object"}


def test_while_the_function_fails_nothing_is_removed(deployment: Deployment, redrive: Redrive) -> None:
    """It stops after a few objects, with what is wrong; once that is mended, they are done."""
    staging = deployment.outputs["staging_table_name"]
    stage_objects(deployment, "denied-", 12)
    kept = object_names(deployment)
    with taken_away(deployment, "DeleteFromStaging"):
        code, result = redrive()
        assert code == 1
        assert "AccessDeniedException" in result["still_there"][0]["reason"]
        assert result["not_tried"] > 0
        assert object_names(deployment) == kept
    code, result = redrive()
    assert (code, result["objects"]["redriven"]) == (0, 12)
    assert message_ids(deployment.dynamodb, staging, "denied-") == set()


def test_interrupted_it_says_what_was_done_and_goes_on_when_run_again(
    deployment: Deployment, local: dict[str, str], redrive: Redrive
) -> None:
    """What was done is done; no object is removed whose rows are there."""
    stage_objects(deployment, "stopped-", 80)
    process = start(local, "redrive", *options(deployment), "--json")
    assert wait_until(lambda: len(object_names(deployment)) < 75)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Stopping" in errors
    told, left = json.loads(output), object_names(deployment)
    assert told["objects"]["redriven"] == 80 - len(left)
    assert told["not_tried"] + len(told["still_there"]) == len(left)
    assert told["not_tried"] > 0
    code, result = redrive()
    assert (code, result["objects"]["redriven"]) == (0, len(left))
    assert message_ids(deployment.dynamodb, deployment.outputs["staging_table_name"], "stopped-") == set()


def test_two_at_once_do_all_and_disturb_each_other_in_nothing(deployment: Deployment, local: dict[str, str]) -> None:
    """Both end well, whoever was faster."""
    stage_objects(deployment, "twice-", 60)
    processes = [start(local, "redrive", *options(deployment), "--json") for _ in range(2)]
    results = []
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        results.append(json.loads(output))
    assert sum(result["objects"]["redriven"] for result in results) >= 60
    assert object_names(deployment) == set()
    assert message_ids(deployment.dynamodb, deployment.outputs["staging_table_name"], "twice-") == set()


def test_what_is_not_there_is_an_error_that_says_so(deployment: Deployment, local: dict[str, str]) -> None:
    """Nothing is done then."""
    bucket = deployment.outputs["failure_bucket_name"]
    code, _, errors = run(local, "redrive", "--bucket", bucket, "--function", "nobody")
    assert (code, "for function nobody (ResourceNotFoundException" in errors) == (1, True)
    code, _, errors = run(local, "redrive", "--bucket", "nowhere", "--function", deployment.outputs["function_name"])
    assert (code, "NoSuchBucket" in errors) == (1, True)
    code, _, errors = run(local, "redrive", "--bucket", bucket)
    assert (code, "--function" in errors) == (2, True)
