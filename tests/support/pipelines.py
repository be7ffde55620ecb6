"""Creates pipelines (two tables, the function, its mapping, a bucket) with the API only, for tests that need many."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from scavenger_ops.terraform import PACKAGE

from support.deployment import wait_until
from support.tables import fill, make_keyed_table

KEY_TYPES = {"messageId": "S"}
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
_LAMBDA_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_ANYTHING = {"Action": "*", "Resource": "*"}


@dataclass(frozen=True)
class AwsPipeline:
    """The names of a pipeline's parts. Without a function, its names are empty."""

    staging: str
    messages: str
    bucket: str = ""
    function: str = ""
    mapping: str = ""
    stream_arn: str = ""


@dataclass(frozen=True)
class LocalAws:
    """The local AWS: the environment for its clients, and the clients."""

    environment: dict[str, str]
    client: Callable[[str], Any]

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        """Return the rows of a table, by the message's ID."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return {item["messageId"]["S"]: item for page in pages for item in page["Items"]}


def make_tables(aws: LocalAws, *, has_stream: bool = False) -> AwsPipeline:
    """Create a staging and a messages table."""
    name = f"t-{uuid4().hex[:12]}"
    pipeline = AwsPipeline(f"{name}-staging", f"{name}-messages")
    stream: Any = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
    make_keyed_table(aws.client("dynamodb"), pipeline.staging, KEY_TYPES)
    make_keyed_table(aws.client("dynamodb"), pipeline.messages, KEY_TYPES, **(stream if has_stream else {}))
    return pipeline


def attach_function(  # noqa: PLR0913 - each is a setting of its own
    aws: LocalAws,
    tables: AwsPipeline,
    *,
    is_on: bool = True,
    package: bytes | None = None,
    variables: Mapping[str, object] | None = None,
    allowed: Mapping[str, Any] | None = None,
    **settings: Any,
) -> AwsPipeline:
    """Add a bucket, the function and its mapping, which starts with what is written from now on.

    A package takes the place of the built one. Variables, whose values become JSON, are added to the function's
    environment, and settings to those of the mapping. The function has a role of its own if it is allowed only some
    things (the parts of an IAM statement).
    """
    name = tables.staging.removesuffix("-staging")
    description: Any = aws.client("dynamodb").describe_table(TableName=tables.messages)["Table"]
    aws.client("s3").create_bucket(Bucket=f"{name}-failures")
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName=name,
        Role=make_role(aws, name, allowed) if allowed else make_role(aws, "anything", _ANYTHING),
        Runtime="python3.13",
        Handler="scavenger.lambda_function.lambda_handler",
        Timeout=30,
        # A function that is off is never invoked.
        Code={"ZipFile": (package or PACKAGE.read_bytes()) if is_on else _EMPTY_ZIP},
        Environment={
            "Variables": {
                "STAGING_MESSAGES_TABLE_NAME": tables.staging,
                "STAGING_MESSAGES_TABLE_KEY": json.dumps(KEY_TYPES),
                "MAX_REQUESTS_IN_FLIGHT": "8",
                "POWERTOOLS_SERVICE_NAME": name,
                "FAILURE_BUCKET_NAME": f"{name}-failures",
                **{variable: json.dumps(value) for variable, value in (variables or {}).items()},
            }
        },
    )
    created = functions.create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=description["LatestStreamArn"],
        StartingPosition="LATEST",
        BatchSize=100,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{name}-failures"}},
        Enabled=is_on,
        **{"MaximumBatchingWindowInSeconds": 60, **settings},
    )
    assert wait_until(lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")
    return AwsPipeline(
        tables.staging, tables.messages, f"{name}-failures", name, created["UUID"], description["LatestStreamArn"]
    )


def watch(aws: LocalAws, pipeline: AwsPipeline) -> AwsPipeline:
    """Add metrics of the mapping, and an alarm: without one, status does not know whether anything watches."""
    cloudwatch = aws.client("cloudwatch")
    # The mapping's metric of events, for the time of a long soak: status reads only the last hour.
    polled = {
        "MetricName": "PolledEventCount",
        "Dimensions": [{"Name": "EventSourceMappingUUID", "Value": pipeline.mapping}],
        "Value": 0,
    }
    times = [datetime.now(UTC) + timedelta(minutes=30 * number - 2) for number in range(24)]
    cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[{**polled, "Timestamp": time} for time in times])
    cloudwatch.put_metric_alarm(
        AlarmName=f"{pipeline.function}-errors",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": pipeline.function}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return pipeline


def remove(aws: LocalAws, pipeline: AwsPipeline) -> None:
    """Delete a pipeline, so that many of them do not slow each other down."""
    if pipeline.mapping:
        aws.client("lambda").delete_event_source_mapping(UUID=pipeline.mapping)
        aws.client("lambda").delete_function(FunctionName=pipeline.function)
    for table in (pipeline.staging, pipeline.messages):
        aws.client("dynamodb").delete_table(TableName=table)


def stage(aws: LocalAws, table: str, names: list[str], created_at_ms: int | None, event: str = "x") -> None:
    """Write rows to a table, with or without a time."""
    time_of_it: dict[str, Any] = {} if created_at_ms is None else {"createdAt": {"N": str(created_at_ms)}}
    fill(
        aws.client("dynamodb"),
        table,
        ({"messageId": {"S": name}, "event": {"S": event}, **time_of_it} for name in names),
    )


def now_ms() -> int:
    """Return the time as the rows have it."""
    return int(time.time() * 1000)


def make_role(aws: LocalAws, name: str, allowed: Mapping[str, Any]) -> str:
    """Return the ARN of the function's role, created when it is first needed, with these parts of an IAM statement."""
    iam = aws.client("iam")
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_LAMBDA_MAY_ASSUME))
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **allowed}]}
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=json.dumps(policy))
        return str(role["Role"]["Arn"])
