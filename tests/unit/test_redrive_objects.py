"""Several objects are redriven at a time, and the report has everything that was done, whatever fails."""

import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws
from reconciler.explained_error import ExplainedError
from scavenger_ops.redrive import objects
from scavenger_ops.redrive.bucket import FailureBucket
from scavenger_ops.redrive.function import RedriveTarget, SendResult
from scavenger_ops.redrive.objects import MOST_FAILURES_IN_A_ROW, WORKERS, redrive
from scavenger_ops.redrive.result import RedriveResult, RedriveStatus
from support.dynamodb import client_error
from support.events import event, record

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TABLES = frozenset({"arn:aws:dynamodb:us-east-1:000000000000:table/messages"})
ACCOUNT = "arn:aws:lambda:us-east-1:000000000000"
ARN = f"{ACCOUNT}:function:scavenger"
TARGET = RedriveTarget(None, "scavenger", "scavenger", 10.0, TABLES, ARN)  # type: ignore[arg-type] # it is never invoked


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    """Mock AWS with a failure bucket."""
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="failures")
        yield client


def keep(s3: "S3Client", *numbers: int, function: object = f"{ARN}:$LATEST") -> None:
    """Put an object with one record for each number, which names a function as its own."""
    for number in numbers:
        context = {"functionArn": function}
        body = json.dumps({"requestContext": context, "payload": json.dumps(event(record(number)))})
        s3.put_object(Bucket="failures", Key=f"{number:05}", Body=body)


def names(s3: "S3Client") -> list[int]:
    """Return the numbers of the objects that are still there."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="failures")
    return [int(found["Key"]) for page in pages for found in page.get("Contents", [])]


def sending(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> None:
    """Let the function give these results by record number; all others are done."""

    def send(_: RedriveTarget, records: list[Any], __: threading.Event) -> SendResult:
        number = int(records[0]["dynamodb"]["SequenceNumber"]) - 1000
        answer = answers.get(f"_{number}", SendResult(1))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, SendResult) else answer()

    monkeypatch.setattr(objects, "send", send)


def redrive_all(s3: "S3Client", target: RedriveTarget = TARGET) -> dict[int, RedriveResult]:
    """Redrive, and return the result of each object, by number."""
    bucket, stop = FailureBucket(s3, "failures", ""), threading.Event()
    found = bucket.list_objects(stop)
    return {int(result.name): result for result in redrive(bucket, found, target, stop, is_dry_run=False)}


@pytest.mark.parametrize(
    "function",
    [
        f"{ACCOUNT}:function:other-team",
        f"{ACCOUNT}:function:other-team:$LATEST",
        f"{ACCOUNT}:function:scavenger-2",
        "arn:aws:lambda:us-east-1:111111111111:function:scavenger",
        "arn:aws:lambda:eu-west-1:000000000000:function:scavenger",
        "111111111111:function:scavenger",
        "other-team",
        "other-team:scavenger",
        "?",
        "x" * 100_000,
    ],
)
def test_objects_of_another_function_are_not_sent(
    s3: "S3Client", function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That function deletes other rows, so success would mean other rows, whichever stream this one reads."""
    sending(monkeypatch)
    keep(s3, 1)
    keep(s3, 2, function=function)
    results = redrive_all(s3)
    assert {number: result.status for number, result in results.items()} == {
        1: RedriveStatus.REDRIVEN,
        2: RedriveStatus.FOREIGN,
    }
    assert len(results[2].problem) < 700
    own, instead = results[2].remedy.commands
    assert own.startswith("scavenger redrive ")
    assert instead.startswith("scavenger redrive scavenger --bucket failures --of ")
    assert names(s3) == [2]


