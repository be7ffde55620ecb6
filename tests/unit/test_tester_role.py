"""The policies of the role for tests on AWS allow no more than that, also where the local AWS does not check it."""

import json
import re
from typing import Any

import botocore.session
import pytest
from aws.conftest import EXPECTED_MINUTES, LAST_MINUTE
from aws.cost import estimated_cents
from aws.leftovers import OLDER_THAN
from aws.run_names import PREFIX, RUN_TAG
from scavenger_ops.toolchain import ROOT
from support.documented_permissions import permissions
from support.policies import ACCOUNT, REGION, decide
from support.tester_role import BOUNDARY, FOLDER, read_policy

PAGE = (ROOT / "docs/how-to/test-on-aws.md").read_text()
POLICIES = ("deploy", "use", "boundary")
# At most so many characters without whitespace. Source: reference_iam-quotas.html.
LONGEST_POLICY = 6144
# Of commands that reconcile shows to the reader.
ONLY_SHOWN = {"states:StopExecution", "states:GetExecutionHistory"}
# The names that boto3 has for a service, where IAM has another one.
MODELS = {"dynamodb": ("dynamodb", "dynamodbstreams"), "states": ("stepfunctions",)}
# Actions that are no operation of the service's API. Those of S3 have names of their own.
NO_OPERATIONS = {
    *("dynamodb:PartiQLDelete", "dynamodb:PartiQLUpdate"),
    *("iam:PassRole", "lambda:InvokeFunction"),
}
# Statements that end so have only actions that IAM checks for no resource, or not for one that has a name.
FOR_ALL = "HasNoResourceToName"
# Other statements with resources that do not have the tests' names: why.
NOT_BY_NAME = {
    "SeeThatTablesHaveTheDefaultKey": "only the key that AWS made for DynamoDB, by its alias",
    "MakeAndRemoveTheirMappings": "only those of the tests' functions, by a condition",
    "TagMappings": "a mapping has no name",
    "FindItsOwnRole": "the role itself",
    "DescribeAlarms": "IAM asks for all alarms",
    "WriteAMetric": "only in the tests' namespace, by a condition",
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}012abc-us-east-1"
BOUNDARY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{BOUNDARY}"


def statements(*policies: str) -> list[dict[str, Any]]:
    """Return the statements of policies, with lists of actions and resources."""
    return [
        {name: [value] if name in {"Action", "Resource"} and isinstance(value, str) else value for name, value in found}
        for policy in policies
        for found in (statement.items() for statement in read_policy(policy)["Statement"])
    ]


ACTIONS = sorted({action for statement in statements(*POLICIES) for action in statement["Action"]})


@pytest.mark.parametrize("command", ["status", "verify", "redrive", "reconcile", "reconcile --on-aws"])
def test_the_tester_may_run_the_commands(command: str) -> None:
    """The local AWS asks for a wrong permission in some places, so a run there does not show it."""
    allowed = {action for each in statements("deploy", "use") for action in each["Action"]}
    assert set(permissions(command)) - allowed - ONLY_SHOWN == set()


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_fits_into_a_managed_one(policy: str) -> None:
    """Also with a Region of the longest name."""
    text = re.sub(r"\s", "", (FOLDER / f"{policy}.json").read_text())
    assert len(text.replace("ACCOUNT", ACCOUNT).replace("REGION", "ap-southeast-2")) <= LONGEST_POLICY


def test_actions_are_named_in_full() -> None:
    """None has a wildcard, and each exists: IAM accepts one that does not."""
    services = {action.split(":")[0] for action in ACTIONS} - {"s3"}
    operations = {f"{service}:{name}" for service in services for name in operation_names(service)}
    assert {action for action in ACTIONS if not action.startswith("s3:")} - operations == NO_OPERATIONS
    assert not any("*" in action for action in ACTIONS)


def operation_names(service: str) -> list[str]:
    """Return the names of the operations of a service, as IAM names the service."""
    models = botocore.session.get_session().get_service_model
    return [name for model in MODELS.get(service, (service,)) for name in models(model).operation_names]


