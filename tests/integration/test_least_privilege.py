"""The function's role may do what Lambda and the function do with it, and nothing else."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError
from support.deployment import Deployment, role_name, role_policy, taken_away

pytestmark = pytest.mark.usefixtures("_bucket_takes_plain_http")

# What AWS calls it when a role may not do something.
DENIED = ("AccessDenied", "AccessDeniedException")
KEY = {"messageId": {"S": "nobody's"}, "createdAt": {"N": "1"}}

Clients = Callable[[str], Any]
Facts = dict[str, Any]


class Need(NamedTuple):
    """An action that somebody takes with the role, on what, and the statement of its policy that allows it."""

    sid: str
    action: str
    resource: Callable[[Facts], str]


# By what would stop without it. The resources are those that AWS asks for. Source: service-authorization reference.
NEEDS = {
    "the function deletes rows": Need("DeleteFromStaging", "dynamodb:BatchWriteItem", itemgetter("staging")),
    "Lambda sees which streams there are": Need("ListTheStreams", "dynamodb:ListStreams", lambda _: "*"),
    "Lambda sees the shards of the stream": Need("ReadTheStream", "dynamodb:DescribeStream", itemgetter("stream")),
    "Lambda begins with a shard": Need("ReadTheStream", "dynamodb:GetShardIterator", itemgetter("stream")),
    "Lambda reads a shard": Need("ReadTheStream", "dynamodb:GetRecords", itemgetter("stream")),
    "a function that starts begins its log": Need("WriteTheLog", "logs:CreateLogStream", itemgetter("log")),
    "what the function says is kept": Need("WriteTheLog", "logs:PutLogEvents", itemgetter("log")),
    "Lambda sends the traces": Need("SendTraces", "xray:PutTraceSegments", lambda _: "*"),
    "Lambda counts the traces": Need("SendTraces", "xray:PutTelemetryRecords", lambda _: "*"),
    "bad records and given up batches are kept": Need("KeepFailedBatches", "s3:PutObject", itemgetter("object")),
    "Lambda takes the bucket as a destination": Need("KeepFailedBatches", "s3:PutObject", itemgetter("other_object")),
    "Lambda finds the failure bucket": Need("FindTheFailureBucket", "s3:ListBucket", itemgetter("bucket")),
}


@pytest.fixture
def role_arn(deployment: Deployment) -> str:
    """Give the ARN of the function's role."""
    return deployment.iam.get_role(RoleName=role_name(deployment.outputs))["Role"]["Arn"]


@pytest.fixture
def role(local: dict[str, str], client: Clients, role_arn: str) -> Clients:
    """Give a function that makes clients with the role, which the local AWS lends its owner as it does Lambda."""
    lent = client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
    session = boto3.Session(lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"], local["AWS_REGION"])
    return lambda service: session.client(service, endpoint_url=local["AWS_ENDPOINT_URL"])  # type: ignore[call-overload]


@pytest.fixture
def facts(deployment: Deployment) -> Facts:
    """Give the outputs, and the ARNs of what the role is for."""
    outputs, region_and_account = deployment.outputs, "us-east-1:000000000000"
    bucket = f"arn:aws:s3:::{outputs['failure_bucket_name']}"
    return outputs | {
        "staging": f"arn:aws:dynamodb:{region_and_account}:table/{outputs['staging_table_name']}",
        "messages": f"arn:aws:dynamodb:{region_and_account}:table/{outputs['messages_table_name']}",
        "stream": outputs["messages_table_stream_arn"],
        "log": f"arn:aws:logs:{region_and_account}:log-group:{outputs['log_group_name']}:log-stream:2026/11/23/one",
        "bucket": bucket,
        "object": f"{bucket}/aws/lambda/{outputs['event_source_mapping_uuid']}/shard/one",
        # Which key Lambda checks the permission with, AWS does not say.
        "other_object": f"{bucket}/any-key",
    }


def is_denied(call: Callable[..., Any], **parameters: Any) -> bool:
    """Make a call, and say whether AWS denies it; any other error is raised."""
    try:
        call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        return True
    return False


def actions(statement: dict[str, Any]) -> set[str]:
    """Give the actions of a statement."""
    return {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])


def decision(deployment: Deployment, role_arn: str, action: str, resource: str) -> str:
    """Ask IAM whether the role may do something."""
    answer = deployment.iam.simulate_principal_policy(
        PolicySourceArn=role_arn, ActionNames=[action], ResourceArns=[resource]
    )
    return answer["EvaluationResults"][0]["EvalDecision"]


def test_every_action_of_the_role_is_needed_for_something(deployment: Deployment) -> None:
    """None is missing below, and none is a wildcard."""
    statements = role_policy(deployment.iam, deployment.outputs)["Statement"]
    allowed = {(statement["Sid"], action) for statement in statements for action in actions(statement)}
    assert allowed == {(need.sid, need.action) for need in NEEDS.values()}


