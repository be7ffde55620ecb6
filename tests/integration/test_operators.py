"""An operator needs the permissions in the reference and access to the failure bucket, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from support.command import FAST, run
from support.deployment import Deployment, Operator, message_ids, object_names, put, wait_until
from support.documented_permissions import permissions
from support.events import event, record
from support.tables import fill, make_table, row

pytestmark = pytest.mark.usefixtures("_bucket_is_emptied")


@pytest.fixture(autouse=True)
def _policy_is_restored(deployment: Deployment) -> Iterator[None]:
    """Restore the policy of the failure bucket after each test."""
    bucket = deployment.outputs["failure_bucket_name"]
    before = deployment.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    yield
    deployment.s3.put_bucket_policy(Bucket=bucket, Policy=before)


def allow_operator(deployment: Deployment, arn: str) -> None:
    """Let only this principal read the failure bucket, as failure_bucket_operator_arns does."""
    bucket = deployment.outputs["failure_bucket_name"]
    policy: Any = json.loads(deployment.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    (readers,) = [each for each in policy["Statement"] if each["Sid"] == "DenyReadsAndDeletesExceptByOperators"]
    readers["Condition"] = {"ArnNotEquals": {"aws:PrincipalArn": arn}}
    deployment.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


@pytest.fixture
def failed_row(deployment: Deployment) -> str:
    """Put a record into the failure bucket, and its row into the staging table. Return the row's id."""
    name = "operators-row"
    put(deployment.dynamodb, deployment.outputs["staging_table_name"], [name])
    insert = record(1, Keys={"messageId": {"S": name}, "createdAt": {"N": "1"}})
    insert["eventSourceARN"] = deployment.outputs["messages_table_stream_arn"]
    deployment.s3.put_object(
        Bucket=deployment.outputs["failure_bucket_name"],
        Key="aws/lambda/x/exhausted",
        Body=json.dumps({"payload": json.dumps(event(insert))}),
    )
    return name