@pytest.mark.parametrize("statement", statements(*POLICIES), ids=lambda statement: statement["Sid"])
def test_resources_have_the_names_of_the_tests(statement: dict[str, Any]) -> None:
    """Others have a reason."""
    others = [arn for arn in statement["Resource"] if PREFIX not in arn]
    if others == ["*"] and "Condition" not in statement:
        assert FOR_ALL in statement["Sid"]
    elif others:
        assert statement["Sid"] in NOT_BY_NAME
    assert {arn.split(":")[3] for arn in statement["Resource"] if arn != "*"} <= {"", REGION}


def test_each_exception_is_one() -> None:
    """Let one that is no longer needed go."""
    assert NOT_BY_NAME.keys() <= {statement["Sid"] for statement in statements(*POLICIES)}


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy"])
def test_roles_can_be_made_only_with_the_boundary(action: str) -> None:
    """Otherwise the tester could make a role that may do everything, and let a function have it."""
    policy = read_policy("deploy")
    assert decide(policy, action, ROLE, keys={"iam:PermissionsBoundary": BOUNDARY_ARN}) == "Allow"
    assert decide(policy, action, ROLE) == "ImplicitDeny"
    assert decide(policy, action, ROLE, keys={"iam:PermissionsBoundary": f"{BOUNDARY_ARN}s"}) == "ImplicitDeny"
    assert decide(policy, action, ROLE.replace(PREFIX, "x"), keys={"iam:PermissionsBoundary": BOUNDARY_ARN}) != "Allow"


def test_nothing_else_gives_permissions() -> None:
    """Neither to the tester itself nor to what it makes; nor does anything change the boundary."""
    writes = {action for action in ACTIONS if re.match(r"(iam|sts|kms):(?!Get|List|Describe)", action)}
    assert writes == {
        *("iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PassRole"),
        *("iam:PutRolePolicy", "iam:TagRole"),
    }
    assert not any(action.startswith(("iam:", "sts:")) for each in statements("boundary") for action in each["Action"])


@pytest.mark.parametrize(
    ("service", "decision"),
    [("lambda.amazonaws.com", "Allow"), ("states.amazonaws.com", "Allow"), ("ec2.amazonaws.com", "ImplicitDeny")],
)
def test_roles_are_passed_to_two_services(service: str, decision: str) -> None:
    """Those that run what the tests make."""
    keys = {"iam:PassedToService": service}
    assert decide(read_policy("deploy"), "iam:PassRole", ROLE, keys=keys) == decision


@pytest.mark.parametrize("action", ["Create", "Update", "Delete"])
def test_only_mappings_of_the_tests_functions_are_changed(action: str) -> None:
    """A mapping has no name, so a condition names the function."""
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    for function, decision in ((f"{PREFIX}012abc-rt", "Allow"), ("orders", "ImplicitDeny")):
        keys = {"lambda:FunctionArn": f"{arn}:{function}"}
        assert decide(read_policy("deploy"), f"lambda:{action}EventSourceMapping", "*", keys=keys) == decision


def test_the_role_trusts_one_environment_of_one_repository() -> None:
    """No wildcard, and no other audience."""
    (statement,) = json.loads((FOLDER / "trust.json").read_text())["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:OWNER@OWNER_ID/REPOSITORY@REPOSITORY_ID:environment:aws",
        }
    }


def test_the_page_has_the_figures_and_names_of_a_run() -> None:
    """They are defined in tests/aws."""
    assert f"A run takes {EXPECTED_MINUTES} minutes and costs about {estimated_cents()} US cents" in PAGE
    assert f"After {LAST_MINUTE} minutes the tests end" in PAGE
    assert OLDER_THAN == "2h"
    assert "newer\nthan two hours" in PAGE
    assert f"`{PREFIX}`" in PAGE
    assert f"`{RUN_TAG}`" in PAGE


def test_the_page_names_each_policy_by_the_name_that_the_others_expect() -> None:
    """The boundary is named in a condition."""
    for policy in POLICIES:
        assert f"`staging-scavenger-test-{policy}`" in PAGE
        assert f"[{policy}.json](../reference/test-role/{policy}.json)" in PAGE
    assert f"`{BOUNDARY}`" in PAGE
