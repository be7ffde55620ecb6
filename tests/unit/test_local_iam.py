"""The local AWS evaluates the conditions of policies that organizations write."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.services import ec2, iam, lambda_svc
from scavenger_ops.local.iam import find_key, find_keys, find_resource, install

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
    roles[name] = {
        "Path": "/service/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/service/{name}",
        "PermissionsBoundary": BOUNDARY,
    }
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


def principal(arn: str) -> Any:
    """Return the principal of a request with these credentials, as conditions compare it."""
    return find_key("aws:PrincipalArn", EvalContext(arn, "AssumedRole", ACCOUNT, "s3:PutObject", "*", REGION))


def test_the_principal_of_a_session_is_the_role_with_its_path(role: str) -> None:
    """The ARN of the session has no path. A user is its own principal."""
    assert (
        principal(f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session")
        == f"arn:aws:iam::{ACCOUNT}:role/service/{role}"
    )
    assert principal(f"arn:aws:iam::{ACCOUNT}:user/anna") == f"arn:aws:iam::{ACCOUNT}:user/anna"


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


def test_requests_that_only_read_have_no_boundary(role: str) -> None:
    """AWS has the key only for requests that change a role or its policies."""
    found = find_keys("iam", "iam:GetRole", b"", {"Action": "GetRole", "RoleName": role})
    assert "iam:PermissionsBoundary" not in found


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a function in a VPC."""
    monkeypatch.setattr(ec2, "_subnets", {"subnet-1": {"VpcId": "vpc-1"}})
    monkeypatch.setattr(lambda_svc, "_functions", {"orders": {"config": {"VpcConfig": IN_VPC}}})
    return "orders"


def keys(action: str, path: str, **request: Any) -> dict[str, Any]:
    """Return the VPC's keys of a request to Lambda."""
    body = json.dumps(request).encode()
    resource("lambda", path, body)
    found = find_keys("lambda", f"lambda:{action}", body, {})
    return {name: value for name, value in found.items() if name.startswith("lambda:")}


IN_VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
NO_VPC: dict[str, Any] = {"SubnetIds": [], "SecurityGroupIds": []}
KEYS = {
    "lambda:VpcIds": ["vpc-1"],
    "lambda:SubnetIds": ["subnet-1"],
    "lambda:SecurityGroupIds": ["sg-1"],
}


@pytest.mark.parametrize(
    ("request_has", "expected"), [({"VpcConfig": IN_VPC}, KEYS), ({"VpcConfig": NO_VPC}, {}), ({}, {})]
)
def test_a_function_that_is_created_has_the_keys_of_its_vpc(
    function: str, request_has: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Without a VPC it has none, so a rule that requires one by a Null condition denies it."""
    assert function
    assert keys("CreateFunction", "/2015-03-31/functions", FunctionName="new", **request_has) == expected


@pytest.mark.parametrize(("request_has", "expected"), [({"VpcConfig": NO_VPC}, {}), ({"MemorySize": 512}, KEYS)])
def test_an_update_has_the_keys_of_the_vpc_that_the_function_will_have(
    function: str, request_has: dict[str, Any], expected: dict[str, Any]
) -> None:
    """An update that does not name the VPC does not change it."""
    path = f"/2015-03-31/functions/{function}/configuration"
    assert keys("UpdateFunctionConfiguration", path, **request_has) == expected


def test_ministack_evaluates_policies_with_this_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is installed."""
    places = ((iam_evaluator, "_resolve_condition_key"), (iam_actions, "extract_resource_arn"))
    for module, name in (*places, (iam_actions, "request_tag_context")):
        monkeypatch.setattr(module, name, None)
    install()
    assert vars(iam_evaluator)["_resolve_condition_key"] is find_key
    assert (iam_actions.extract_resource_arn, iam_actions.request_tag_context) == (find_resource, find_keys)