@pytest.mark.parametrize("function", [None, "", "scavenger", "scavenger:live", "000000000000:function:scavenger", ARN])
def test_an_object_that_names_no_other_function_is_redriven(
    s3: "S3Client", function: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the function in any form, or names none."""
    sending(monkeypatch)
    keep(s3, 1, function=function)
    assert redrive_all(s3)[1].status == RedriveStatus.REDRIVEN


@pytest.mark.parametrize("function", [7, {"name": "scavenger"}, ["scavenger"], False])
def test_an_object_with_an_unreadable_function_is_left(
    s3: "S3Client", function: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may belong to another function."""
    sending(monkeypatch)
    keep(s3, 1, function=function)
    assert redrive_all(s3)[1].status == RedriveStatus.UNREADABLE
    assert names(s3) == [1]


def test_objects_of_a_function_named_with_of_are_redriven_too(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the same function under an earlier name. Only its objects are redriven too."""
    sending(monkeypatch)
    keep(s3, 1)
    keep(s3, 2, function=f"{ACCOUNT}:function:old-name:$LATEST")
    keep(s3, 3, function=f"{ACCOUNT}:function:older-name")
    keep(s3, 4, function="arn:aws:lambda:us-east-1:111111111111:function:old-name")
    redrive_all(s3, TARGET._replace(besides=frozenset({f"{ACCOUNT}:function:old-name"})))
    assert names(s3) == [3, 4]


def test_all_pages_of_the_bucket_are_listed(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 lists 1,000 objects at a time; here two."""
    sending(monkeypatch)
    keep(s3, *range(5))
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other place

    def list_two(client: Any, operation: str, request: Any) -> Any:
        more = {"MaxKeys": 2} if operation == "ListObjectsV2" else {}
        return make_api_call(client, operation, request | more)

    monkeypatch.setattr(BaseClient, "_make_api_call", list_two)
    assert {result.status for result in redrive_all(s3).values()} == {RedriveStatus.REDRIVEN}
    assert names(s3) == []


def test_an_object_that_s3_does_not_return_is_left_alone(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in an archive, or its KMS key may not be used. The others are done."""
    sending(monkeypatch)
    keep(s3, 1, 2, 3)
    s3.put_object(Bucket="failures", Key="00002", Body=b"{}", StorageClass="GLACIER")
    results = redrive_all(s3)
    assert (results[2].status, results[2].has_failed) == (RedriveStatus.LEFT, False)
    assert "S3 did not return it" in results[2].problem
    assert "InvalidObjectState" in results[2].problem
    assert names(s3) == [2]


def test_an_object_that_s3_does_not_remove_is_reported(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its records are done, but it is still there."""
    sending(monkeypatch)
    keep(s3, 1)

    def refuse(**_: str) -> None:
        raise client_error("AccessDenied", 403)

    monkeypatch.setattr(s3, "delete_object", refuse)
    (result,) = redrive_all(s3).values()
    assert (result.status, result.done) == (RedriveStatus.LEFT, 1)
    assert "S3 did not remove it" in result.problem


def test_an_object_that_another_redrive_removed_is_gone(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    """It was removed between the list and the read."""
    sending(monkeypatch)
    keep(s3, 1)
    bucket = FailureBucket(s3, "failures", "")
    found = bucket.list_objects(threading.Event())
    s3.delete_object(Bucket="failures", Key="00001")
    (result,) = redrive(bucket, found, TARGET, threading.Event(), is_dry_run=False)
    assert result.status == RedriveStatus.GONE


def test_an_object_with_foreign_records_is_kept(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept even if the function has handled its own records."""
    sending(monkeypatch)
    foreign = record(2) | {"eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/other/stream/1"}
    body = json.dumps({"payload": json.dumps(event(record(1), foreign))})
    s3.put_object(Bucket="failures", Key="00001", Body=body)
    (result,) = redrive_all(s3).values()
    assert (result.status, result.records, result.done) == (RedriveStatus.LEFT, 1, 1)
    assert names(s3) == [1]


def test_after_several_failures_in_a_row_it_stops(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    """The results until then are reported."""
    failed = SendResult(0, "The function failed: No such table", has_failed=True)
    sending(monkeypatch, **{f"_{number}": failed for number in range(100)})
    keep(s3, *range(100))
    results: list[RedriveResult] = []
    bucket = FailureBucket(s3, "failures", "")
    found = bucket.list_objects(threading.Event())
    with pytest.raises(
        ExplainedError, match=r"5 objects failed in a row\. Object 000\d\d: The function failed: No such table"
    ):
        results.extend(redrive(bucket, found, TARGET, threading.Event(), is_dry_run=False))
    assert MOST_FAILURES_IN_A_ROW <= len(results) < MOST_FAILURES_IN_A_ROW + WORKERS
    assert len(names(s3)) == 100


def test_objects_with_poison_records_do_not_stop_it(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be any number in a row: the function has responded."""
    bad = SendResult(0, "The function reports record 1001 as failed")
    sending(monkeypatch, **{f"_{number}": bad for number in range(10)})
    keep(s3, *range(20))
    results = redrive_all(s3)
    assert len(results) == 20
    assert names(s3) == list(range(10))


def test_work_in_progress_is_reported_before_an_unexpected_error(
    s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the error is raised."""
    others_began = threading.Barrier(WORKERS)

    def slow() -> SendResult:
        others_began.wait(10)
        return SendResult(1)

    def fail() -> SendResult:
        others_began.wait(10)
        raise client_error("Unforeseen")

    sending(monkeypatch, _0=fail, _1=slow, _2=slow, _3=slow)
    keep(s3, *range(20))
    results: list[RedriveResult] = []
    bucket = FailureBucket(s3, "failures", "")
    found = bucket.list_objects(threading.Event())
    with pytest.raises(type(client_error("")), match="Unforeseen"):
        results.extend(redrive(bucket, found, TARGET, threading.Event(), is_dry_run=False))
    assert sorted(int(result.name) for result in results if result.status == RedriveStatus.REDRIVEN) == [
        number for number in range(1, 20) if number not in names(s3)
    ]
    assert {1, 2, 3}.isdisjoint(names(s3))
