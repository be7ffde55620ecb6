"""The policies of docs/reference/test-role, and a user of the local AWS who has only these."""

import json
from contextlib import suppress
from typing import Any
from uuid import uuid4

from aws.account import BOUNDARY_VARIABLE
from scavenger_ops.toolchain import ROOT

from support.policies import ACCOUNT, REGION

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


def read_policy(name: str) -> dict[str, Any]:
    """Return a policy of the role, for the account and the Region of the local AWS."""
    text = (FOLDER / f"{name}.json").read_text()
    policy: dict[str, Any] = json.loads(text.replace("ACCOUNT", ACCOUNT).replace("REGION", REGION))
    return policy


def make_tester(iam: Any) -> dict[str, str]:
    """Make a user who has only the policies of the role, and return the environment that makes a run be that user."""
    user = f"tester-{uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    otherwise = {"Effect": "Allow", "Action": ASKED_OTHERWISE, "Resource": "*"}
    policies = {
        "deploy": read_policy("deploy"),
        "use": read_policy("use"),
        "asked-otherwise": {"Version": "2012-10-17", "Statement": [otherwise]},
    }
    for name, policy in policies.items():
        iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        BOUNDARY_VARIABLE: make_boundary(iam),
    }


def make_boundary(iam: Any) -> str:
    """Make the permissions boundary, unless another user's is there, and return its ARN."""
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_policy(PolicyName=BOUNDARY, PolicyDocument=json.dumps(read_policy("boundary")))
    return f"arn:aws:iam::{ACCOUNT}:policy/{BOUNDARY}"
