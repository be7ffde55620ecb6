"""The local AWS evaluates the conditions of policies that organizations write."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from ministack.services import ec2, iam
from scavenger_ops.local_iam import find_keys, find_resource

ACCOUNT, REGION = "000000000000", "us-east-1"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"


def resource(service: str, path: str = "/", body: bytes = b"", **parameters: str) -> str:
    """Return the ARN of the resource of a POST request."""
    return find_resource(service, "POST", path, {}, body, parameters, REGION, ACCOUNT)


@pytest.fixture
def role() -> Iterator[str]:
    """Make a role with a path and a boundary."""
    name = f"role-{uuid4().hex}"
    roles: dict[str, Any] = vars(iam)["_roles"]
    roles[name] = {"Path": "/service/", "PermissionsBoundary": BOUNDARY}
    yield name
    del roles[name]


def test_the_arn_of_a_role_has_the_path_that_the_request_sets() -> None:
    """Without a path, it is /."""
    found = resource("iam", Action="CreateRole", RoleName="new", Path="/service/")
    assert found == f"arn:aws:iam::{ACCOUNT}:role/service/new"
    assert resource("iam", Action="CreateRole", RoleName="new") == f"arn:aws:iam::{ACCOUNT}:role/new"


def test_the_arn_of_a_role_has_the_path_of_the_role(role: str) -> None:
    """Other requests do not name the path."""
    found = resource("iam", Action="PutRolePolicy", RoleName=role)
    assert found == f"arn:aws:iam::{ACCOUNT}:role/service/{role}"


def test_other_resources_of_iam_stay_as_they_are() -> None:
    """Users have a path too, but no rule here is about it."""
    assert resource("iam", Action="GetUser", UserName="anna") == f"arn:aws:iam::{ACCOUNT}:user/anna"


def test_a_function_that_is_created_has_its_arn() -> None:
    """Its name is in the body, and for other requests in the path."""
    body = json.dumps({"FunctionName": "orders"}).encode()
    expected = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
    assert resource("lambda", "/2015-03-31/functions", body) == expected
    assert resource("lambda", "/2015-03-31/functions/orders/invocations") == expected


def test_the_boundary_is_that_of_the_request_or_of_the_role(role: str) -> None:
    """A request without either has no such key, so that a Null condition holds."""
    other = BOUNDARY.replace("boundary", "other")
    requested = {"Action": "CreateRole", "RoleName": "new", "PermissionsBoundary": other}
    assert find_keys("iam", "iam:CreateRole", b"", requested)["iam:PermissionsBoundary"] == other
    found = find_keys("iam", "iam:PutRolePolicy", b"", {"Action": "PutRolePolicy", "RoleName": role})
    assert found["iam:PermissionsBoundary"] == BOUNDARY
    without = find_keys("iam", "iam:CreateRole", b"", {"Action": "CreateRole", "RoleName": "new"})
    assert "iam:PermissionsBoundary" not in without


def of_function(vpc_config: Any) -> dict[str, Any]:
    """Return the VPC's keys of a request that creates a function."""
    body = json.dumps({"FunctionName": "orders", "VpcConfig": vpc_config}).encode()
    found = find_keys("lambda", "lambda:CreateFunction", body, {})
    return {name: value for name, value in found.items() if name.startswith("lambda:")}


def test_a_function_in_a_vpc_has_the_keys_of_the_vpc(monkeypatch: pytest.MonkeyPatch) -> None:
    """The VPC is that of the subnets."""
    monkeypatch.setattr(ec2, "_subnets", {"subnet-1": {"VpcId": "vpc-1"}})
    assert of_function({"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}) == {
        "lambda:VpcIds": ["vpc-1"],
        "lambda:SubnetIds": ["subnet-1"],
        "lambda:SecurityGroupIds": ["sg-1"],
    }


@pytest.mark.parametrize("vpc_config", [None, {"SubnetIds": [], "SecurityGroupIds": []}])
def test_a_function_without_a_vpc_has_none_of_its_keys(vpc_config: Any) -> None:
    """So a rule that requires a VPC by a Null condition denies it."""
    assert of_function(vpc_config) == {}
