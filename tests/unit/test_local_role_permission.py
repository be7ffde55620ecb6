"""A service on the local AWS can do with a role what AWS would let it do."""

import json
from collections.abc import Iterator

import pytest
from ministack.core.responses import request_scope
from ministack.services import iam
from scavenger_ops.local.role_permission import is_trusted, refusal
from support.local_states import ACCOUNT, FUNCTION, MACHINE, REGION, ROLE, make_role, statement, trust

SERVICE = "states.amazonaws.com"


@pytest.fixture(autouse=True)
def scope() -> Iterator[None]:
    """Work in an account and a Region."""
    with request_scope(ACCOUNT, REGION):
        yield
        vars(iam)["_roles"].clear()
        vars(iam)["_policies"].clear()


def invoking() -> str | None:
    """Return why Step Functions cannot invoke the function."""
    return refusal(ROLE, "lambda:InvokeFunction", FUNCTION, SERVICE, MACHINE)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (trust(SERVICE), True),
        (trust("lambda.amazonaws.com"), False),
        (trust(SERVICE, StringEquals={"aws:SourceAccount": ACCOUNT}, ArnLike={"aws:SourceArn": MACHINE}), True),
        (trust(SERVICE, StringEquals={"aws:SourceAccount": "999999999999"}), False),
        (trust(SERVICE, ArnLike={"aws:SourceArn": MACHINE + "-other"}), False),
    ],
)
def test_the_role_must_trust_the_service(policy: str, *, expected: bool) -> None:
    """For the resource that uses it, if the trust policy says so. A role that does not exist trusts nobody."""
    assert not is_trusted(ROLE, SERVICE, MACHINE)
    role = make_role("states", SERVICE, statement("lambda:InvokeFunction", FUNCTION))
    role["AssumeRolePolicyDocument"] = policy
    assert is_trusted(ROLE, SERVICE, MACHINE) is expected
    assert (invoking() is None) is expected


def test_a_policy_must_allow_the_action() -> None:
    """The reason names what AWS names."""
    make_role("states", SERVICE, statement("lambda:GetFunction", FUNCTION))
    refused = invoking()
    assert refused is not None
    assert "assumed-role/states/states is not authorized to perform: lambda:InvokeFunction" in refused
    assert refused.endswith("because no identity-based policy allows it")


def test_a_deny_wins() -> None:
    """Also one with a condition that holds."""
    deny = statement("*", "*", "Deny") | {"Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}
    make_role("states", SERVICE, statement("*", "*"), deny)
    assert str(invoking()).endswith("with an explicit deny")


def test_the_permissions_boundary_must_allow_the_action_too() -> None:
    """Its policy is a managed one."""
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    make_role("states", SERVICE, statement("*", "*"))["PermissionsBoundary"] = boundary
    for allowed, expected in (("lambda:*", True), ("s3:*", False)):
        document = json.dumps({"Statement": [statement(allowed, "*")]})
        vars(iam)["_policies"][boundary] = {"DefaultVersionId": "v1", "Versions": {"v1": {"Document": document}}}
        assert (invoking() is None) is expected
