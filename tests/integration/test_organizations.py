"""A team deploys under the rules of its organization, which the local AWS enforces with IAM policies."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from support.adopters import Adopter, copy_adopter
from support.deployment import POLICY_NAME, list_objects, wait_until
from support.events import event, record
from support.policies import ACCOUNT, REGION
from support.tables import fill, keys_of, make_table, row

Clients = Callable[[str], Any]

MESSAGES, STAGING = "organization-messages", "organization-staging"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundaries/service"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

# Source of the pattern: access_policies_boundaries.html.
ONLY_WITH_THE_BOUNDARY = {
    "Effect": "Deny",
    "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"],
    "Resource": "*",
    "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": BOUNDARY}},
}
ONLY_BELOW_THE_PATH = {
    "Effect": "Deny",
    "Action": ["iam:CreateRole", "iam:PutRolePolicy"],
    "NotResource": f"arn:aws:iam::{ACCOUNT}:role/service/*",
}
# Source: configuration-vpc.html, "EnforceVPCFunction".
ONLY_IN_A_VPC = {
    "Effect": "Deny",
    "Action": ["lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"],
    "Resource": "*",
    "Condition": {"Null": {"lambda:VpcIds": "true"}},
}
NO_ROLES = {"Effect": "Deny", "Action": ["iam:Create*", "iam:Put*", "iam:Attach*"], "Resource": "*"}


@pytest.fixture
def make_team(attached: dict[str, str], client: Clients, tmp_path: Path) -> Callable[..., Adopter]:
    """Return a function that makes a team with an IAM user for whom the statements hold."""

    def make(*statements: dict[str, Any]) -> Adopter:
        iam, name = client("iam"), f"team-{uuid4().hex[:8]}"
        iam.create_user(UserName=name)
        policy = {"Version": "2012-10-17", "Statement": [EVERYTHING, *statements]}
        iam.put_user_policy(UserName=name, PolicyName="rules", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        credentials = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
        return copy_adopter("organization", tmp_path, attached, **credentials)

    return make


@pytest.fixture(scope="module", autouse=True)
def _tables(client: Clients) -> None:
    dynamodb = client("dynamodb")
    make_table(dynamodb, MESSAGES, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    make_table(dynamodb, STAGING)


def drain(client: Clients, name: str) -> None:
    """Stage two rows, process one, and wait until the function has deleted it and no other."""
    dynamodb = client("dynamodb")
    fill(dynamodb, STAGING, [row(f"{name}-processed"), row(f"{name}-unprocessed")])
    fill(dynamodb, MESSAGES, [row(f"{name}-processed")])

    def left() -> list[str]:
        return [text for text in keys_of(dynamodb, STAGING) if name in text]

    assert wait_until(lambda: len(left()) == 1)
    assert f"{name}-unprocessed" in left()[0]


def test_each_rule_of_an_organization_can_be_followed(
    make_team: Callable[..., Adopter], client: Clients, attached: dict[str, str]
) -> None:
    """Without the input for a rule, AWS denies the request. With all three inputs, the function deletes."""
    # The longest name that Lambda allows, which is also too long for its role.
    name = "Orders_API-a-name-of-exactly-64-characters-that-Lambda-accepts-1"
    boundary = {"Version": "2012-10-17", "Statement": [EVERYTHING]}
    client("iam").create_policy(PolicyName="service", Path="/boundaries/", PolicyDocument=json.dumps(boundary))
    team = make_team(ONLY_WITH_THE_BOUNDARY, ONLY_BELOW_THE_PATH, ONLY_IN_A_VPC)
    inputs: dict[str, object] = {"name": name}
    for action, following in (
        ("iam:CreateRole", {"permissions_boundary_arn": BOUNDARY}),
        ("iam:CreateRole", {"role_path": "/service/"}),
        ("lambda:CreateFunction", {"in_vpc": True}),
    ):
        error = team.refuse("apply", "-auto-approve", **inputs)
        assert f"is not authorized to perform: {action}" in error, error
        inputs |= following
    outputs = team.apply(**inputs)
    role = the_function_is_as_the_organization_requires(outputs, client)
    drain(client, "boundary")
    the_role_can_move(team, inputs, client)
    the_function_leaves_the_vpc_only_without_the_rule(team, inputs, attached, client)
    team.run("destroy", "-auto-approve", **inputs)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        client("iam").get_role(RoleName=role)


def the_function_is_as_the_organization_requires(outputs: dict[str, Any], client: Clients) -> str:
    """Its role has the boundary, is below the path, and has a name of at most 64 characters, which is returned."""
    function = client("lambda").get_function_configuration(FunctionName=outputs["function_name"])
    assert function["VpcConfig"]["SubnetIds"] == [outputs["subnet_id"]]
    assert function["VpcConfig"]["SecurityGroupIds"] == [outputs["security_group_id"]]
    path, role = function["Role"].split(":role")[1].rsplit("/", 1)
    assert (path, len(role) <= 64, role.endswith(f"-{REGION}")) == ("/service", True, True)
    assert client("iam").get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    policy = client("iam").get_role_policy(RoleName=role, PolicyName=POLICY_NAME)["PolicyDocument"]
    assert {"ConnectToTheVpc", "DenyTheCodeToChangeTheVpc"} < {each["Sid"] for each in policy["Statement"]}
    return str(role)


def the_function_leaves_the_vpc_only_without_the_rule(
    team: Adopter, inputs: dict[str, object], attached: dict[str, str], client: Clients
) -> None:
    """Let the owner of the account do it, for whom no rule holds."""
    outside = {**inputs, "in_vpc": False}
    denied = "is not authorized to perform: lambda:UpdateFunctionConfiguration"
    assert denied in team.refuse("apply", "-auto-approve", **outside)
    team._replace(inputs=owner(attached)).apply(**outside)
    assert not client("lambda").get_function_configuration(FunctionName=inputs["name"])["VpcConfig"]["SubnetIds"]
    drain(client, "outside")


def owner(attached: dict[str, str]) -> dict[str, str]:
    """Return the credentials of the account's owner."""
    return {"access_key": attached["AWS_ACCESS_KEY_ID"], "secret_key": attached["AWS_SECRET_ACCESS_KEY"]}


