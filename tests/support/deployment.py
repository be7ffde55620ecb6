"""The deployment on the local AWS, and helpers for tests that use it."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger_ops.local.ministack import REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

SECRET = "A secret message"
WAIT_TIMEOUT_S = 60
# The name of the role's policy in modules/scavenger/iam.tf.
POLICY_NAME = "scavenger"


@dataclass(frozen=True)
class Deployment:
    """An applied configuration: its outputs, its Terraform commands, and the local AWS's clients and folder."""

    outputs: dict[str, Any]
    terraform: Callable[..., Any]
    dynamodb: "DynamoDBClient"
    functions: "LambdaClient"
    logs: "CloudWatchLogsClient"
    s3: "S3Client"
    iam: "IAMClient"
    cloudwatch: "CloudWatchClient"
    folder: Path


@dataclass(frozen=True)
class Operator:
    """An IAM user: the ARN, and a function that allows only the given actions and returns the user's environment."""

    arn: str
    allow: Callable[..., dict[str, str]]


def put(dynamodb: "DynamoDBClient", table_name: str, message_ids: list[str]) -> None:
    """Write messages to a table, as the API or the processing would."""
    for start in range(0, len(message_ids), 25):
        items: list[Any] = [
            {"PutRequest": {"Item": {"messageId": {"S": name}, "createdAt": {"N": "1"}, "event": {"S": SECRET}}}}
            for name in message_ids[start : start + 25]
        ]
        dynamodb.batch_write_item(RequestItems={table_name: items})


def message_ids(dynamodb: "DynamoDBClient", table_name: str, prefix: str) -> set[str]:
    """Return the IDs of the messages of one test in a table."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table_name)
    found = {item["messageId"]["S"] for page in pages for item in page["Items"]}
    return {name for name in found if name.startswith(prefix)}


def object_names(deployment: Deployment) -> set[str]:
    """Return the keys of all objects in the failure bucket."""
    return list_objects(deployment.s3, deployment.outputs["failure_bucket_name"])


def failure_objects(deployment: Deployment) -> dict[str, Any]:
    """Read all objects of the failure bucket, by name."""
    found = read_objects(deployment.s3, deployment.outputs["failure_bucket_name"])
    return {name: json.loads(body) for name, body in found.items()}


def list_objects(s3: "S3Client", bucket: str) -> set[str]:
    """Return the keys of all objects of a bucket."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {found["Key"] for page in pages for found in page.get("Contents", [])}


def read_objects(s3: "S3Client", bucket: str) -> dict[str, bytes]:
    """Read all objects of a bucket, by name."""
    return {name: s3.get_object(Bucket=bucket, Key=name)["Body"].read() for name in list_objects(s3, bucket)}


class InvocationAnswer(NamedTuple):
    """The result of an invocation: the function's response, Lambda's error type, and the end of the log."""

    content: Any
    error: str | None
    log: str


def invoke(deployment: Deployment, payload: object) -> InvocationAnswer:
    """Invoke the function, with an event of the mapping's or anything else."""
    response = deployment.functions.invoke(
        FunctionName=deployment.outputs["function_name"], Payload=json.dumps(payload), LogType="Tail"
    )
    log = base64.b64decode(response.get("LogResult", "")).decode()
    return InvocationAnswer(json.loads(response["Payload"].read()), response.get("FunctionError"), log)


def role_name(outputs: Mapping[str, Any]) -> str:
    """Return the name of the function's role. It contains the Region, because role names are unique in an account."""
    return f"{outputs['function_name']}-{REGION}"


def role_policy(iam: "IAMClient", outputs: Mapping[str, Any]) -> Any:
    """Read the policy of the function's role."""
    return iam.get_role_policy(RoleName=role_name(outputs), PolicyName=POLICY_NAME)["PolicyDocument"]


@contextmanager
def taken_away(deployment: Deployment, *sids: str) -> Iterator[None]:
    """Remove statements from the function's policy, and restore them at the end."""
    with without_statements(deployment.iam, role_name(deployment.outputs), POLICY_NAME, *sids):
        yield


@contextmanager
def without_statements(iam: "IAMClient", role: str, policy_name: str, *sids: str) -> Iterator[None]:
    """Remove statements from the policy of a role, and restore them at the end."""
    policy: Any = iam.get_role_policy(RoleName=role, PolicyName=policy_name)["PolicyDocument"]
    left = [statement for statement in policy["Statement"] if statement["Sid"] not in sids]
    assert len(left) == len(policy["Statement"]) - len(sids)
    name: Any = {"RoleName": role, "PolicyName": policy_name}
    iam.put_role_policy(**name, PolicyDocument=json.dumps({**policy, "Statement": left}))
    try:
        yield
    finally:
        iam.put_role_policy(**name, PolicyDocument=json.dumps(policy))


def log_lines(deployment: Deployment) -> list[str]:
    """Return all lines of the function's log."""
    return read_log(deployment.logs, deployment.outputs["log_group_name"])


def read_log(logs: "CloudWatchLogsClient", group: str, since_ms: int = 0) -> list[str]:
    """Return all lines of a log group since a time."""
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since_ms)
    return [event["message"] for page in pages for event in page["events"]]


def wait_until(condition: Callable[[], bool], timeout_s: float = WAIT_TIMEOUT_S) -> bool:
    """Wait until a condition is true, and return whether it became true."""
    give_up_at = time.monotonic() + timeout_s
    while not (holds := condition()) and time.monotonic() < give_up_at:
        time.sleep(0.2)
    return holds


def metric_sum(cloudwatch: Any, namespace: str, name: str, **dimensions: str) -> float:
    """Return the sum of all values of a metric."""
    found = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=0,
        EndTime=2**32,
        Period=86_400,
        Statistics=["Sum"],
    )
    return sum(float(point["Sum"]) for point in found["Datapoints"])