def redrive(deployment: Deployment, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run redrive on the deployment."""
    return run(environment, "redrive", deployment.outputs["function_name"])


def test_an_operator_with_these_permissions_redrives(
    deployment: Deployment, operator: Operator, failed_row: str
) -> None:
    """None of the permissions is for the tables."""
    allow_operator(deployment, operator.arn)
    code, _, errors = redrive(deployment, operator.allow(*permissions("redrive")))
    assert code == 0, errors
    assert object_names(deployment) == set()
    assert message_ids(deployment.dynamodb, deployment.outputs["staging_table_name"], failed_row) == set()


@pytest.mark.parametrize("permission", permissions("redrive"))
def test_without_one_of_them_nothing_is_removed(
    deployment: Deployment, operator: Operator, failed_row: str, permission: str
) -> None:
    """The object stays, and the error names what is missing."""
    allow_operator(deployment, operator.arn)
    allowed = [each for each in permissions("redrive") if each != permission]
    code, output, errors = redrive(deployment, operator.allow(*allowed))
    assert code == 1
    assert "AccessDenied" in output + errors
    assert object_names(deployment) == {"aws/lambda/x/exhausted"}
    deployment.dynamodb.delete_item(
        TableName=deployment.outputs["staging_table_name"],
        Key={"messageId": {"S": failed_row}, "createdAt": {"N": "1"}},
    )


@pytest.mark.usefixtures("failed_row")
def test_only_an_operator_reads_the_bucket_whatever_iam_allows(deployment: Deployment, operator: Operator) -> None:
    """The error says which variable to change. By default, nobody is an operator."""
    code, _, errors = redrive(deployment, operator.allow("s3:*", *permissions("redrive")))
    assert code == 1
    assert "Add your role or user to failure_bucket_operator_arns" in errors
    assert object_names(deployment) == {"aws/lambda/x/exhausted"}


@pytest.mark.usefixtures("failed_row")
def test_only_the_function_and_its_mapping_write_to_the_failure_bucket(
    deployment: Deployment, operator: Operator, local: dict[str, str]
) -> None:
    """Not even an operator can, who could then make the function delete any row."""
    allow_operator(deployment, operator.arn)
    allowed = operator.allow("s3:*")
    session = boto3.Session(
        allowed["AWS_ACCESS_KEY_ID"], allowed["AWS_SECRET_ACCESS_KEY"], region_name=local["AWS_REGION"]
    )
    s3 = session.client("s3", endpoint_url=local["AWS_ENDPOINT_URL"], verify=local["AWS_CA_BUNDLE"])
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.put_object(Bucket=deployment.outputs["failure_bucket_name"], Key="aws/lambda/x/forged", Body=b"{}")


# Permissions of reconcile in the reference that it does not need if a row has more than its key, the message's key is
# made from the row's key, and a function links the tables.
SPECIAL = {"dynamodb:GetItem", "lambda:ListFunctions"}
NEEDED = sorted({*permissions("reconcile")} - SPECIAL)


def reconcile(deployment: Deployment, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run reconcile on the deployment. The rows of other tests affect its exit code too."""
    return run(environment, "reconcile", deployment.outputs["function_name"], "--apply", "--restart", *FAST)


@pytest.fixture(scope="module")
def processed(deployment: Deployment) -> str:
    """Let the function delete a row, and return its id. The stream does not report the message again."""
    name = "reconciled"
    for table in ("staging", "messages"):
        fill(deployment.dynamodb, deployment.outputs[f"{table}_table_name"], [row(name)])
    assert wait_until(lambda: not is_staged(deployment, name))
    return name


@pytest.fixture
def in_both(deployment: Deployment, processed: str) -> str:
    """Stage the row again without a new message, and return its id."""
    fill(deployment.dynamodb, deployment.outputs["staging_table_name"], [row(processed)])
    return processed


def is_staged(deployment: Deployment, name: str) -> bool:
    """Return whether the row is in the staging table."""
    return bool(message_ids(deployment.dynamodb, deployment.outputs["staging_table_name"], name))


def test_with_its_permissions_reconcile_deletes(deployment: Deployment, operator: Operator, in_both: str) -> None:
    """None of them allows puts."""
    assert not {each for each in permissions("reconcile") if "Put" in each or "Write" in each}
    _, _, errors = reconcile(deployment, operator.allow(*NEEDED))
    assert not is_staged(deployment, in_both), errors


# The local AWS does not check lambda:GetEventSourceMapping.
@pytest.mark.parametrize("permission", [each for each in NEEDED if each != "lambda:GetEventSourceMapping"])
def test_without_one_of_them_reconcile_deletes_nothing(
    deployment: Deployment, operator: Operator, in_both: str, permission: str
) -> None:
    """The error names the missing permission."""
    code, _, errors = reconcile(deployment, operator.allow(*[each for each in NEEDED if each != permission]))
    assert code == 1
    assert f"Allow your role or user {permission}" in " ".join(errors.split())
    assert is_staged(deployment, in_both)


def test_without_a_function_that_links_the_tables_all_functions_are_read(
    deployment: Deployment, operator: Operator
) -> None:
    """That needs one more permission."""
    for name in ("unlinked-staging", "unlinked-messages"):
        make_table(deployment.dynamodb, name)
    fill(deployment.dynamodb, "unlinked-staging", [{each: row("one")[each] for each in ("messageId", "createdAt")}])
    fill(deployment.dynamodb, "unlinked-messages", [row("one")])
    options = ("reconcile", "--staging", "unlinked-staging", "--messages", "unlinked-messages", "--apply", "--yes")
    code, _, errors = run(operator.allow(*NEEDED), *options)
    assert (code, "Allow your role or user lambda:ListFunctions" in " ".join(errors.split())) == (1, True)
    # The row has only its key, so it is read again.
    code, _, errors = run(operator.allow(*NEEDED, "lambda:ListFunctions"), *options)
    assert (code, "Allow your role or user dynamodb:GetItem" in " ".join(errors.split())) == (1, True)
    assert run(operator.allow(*permissions("reconcile")), *options)[0] == 0
    assert message_ids(deployment.dynamodb, "unlinked-staging", "one") == set()
    for name in ("unlinked-staging", "unlinked-messages"):
        deployment.dynamodb.delete_table(TableName=name)


def verify(deployment: Deployment, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run verify on the deployment."""
    return run(environment, "verify", deployment.outputs["function_name"], "--yes")


def marked(deployment: Deployment) -> int:
    """Return how many items of verify are in the tables."""
    tables = [deployment.outputs[f"{table}_table_name"] for table in ("staging", "messages")]
    found = [
        deployment.dynamodb.scan(TableName=table, FilterExpression="attribute_exists(scavengerVerify)")
        for table in tables
    ]
    return sum(each["Count"] for each in found)


def test_with_its_permissions_verify_works(deployment: Deployment, operator: Operator) -> None:
    """Those of status are not among them."""
    code, output, errors = verify(deployment, operator.allow(*permissions("verify")))
    assert (code, marked(deployment)) == (0, 0), output + errors


# The local AWS does not check lambda:GetEventSourceMapping.
@pytest.mark.parametrize(
    "permission", [each for each in permissions("verify") if each != "lambda:GetEventSourceMapping"]
)
def test_without_one_of_them_verify_leaves_nothing(deployment: Deployment, operator: Operator, permission: str) -> None:
    """The error names the missing permission."""
    allowed = [each for each in permissions("verify") if each != permission]
    code, _, errors = verify(deployment, operator.allow(*allowed))
    assert (code, marked(deployment)) == (1, 0)
    assert f"Allow your role or user {permission}" in " ".join(errors.split())
