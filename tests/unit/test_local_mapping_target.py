"""A mapping on the local AWS keeps discarded records in the failure bucket, and writes its metrics."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ministack import app
from ministack.core.responses import request_scope
from ministack.services import lambda_svc
from scavenger_ops.local.mapping_target import MappingTarget
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.settings import UNLIMITED, MappingSettings
from support.local_mapping import (
    ACCOUNT,
    BUCKET,
    FAILED,
    FUNCTION_ARN,
    REGION,
    STREAM,
    TO_BUCKET,
    UUID,
    LocalMapping,
    clear,
    failing,
)
from support.s3_store import S3Store, s3_store

SHARD = "shardId-1"


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalMapping]:
    """Return a mapping with a failure bucket, in the scope of its account and Region."""
    clear()
    local = LocalMapping({"DestinationConfig": TO_BUCKET})
    monkeypatch.setattr(lambda_svc, "_execute_function", local.execute)
    with request_scope(ACCOUNT, REGION):
        yield local
    clear()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    """Return the S3 in which the mapping keeps objects."""
    with s3_store(tmp_path) as store:
        monkeypatch.setenv("GATEWAY_PORT", str(store.port))
        monkeypatch.setenv("AWS_CA_BUNDLE", str(store.certificate))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        # Else the body comes in chunks.
        monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
        yield store


def target_of(local: LocalMapping, **settings: Any) -> MappingTarget:
    """Return the target of the mapping, with other settings."""
    function = vars(lambda_svc)["_functions"].get_scoped(ACCOUNT, REGION, "orders")
    local.mapping |= settings
    return MappingTarget(local.mapping, function)


def runs(*numbers: str, age_s: float = 0.0) -> tuple[RecordRun, ...]:
    """Return records with these sequence numbers."""
    return tuple(
        RecordRun({"dynamodb": {"SequenceNumber": number}, "eventSourceARN": STREAM}, time.time() - age_s, 100)
        for number in numbers
    )


def test_discarded_records_are_in_the_failure_bucket(local: LocalMapping, store: S3Store) -> None:
    """In the form of AWS's objects, below the mapping's prefix."""
    batch = RecordBatch(runs("1", "2"), counted_failures=3, last_answer="error")
    target_of(local).discard(SHARD, batch, "RetryAttemptsExhausted")
    ((key, body),) = store.objects.items()
    assert key.startswith(f"{BUCKET}/aws/lambda/{UUID}/{SHARD}/")
    assert body["requestContext"]["functionArn"] == FUNCTION_ARN
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert body["requestContext"]["approximateInvokeCount"] == 3
    assert [each["dynamodb"]["SequenceNumber"] for each in json.loads(body["payload"])["Records"]] == ["1", "2"]
    assert local.total("OnFailureDestinationDeliveredEventCount") == 2
    assert local.total("DroppedEventCount") is None


def test_the_request_is_signed_for_the_functions_role(
    local: LocalMapping, store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the policies of the role and of the bucket decide, in the Region of the stream."""
    monkeypatch.setattr(app, "AUTH", True)
    target = target_of(local)
    target.function["config"]["Role"] = f"arn:aws:iam::{ACCOUNT}:role/orders"
    target.discard(SHARD, RecordBatch(runs("1")), "RecordAgeExceeded")
    (signed_by,) = store.signed_by
    assert "Credential=ASIA" in signed_by
    assert f"/{REGION}/s3/" in signed_by


def test_an_object_that_the_bucket_refuses_counts_as_dropped(local: LocalMapping, store: S3Store) -> None:
    """The function's metric says so too."""
    store.refuses = True
    target_of(local).discard(SHARD, RecordBatch(runs("1", "2")), "RecordAgeExceeded")
    assert len(store.signed_by) == 1
    assert local.total("DroppedEventCount") == 2
    assert local.total("OnFailureDestinationDeliveredEventCount") is None
    assert local.total_of_function("DestinationDeliveryFailures") == 1


