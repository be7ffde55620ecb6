"""An operator needs the permissions that the runbook names, and to be named for the failure bucket; nothing else."""

import json
import re
from typing import Any

import boto3
import pytest
from scavenger_ops.toolchain import ROOT
from support.command import FAST, run
from support.deployment import Deployment, Operator, message_ids, object_names, put, wait_until
from support.events import event, record
from support.tables import fill, make_table, row

pytestmark = pytest.mark.usefixtures("_bucket_takes_plain_http")

REFERENCE = (ROOT / "docs" / "reference" / "commands.md").read_text()


def permissions(command: str) -> list[str]:
    """Give the permissions that the table of docs/reference/commands.md names for a command."""
    (line,) = re.findall(rf"^\| `{command} .*$", REFERENCE, re.MULTILINE)
    return re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", line)


def name_as_operator(deployment: Deployment, arn: str) -> None:
    """Let the failure bucket's policy refuse all readers but this, as failure_bucket_operator_arns does."""
    bucket = deployment.outputs["failure_bucket_name"]
    policy: Any = json.loads(deployment.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    (readers,) = [each for each in policy["Statement"] if each["Sid"] == "RefuseReadersButOperators"]
    readers["Condition"] = {"ArnNotEquals": {"aws:PrincipalArn": arn}}
    deployment.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


@pytest.fixture
def given_up(deployment: Deployment) -> str:
    """Keep a record in the failure bucket, and its row in staging; give the row's id."""
    name = "operators-row"
    put(deployment.dynamodb, deployment.outputs["staging_table_name"], [name])
    insert = record(1, Keys={"messageId": {"S": name}, "createdAt": {"N": "1"}})
    insert["eventSourceARN"] = deployment.outputs["messages_table_stream_arn"]
    deployment.s3.put_object(
        Bucket=deployment.outputs["failure_bucket_name"],
        Key="aws/lambda/x/given-up",
        Body=json.dumps({"payload": json.dumps(event(insert))}),
    )
    return name


def redrive(deployment: Deployment, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run the command on the deployment."""
    bucket, function = (deployment.outputs[name] for name in ("failure_bucket_name", "function_name"))
    return run(environment, "redrive", "--bucket", bucket, "--function", function)


def test_a_named_operator_with_these_permissions_redrives(
    deployment: Deployment, operator: Operator, given_up: str
) -> None:
    """None of them is for the tables."""
    name_as_operator(deployment, operator.arn)
    code, _, errors = redrive(deployment, operator.allow(*permissions("redrive")))
    assert code == 0, errors
    assert object_names(deployment) == set()
    assert message_ids(deployment.dynamodb, deployment.outputs["staging_table_name"], given_up) == set()


@pytest.mark.parametrize("permission", permissions("redrive"))
def test_without_one_of_them_nothing_is_removed(
    deployment: Deployment, operator: Operator, given_up: str, permission: str
) -> None:
    """The object stays, and what is missing is said."""
    name_as_operator(deployment, operator.arn)
    allowed = [each for each in permissions("redrive") if each != permission]
    code, output, errors = redrive(deployment, operator.allow(*allowed))
    assert code == 1
    assert "AccessDenied" in output + errors
    assert object_names(deployment) == {"aws/lambda/x/given-up"}
    deployment.dynamodb.delete_item(
        TableName=deployment.outputs["staging_table_name"], Key={"messageId": {"S": given_up}, "createdAt": {"N": "1"}}
    )


@pytest.mark.usefixtures("given_up")
def test_who_is_not_named_reads_nothing_whatever_iam_allows(deployment: Deployment, operator: Operator) -> None:
    """And is told where to be named. By default nobody is."""
    code, _, errors = redrive(deployment, operator.allow("s3:*", *permissions("redrive")))
    assert code == 1
    assert "Have your role or user named in failure_bucket_operator_arns" in errors
    assert object_names(deployment) == {"aws/lambda/x/given-up"}


@pytest.mark.usefixtures("given_up")
def test_nobody_but_the_function_and_its_mapping_writes_to_the_failure_bucket(
    deployment: Deployment, operator: Operator, local: dict[str, str]
) -> None:
    """Not even an operator, who could have the function delete any row."""
    name_as_operator(deployment, operator.arn)
    allowed = operator.allow("s3:*")
    session = boto3.Session(
        allowed["AWS_ACCESS_KEY_ID"], allowed["AWS_SECRET_ACCESS_KEY"], region_name=local["AWS_REGION"]
    )
    s3 = session.client("s3", endpoint_url=local["AWS_ENDPOINT_URL"])
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.put_object(Bucket=deployment.outputs["failure_bucket_name"], Key="aws/lambda/x/forged", Body=b"{}")


# Of what the reference names for reconcile, these are not needed if a row has more than its key, its key makes
# the message's, and a function links the tables.
SPECIAL = {"dynamodb:GetItem", "lambda:ListFunctions"}
NEEDED = sorted({*permissions("reconcile")} - SPECIAL)


def reconcile(deployment: Deployment, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run the command on the deployment; its exit code is about other tests' rows, too."""
    staging, messages = (deployment.outputs[f"{table}_table_name"] for table in ("staging", "messages"))
    options = ("--staging", staging, "--messages", messages, "--apply", "--restart", *FAST)
    return run(environment, "reconcile", *options)


@pytest.fixture(scope="module")
def processed(deployment: Deployment) -> str:
    """Have the function delete a row, and return its id: from now on, it does not learn of the message any more."""
    name = "reconciled"
    for table in ("staging", "messages"):
        fill(deployment.dynamodb, deployment.outputs[f"{table}_table_name"], [row(name)])
    assert wait_until(lambda: not is_staged(deployment, name))
    return name


@pytest.fixture
def in_both(deployment: Deployment, processed: str) -> str:
    """Stage the row behind the function's back, and return its id."""
    fill(deployment.dynamodb, deployment.outputs["staging_table_name"], [row(processed)])
    return processed


def is_staged(deployment: Deployment, name: str) -> bool:
    """Return whether the row is in staging."""
    return bool(message_ids(deployment.dynamodb, deployment.outputs["staging_table_name"], name))


def test_with_its_permissions_reconcile_deletes(deployment: Deployment, operator: Operator, in_both: str) -> None:
    """They do not allow to put."""
    assert not {each for each in permissions("reconcile") if "Put" in each or "Write" in each}
    _, _, errors = reconcile(deployment, operator.allow(*NEEDED))
    assert not is_staged(deployment, in_both), errors


# The local AWS does not ask for lambda:GetEventSourceMapping.
@pytest.mark.parametrize("permission", [each for each in NEEDED if each != "lambda:GetEventSourceMapping"])
def test_without_one_of_them_reconcile_deletes_nothing(
    deployment: Deployment, operator: Operator, in_both: str, permission: str
) -> None:
    """And says which one is missing."""
    code, _, errors = reconcile(deployment, operator.allow(*[each for each in NEEDED if each != permission]))
    assert code == 1
    assert f"Allow your role or user {permission}" in " ".join(errors.split())
    assert is_staged(deployment, in_both)


def test_without_a_function_that_ties_the_tables_all_functions_are_looked_at(
    deployment: Deployment, operator: Operator
) -> None:
    """That takes a permission more."""
    for name in ("untied-staging", "untied-messages"):
        make_table(deployment.dynamodb, name)
    fill(deployment.dynamodb, "untied-staging", [{each: row("one")[each] for each in ("messageId", "createdAt")}])
    fill(deployment.dynamodb, "untied-messages", [row("one")])
    options = ("reconcile", "--staging", "untied-staging", "--messages", "untied-messages", "--apply", "--yes")
    code, _, errors = run(operator.allow(*NEEDED), *options)
    assert (code, "Allow your role or user lambda:ListFunctions" in " ".join(errors.split())) == (1, True)
    # The row has nothing but its key, so that it is read again.
    code, _, errors = run(operator.allow(*NEEDED, "lambda:ListFunctions"), *options)
    assert (code, "Allow your role or user dynamodb:GetItem" in " ".join(errors.split())) == (1, True)
    assert run(operator.allow(*permissions("reconcile")), *options)[0] == 0
    assert message_ids(deployment.dynamodb, "untied-staging", "one") == set()
    for name in ("untied-staging", "untied-messages"):
        deployment.dynamodb.delete_table(TableName=name)
