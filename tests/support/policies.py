"""Evaluates a policy as IAM does, for requests that the local AWS cannot make."""

from collections.abc import Mapping
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

ACCOUNT = "000000000000"
REGION = "us-east-1"


def decide(  # noqa: PLR0913 - what a request is made of
    policy: Any,
    action: str,
    resource: str,
    *,
    principal: str = f"arn:aws:iam::{ACCOUNT}:user/somebody",
    service: str | None = None,
    tls: bool = True,
    keys: Mapping[str, str] | None = None,
) -> str:
    """Return the policy's decision: Allow, Deny or, if no statement matches, ImplicitDeny.

    The principal is an IAM user or role, or an AWS service. `keys` are the condition keys of the request. Statements of
    a role's or user's policy name no principal, so they apply to any.
    """
    if isinstance(policy, dict):
        statements = [{"Principal": "*"} | statement for statement in policy["Statement"]]
        policy = policy | {"Statement": statements}
    context = EvalContext(
        principal_arn=service or principal,
        principal_type="AssumedRole" if ":role/" in principal else "User",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=resource,
        region=REGION,
        source_ip="127.0.0.1",
        secure_transport=tls,
        service_context={name.lower(): value for name, value in (keys or {}).items()},
    )
    return str(evaluate_resource_policy(policy, context, service=service).decision)