@pytest.mark.parametrize(
    "destination",
    [{}, {"OnFailure": {}}, {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:111122223333:queue"}}],
    ids=["nothing", "an empty one", "a queue"],
)
def test_without_a_bucket_records_are_dropped(local: LocalMapping, store: S3Store, destination: dict[str, Any]) -> None:
    """That is no failure of a delivery."""
    target_of(local, DestinationConfig=destination).discard(SHARD, RecordBatch(runs("1", "2")), "RecordAgeExceeded")
    assert (store.signed_by, local.total("DroppedEventCount")) == ([], 2)
    assert local.total_of_function("DestinationDeliveryFailures") is None


def test_an_invocation_has_the_metrics_of_lambda(local: LocalMapping, monkeypatch: pytest.MonkeyPatch) -> None:
    """The age is that of the last record."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    local.answers = [FAILED, {"body": None}]
    for _ in range(2):
        target_of(local).invoke(SHARD, (*runs("1", age_s=1000), *runs("2", age_s=60)))
    assert (local.total_of_function("Invocations"), local.total_of_function("Errors")) == (2, 1)
    assert local.total_of_function("IteratorAge") == pytest.approx(120_000)
    assert (local.total("InvokedEventCount"), local.total("FailedInvokeEventCount")) == (4, 2)


def test_a_record_from_the_future_has_no_age(local: LocalMapping) -> None:
    """The clock may have been set back."""
    target_of(local).invoke(SHARD, runs("1", age_s=-600))
    assert local.total_of_function("IteratorAge") == 0


def test_the_answer_says_how_many_records_are_done(local: LocalMapping) -> None:
    """If the mapping reads a report; else all, unless the function failed."""
    local.answers = [failing("2"), failing("2"), FAILED, {"throttle": True}]
    results = [
        target_of(local, FunctionResponseTypes=types).invoke(SHARD, runs("1", "2", "3"))
        for types in ([], *[["ReportBatchItemFailures"]] * 3)
    ]
    assert [(result.status, result.done) for result in results] == [
        ("success", 3),
        ("partial", 1),
        ("error", 0),
        ("throttled", 0),
    ]


def test_the_settings_are_those_of_the_mapping(local: LocalMapping) -> None:
    """What is not set is as Lambda sets it."""
    assert target_of(local).settings() == MappingSettings(
        maximum_retry_attempts=UNLIMITED,
        maximum_record_age_in_seconds=UNLIMITED,
        bisect_batch_on_function_error=False,
        report_batch_item_failures=False,
    )
    target = target_of(
        local,
        MaximumRetryAttempts=0,
        MaximumRecordAgeInSeconds=60,
        BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    assert target.settings() == MappingSettings(maximum_retry_attempts=0, maximum_record_age_in_seconds=60)


OF_EACH = ("PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "FailedInvokeEventCount")
OF_BUCKET = ("DroppedEventCount", "OnFailureDestinationDeliveredEventCount")


def test_zeros_are_written_for_what_the_mapping_counts(local: LocalMapping) -> None:
    """Some metrics exist only with a failure bucket."""
    target_of(local, DestinationConfig={}).count_nothing()
    assert {name: local.total(name) for name in OF_EACH + OF_BUCKET} == {
        **dict.fromkeys(OF_EACH, 0),
        **dict.fromkeys(OF_BUCKET),
    }
    target_of(local, DestinationConfig=TO_BUCKET).count_nothing()
    assert {name: local.total(name) for name in OF_BUCKET} == dict.fromkeys(OF_BUCKET, 0)


@pytest.mark.parametrize("config", [None, {}, {"Metrics": []}], ids=repr)
def test_a_mapping_that_counts_nothing_writes_no_metric(local: LocalMapping, config: dict[str, Any] | None) -> None:
    """Its function has the metrics of each function."""
    target = target_of(local, MetricsConfig=config)
    target.count_nothing()
    target.invoke(SHARD, runs("1"))
    assert [local.total(name) for name in OF_EACH + OF_BUCKET] == [None] * 6
    assert local.total_of_function("Invocations") == 1
