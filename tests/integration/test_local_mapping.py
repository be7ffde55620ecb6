"""A mapping on the local AWS splits and discards batches, and writes its metrics."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from scavenger_ops.local.limits import KEPT_METRICS, MISSING_METRICS
from support.deployment import metric_sum, read_objects, wait_until
from support.pipelines import AwsPipeline, LocalAws, attach_function, make_tables, stage

# Every invocation with a bad record fails.
SOURCE = """
def lambda_handler(event, context):
    names = [record["dynamodb"]["Keys"]["messageId"]["S"] for record in event["Records"]]
    if "bad" in names:
        raise ValueError(names)
"""


@pytest.fixture(scope="module")
def aws(local: dict[str, str], client: Callable[[str], Any]) -> LocalAws:
    """Return the local AWS."""
    return LocalAws(local, client)


def attach_failing_function(aws: LocalAws) -> AwsPipeline:
    """Create a pipeline whose function fails at bad records, and whose mapping does not retry."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("scavenger/__init__.py", "")
        archive.writestr("scavenger/lambda_function.py", SOURCE)
    return attach_function(
        aws,
        make_tables(aws, has_stream=True),
        package=package.getvalue(),
        MaximumRetryAttempts=0,
        BisectBatchOnFunctionError=True,
        MetricsConfig={"Metrics": ["EventCount"]},
    )


def total(aws: LocalAws, name: str, **dimension: str) -> float:
    """Return the sum of a metric of Lambda."""
    return metric_sum(aws.client("cloudwatch"), "AWS/Lambda", name, **dimension)


@pytest.fixture(scope="module")
def split(aws: LocalAws) -> AwsPipeline:
    """Return a pipeline whose mapping has discarded a bad record among others."""
    pipeline = attach_failing_function(aws)
    stage(aws, pipeline.messages, ["one", "two", "bad", "three"], 1)
    assert wait_until(lambda: read_objects(aws.client("s3"), pipeline.bucket) != {})
    assert wait_until(lambda: total(aws, "PolledEventCount", EventSourceMappingUUID=pipeline.mapping) == 4)
    return pipeline


@pytest.fixture(scope="module")
def refused(aws: LocalAws) -> AwsPipeline:
    """Return a pipeline whose failure bucket has refused a discarded record."""
    pipeline = attach_failing_function(aws)
    objects = f"arn:aws:s3:::{pipeline.bucket}/*"
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": objects}
    aws.client("s3").put_bucket_policy(Bucket=pipeline.bucket, Policy=json.dumps({"Statement": [denied]}))
    stage(aws, pipeline.messages, ["bad"], 1)
    assert wait_until(lambda: total(aws, "DroppedEventCount", EventSourceMappingUUID=pipeline.mapping) == 1)
    return pipeline


def test_a_batch_is_split_until_only_the_bad_record_is_discarded(aws: LocalAws, split: AwsPipeline) -> None:
    """It is in the failure bucket, in the form of AWS's objects."""
    ((key, body),) = read_objects(aws.client("s3"), split.bucket).items()
    assert key.startswith(f"aws/lambda/{split.mapping}/")
    content = json.loads(body)
    (record,) = json.loads(content["payload"])["Records"]
    assert record["dynamodb"]["Keys"] == {"messageId": {"S": "bad"}}
    assert content["requestContext"]["functionArn"].endswith(f":function:{split.function}")
    assert content["responseContext"]["functionError"] == "Unhandled"
    assert total(aws, "OnFailureDestinationDeliveredEventCount", EventSourceMappingUUID=split.mapping) == 1
    assert total(aws, "DroppedEventCount", EventSourceMappingUUID=split.mapping) == 0
    assert total(aws, "Errors", FunctionName=split.function) >= 1


def test_a_record_that_the_bucket_refuses_is_dropped(aws: LocalAws, refused: AwsPipeline) -> None:
    """The mapping writes with the function's role, which a policy of the bucket denies."""
    assert wait_until(lambda: total(aws, "DestinationDeliveryFailures", FunctionName=refused.function) == 1)
    assert read_objects(aws.client("s3"), refused.bucket) == {}


@pytest.mark.usefixtures("split", "refused")
def test_the_metrics_are_those_that_the_list_names(aws: LocalAws) -> None:
    """Of AWS's own: the mapping, the function and the tables have written theirs."""
    pages = aws.client("cloudwatch").get_paginator("list_metrics").paginate()
    found = {(metric["Namespace"], metric["MetricName"]) for page in pages for metric in page["Metrics"]}
    kept, missing = (
        {(namespace, name) for namespace, names in metrics.items() for name in names if namespace.startswith("AWS/")}
        for metrics in (KEPT_METRICS, MISSING_METRICS)
    )
    assert found >= kept
    assert found & missing == set()
