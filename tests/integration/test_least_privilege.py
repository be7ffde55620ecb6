"""The function's role allows exactly what Lambda and the function need."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

import pytest
from support.deployment import Deployment, role_name, role_policy, taken_away
from support.roles import assume, decision, is_denied

pytestmark = pytest.mark.usefixtures("_bucket_is_emptied")

KEY = {"messageId": {"S": "nobody's"}, "createdAt": {"N": "1"}}

Clients = Callable[[str], Any]
Facts = dict[str, Any]


class Need(NamedTuple):
    """An action that the role needs, its resource, and the statement of the policy that allows it."""

    sid: str
    action: str
    resource: Callable[[Facts], str]


# By what would fail without it. The resources are those that AWS requires. Source: service authorization reference.
NEEDS = {
    "the function deletes rows": Need("DeleteFromStaging", "dynamodb:BatchWriteItem", itemgetter("staging")),
    "Lambda lists the streams": Need("ListTheStreams", "dynamodb:ListStreams", lambda _: "*"),
    "Lambda lists the shards of the stream": Need("ReadTheStream", "dynamodb:DescribeStream", itemgetter("stream")),
    "Lambda starts to read a shard": Need("ReadTheStream", "dynamodb:GetShardIterator", itemgetter("stream")),
    "Lambda reads a shard": Need("ReadTheStream", "dynamodb:GetRecords", itemgetter("stream")),
    "a starting function creates its log stream": Need("WriteTheLog", "logs:CreateLogStream", itemgetter("log")),
    "the function writes its log": Need("WriteTheLog", "logs:PutLogEvents", itemgetter("log")),
    "Lambda sends the traces": Need("SendTraces", "xray:PutTraceSegments", lambda _: "*"),
    "Lambda counts the traces": Need("SendTraces", "xray:PutTelemetryRecords", lambda _: "*"),
    "quarantined records and discarded batches are kept": Need(
        "KeepFailedBatches", "s3:PutObject", itemgetter("object")
    ),
    "Lambda accepts the bucket as a failure destination": Need(
        "KeepFailedBatches", "s3:PutObject", itemgetter("other_object")
    ),
    "Lambda finds the failure bucket": Need("FindTheFailureBucket", "s3:ListBucket", itemgetter("bucket")),
}


@pytest.fixture
def role_arn(deployment: Deployment) -> str:
    """Return the ARN of the function's role."""
    return deployment.iam.get_role(RoleName=role_name(deployment.outputs))["Role"]["Arn"]


@pytest.fixture
def role(local: dict[str, str], client: Clients, role_arn: str) -> Clients:
    """Return a function that makes clients with the role."""
    return assume(local, client, role_arn)


@pytest.fixture
def facts(deployment: Deployment) -> Facts:
    """Return the outputs, and the ARNs of the resources that the role needs."""
    outputs, region_and_account = deployment.outputs, "us-east-1:000000000000"
    bucket = f"arn:aws:s3:::{outputs['failure_bucket_name']}"
    return outputs | {
        "staging": f"arn:aws:dynamodb:{region_and_account}:table/{outputs['staging_table_name']}",
        "messages": f"arn:aws:dynamodb:{region_and_account}:table/{outputs['messages_table_name']}",
        "stream": outputs["messages_table_stream_arn"],
        "log": f"arn:aws:logs:{region_and_account}:log-group:{outputs['log_group_name']}:log-stream:2026/11/23/one",
        "bucket": bucket,
        "object": f"{bucket}/aws/lambda/{outputs['event_source_mapping_uuid']}/shard/one",
        # AWS does not document with which object key Lambda checks the permission.
        "other_object": f"{bucket}/any-key",
    }


def actions(statement: dict[str, Any]) -> set[str]:
    """Return the actions of a statement."""
    return {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])


def test_every_action_of_the_role_is_needed_for_something(deployment: Deployment) -> None:
    """NEEDS has all actions, and none is a wildcard."""
    statements = role_policy(deployment.iam, deployment.outputs)["Statement"]
    allowed = {(statement["Sid"], action) for statement in statements for action in actions(statement)}
    assert allowed == {(need.sid, need.action) for need in NEEDS.values()}


@pytest.mark.parametrize("thing", NEEDS)
def test_exactly_one_statement_allows_an_action(
    deployment: Deployment, role_arn: str, facts: Facts, thing: str
) -> None:
    """IAM's simulator decides: the local AWS uses other resources than AWS for streams and logs, and has no X-Ray."""
    need = NEEDS[thing]
    with taken_away(deployment, need.sid):
        assert decision(deployment.iam, role_arn, need.action, need.resource(facts)) == "implicitDeny"
    assert decision(deployment.iam, role_arn, need.action, need.resource(facts)) == "allowed"


def test_only_actions_without_resource_types_are_allowed_on_every_resource(
    deployment: Deployment, facts: Facts
) -> None:
    """Traces and the list of streams. A wildcard at the end of an ARN is for unknown names: log streams, objects."""
    statements = role_policy(deployment.iam, deployment.outputs)["Statement"]
    named = {statement["Sid"]: statement["Resource"] for statement in statements}
    assert {sid: resource for sid, resource in named.items() if "*" in resource} == {
        "ListTheStreams": "*",
        "WriteTheLog": facts["log"].split(":log-stream:")[0] + ":*",
        "SendTraces": "*",
        "KeepFailedBatches": f"{facts['bucket']}/*",
    }


# Actions that are not named after an operation of the API.
PARTIQL = ["PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"]


def test_the_role_can_only_delete_from_the_staging_table(
    deployment: Deployment, client: Clients, role_arn: str, facts: Facts
) -> None:
    """All operations of DynamoDB's API are tried, on both tables."""
    operations = [*client("dynamodb").meta.service_model.operation_names, *PARTIQL]
    assert len(operations) > 50
    allowed = {
        (table, operation)
        for table in ("staging", "messages")
        for operation in operations
        if decision(deployment.iam, role_arn, f"dynamodb:{operation}", facts[table]) == "allowed"
    }
    assert allowed == {("staging", "BatchWriteItem")}


Call = tuple[str, str, Callable[[Facts], dict[str, Any]]]
# Calls by the statement that allows them.
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
def test_a_call_works_with_its_statement_and_is_denied_without_it(
    deployment: Deployment, role: Clients, facts: Facts, sid: str
) -> None:
    """Real calls, where the local AWS requires the same as AWS. test_failures.py tests the function without two."""
    service, operation, parameters = ALLOWED[sid]
    call = getattr(role(service), operation)
    with taken_away(deployment, sid):
        assert is_denied(call, **parameters(facts))
    assert not is_denied(call, **parameters(facts))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_role_cannot(role: Clients, facts: Facts, what: str) -> None:
    """The local AWS denies the real call."""
    service, operation, parameters = FORBIDDEN[what]
    assert is_denied(getattr(role(service), operation), **parameters(facts))