def the_role_can_move(team: Adopter, inputs: dict[str, object], client: Clients) -> None:
    """Replace the role, as its path cannot change. The mapping stays, so that nothing is read again.

    The update of the function does not name the VPC, and the rule allows it: the function has one.
    """
    functions = client("lambda")
    (before,) = functions.list_event_source_mappings(FunctionName=inputs["name"])["EventSourceMappings"]
    team.apply(**{**inputs, "role_path": "/service/moved/"})
    assert ":role/service/moved/" in functions.get_function_configuration(FunctionName=inputs["name"])["Role"]
    (after,) = functions.list_event_source_mappings(FunctionName=inputs["name"])["EventSourceMappings"]
    assert after["UUID"] == before["UUID"]
    drain(client, "moved")


def test_a_role_made_elsewhere_is_enough(
    make_team: Callable[..., Adopter], client: Clients, attached: dict[str, str]
) -> None:
    """A team that may not make roles plans, gives the policy to those who may, and applies with their role."""
    inputs = {"name": "elsewhere", "role_arn": f"arn:aws:iam::{ACCOUNT}:role/service/elsewhere-{REGION}"}
    team = make_team(NO_ROLES)
    assert "is not authorized to perform: iam:CreateRole" in team.refuse("apply", "-auto-approve", name="elsewhere")
    make_role(client)
    allow_what_is_planned(client, team, inputs)
    team.apply(**inputs)
    assert client("lambda").get_function_configuration(FunctionName="elsewhere")["Role"] == inputs["role_arn"]
    drain(client, "elsewhere")
    team.run("destroy", "-auto-approve", **inputs)
    # The local AWS has no TLS. The bucket's policy requires it of everyone but the account's owner.
    a_failure_bucket_works_with_the_role(team._replace(inputs=owner(attached)), inputs, client)


def a_failure_bucket_works_with_the_role(team: Adopter, inputs: dict[str, str], client: Clients) -> None:
    """Create it with the name that the organization wants. Each step continues from the one before it."""
    inputs = {**inputs, "failure_bucket_name": "acme-elsewhere-failures"}
    allow_what_is_planned(client, team, inputs)
    outputs = team.apply(**inputs)
    assert outputs["failure_bucket_name"] == "acme-elsewhere-failures"
    quarantine_with_the_role(outputs, client)
    fail_without_the_bucket(team, inputs)
    destroy_the_bucket_with_its_objects(team, inputs, client)


def make_role(client: Clients) -> None:
    """Make the role, as those who may do it."""
    service = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    client("iam").create_role(RoleName=f"elsewhere-{REGION}", Path="/service/", AssumeRolePolicyDocument=trust)


def allow_what_is_planned(client: Clients, team: Adopter, inputs: dict[str, str]) -> None:
    """Give the role the policy that the plan shows, before anything is applied."""
    policy = team.plan(**inputs)["planned_values"]["outputs"]["role_policy_json"]["value"]
    client("iam").put_role_policy(RoleName=f"elsewhere-{REGION}", PolicyName="scavenger", PolicyDocument=policy)


def quarantine_with_the_role(outputs: dict[str, Any], client: Clients) -> None:
    """Quarantine a bad record: the bucket's policy names the role with its path."""
    s3 = client("s3")
    invoked = client("lambda").invoke(
        FunctionName=outputs["function_name"], Payload=json.dumps(event(record(1, Keys=None)))
    )
    assert json.loads(invoked["Payload"].read()) == {"batchItemFailures": []}
    assert len(list_objects(s3, outputs["failure_bucket_name"])) == 1


def fail_without_the_bucket(team: Adopter, inputs: dict[str, str]) -> None:
    """Fail in the plan, although it does not see the policies of a role that was made elsewhere."""
    without = {name: value for name, value in inputs.items() if name != "failure_bucket_name"}
    assert "create_failure_bucket must stay true" in team.refuse("plan", **without)


def destroy_the_bucket_with_its_objects(team: Adopter, inputs: dict[str, str], client: Clients) -> None:
    """Apply the input first, because Terraform destroys a bucket as it was applied. The role stays."""
    s3, bucket = client("s3"), inputs["failure_bucket_name"]
    assert list_objects(s3, bucket)
    with_objects = {**inputs, "failure_bucket_force_destroy": True}
    team.run("apply", "-auto-approve", "-target=module.scavenger.aws_s3_bucket.failures", **with_objects)
    team.run("destroy", "-auto-approve", **with_objects)
    assert bucket not in {each["Name"] for each in s3.list_buckets()["Buckets"]}
    assert client("iam").get_role(RoleName=f"elsewhere-{REGION}")["Role"]["Path"] == "/service/"