@pytest.mark.parametrize("thing", NEEDS)
def test_it_is_allowed_by_one_statement_alone(deployment: Deployment, role_arn: str, facts: Facts, thing: str) -> None:
    """IAM is asked, since the local AWS takes other resources than AWS does for streams and logs, and has no X-Ray."""
    need = NEEDS[thing]
    with taken_away(deployment, need.sid):
        assert decision(deployment, role_arn, need.action, need.resource(facts)) == "implicitDeny"
    assert decision(deployment, role_arn, need.action, need.resource(facts)) == "allowed"


def test_no_statement_is_for_every_resource_but_where_aws_has_none_to_name(
    deployment: Deployment, facts: Facts
) -> None:
    """Traces, and the list of streams. Wildcards at the end of a name are for what is not known yet: logs, objects."""
    statements = role_policy(deployment.iam, deployment.outputs)["Statement"]
    named = {statement["Sid"]: statement["Resource"] for statement in statements}
    assert {sid: resource for sid, resource in named.items() if "*" in resource} == {
        "ListTheStreams": "*",
        "WriteTheLog": facts["log"].split(":log-stream:")[0] + ":*",
        "SendTraces": "*",
        "KeepFailedBatches": f"{facts['bucket']}/*",
    }


# Beside the operations of the API, whose actions have their names.
PARTIQL = ["PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"]


def test_of_data_the_role_may_delete_from_staging_and_nothing_else(
    deployment: Deployment, client: Clients, role_arn: str, facts: Facts
) -> None:
    """Of all operations that DynamoDB's API has, on either table."""
    operations = [*client("dynamodb").meta.service_model.operation_names, *PARTIQL]
    assert len(operations) > 50
    allowed = {
        (table, operation)
        for table in ("staging", "messages")
        for operation in operations
        if decision(deployment, role_arn, f"dynamodb:{operation}", facts[table]) == "allowed"
    }
    assert allowed == {("staging", "BatchWriteItem")}


Call = tuple[str, str, Callable[[Facts], dict[str, Any]]]
# By the statement that allows it.
ALLOWED: dict[str, Call] = {
    "DeleteFromStaging": (
        "dynamodb",
        "batch_write_item",
        lambda facts: {"RequestItems": {facts["staging_table_name"]: [{"DeleteRequest": {"Key": KEY}}]}},
    ),
    "KeepFailedBatches": (
        "s3",
        "put_object",
        lambda facts: {"Bucket": facts["failure_bucket_name"], "Key": "aws/lambda/x", "Body": b"{}"},
    ),
    "FindTheFailureBucket": (
        "s3",
        "list_objects_v2",
        lambda facts: {"Bucket": facts["failure_bucket_name"]},
    ),
}
FORBIDDEN: dict[str, Call] = {
    "read a row of staging": (
        "dynamodb",
        "get_item",
        lambda facts: {"TableName": facts["staging_table_name"], "Key": KEY},
    ),
    "scan staging": ("dynamodb", "scan", lambda facts: {"TableName": facts["staging_table_name"]}),
    "scan messages": ("dynamodb", "scan", lambda facts: {"TableName": facts["messages_table_name"]}),
    "delete from messages": (
        "dynamodb",
        "batch_write_item",
        lambda facts: {"RequestItems": {facts["messages_table_name"]: [{"DeleteRequest": {"Key": KEY}}]}},
    ),
    "delete from staging and messages at once": (
        "dynamodb",
        "batch_write_item",
        lambda facts: {
            "RequestItems": {
                facts[name]: [{"DeleteRequest": {"Key": KEY}}] for name in ("staging_table_name", "messages_table_name")
            }
        },
    ),
    "delete by PartiQL": (
        "dynamodb",
        "execute_statement",
        lambda facts: {
            "Statement": f"""DELETE FROM "{facts["staging_table_name"]}" WHERE "messageId" = 'x'"""  # noqa: S608
        },
    ),
    "read what failed": (
        "s3",
        "get_object",
        lambda facts: {"Bucket": facts["failure_bucket_name"], "Key": "aws/lambda/x"},
    ),
    "remove what failed": (
        "s3",
        "delete_object",
        lambda facts: {"Bucket": facts["failure_bucket_name"], "Key": "aws/lambda/x"},
    ),
    "read its log": ("logs", "filter_log_events", lambda facts: {"logGroupName": facts["log_group_name"]}),
    "change its code": (
        "lambda",
        "update_function_code",
        lambda facts: {"FunctionName": facts["function_name"], "ZipFile": b"PK"},
    ),
}


@pytest.mark.parametrize("sid", ALLOWED)
def test_what_the_role_is_for_goes_with_its_statement_and_not_without(
    deployment: Deployment, role: Clients, facts: Facts, sid: str
) -> None:
    """Tried out, where the local AWS asks for what AWS does; test_failures.py has the function stop for want of two."""
    service, operation, parameters = ALLOWED[sid]
    call = getattr(role(service), operation)
    with taken_away(deployment, sid):
        assert is_denied(call, **parameters(facts))
    assert not is_denied(call, **parameters(facts))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_role_may_not(role: Clients, facts: Facts, what: str) -> None:
    """Tried out, too."""
    service, operation, parameters = FORBIDDEN[what]
    assert is_denied(getattr(role(service), operation), **parameters(facts))
