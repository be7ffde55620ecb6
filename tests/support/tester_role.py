"""The policies of docs/reference/test-role, and a user of the local AWS who has only these."""

import json
from typing import Any

from aws.account import BOUNDARY_VARIABLE
from scavenger_ops.toolchain import ROOT

FOLDER = ROOT / "docs/reference/test-role"
BOUNDARY = "staging-scavenger-test-boundary"
# For these, the local AWS asks with another resource than AWS, or without the condition key that the policy has.
ASKED_OTHERWISE = (
    *("cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:DescribeAlarms"),
    *("cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource", "cloudwatch:PutDashboard"),
    *("dynamodb:ListTagsOfResource", "kms:DescribeKey", "lambda:CreateEventSourceMapping"),
    *("lambda:DeleteEventSourceMapping", "lambda:ListTags", "lambda:UpdateEventSourceMapping"),
    *("states:ListTagsForResource", "states:DescribeMapRun", "states:ListMapRuns"),
)


def read_policy(name: str, account: str = "000000000000", region: str = "us-east-1") -> dict[str, Any]:
    """Return a policy of the role, for an account and a Region."""
    text = (FOLDER / f"{name}.json").read_text()
    policy: dict[str, Any] = json.loads(text.replace("ACCOUNT", account).replace("REGION", region))
    return policy


def actions(*names: str) -> set[str]:
    """Return the actions that policies allow."""
    found = [statement["Action"] for name in names for statement in read_policy(name)["Statement"]]
    return {action for each in found for action in ([each] if isinstance(each, str) else each)}


def make_tester(iam: Any) -> dict[str, str]:
    """Make a user who has only the policies of the role, and return the environment that makes a run be that user."""
    iam.create_user(UserName="tester")
    otherwise = {"Effect": "Allow", "Action": ASKED_OTHERWISE, "Resource": "*"}
    policies = {
        "deploy": read_policy("deploy"),
        "use": read_policy("use"),
        "asked-otherwise": {"Version": "2012-10-17", "Statement": [otherwise]},
    }
    for name, policy in policies.items():
        arn = make_policy(iam, name, policy)
        iam.attach_user_policy(UserName="tester", PolicyArn=arn)
    boundary = make_policy(iam, BOUNDARY, read_policy("boundary"))
    key = iam.create_access_key(UserName="tester")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        BOUNDARY_VARIABLE: boundary,
    }


def make_policy(iam: Any, name: str, document: dict[str, Any]) -> str:
    """Make a managed policy, and return its ARN."""
    made: dict[str, Any] = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]
    return str(made["Arn"])
