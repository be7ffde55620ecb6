"""Asks whether an AWS service may act with a role: the role trusts the service, and its policies allow the action.

MiniStack evaluates policies only for requests that arrive over HTTP. Services that it runs itself skip them.
Sources: procedure-create-iam-role.html of Step Functions; setting-up.html of EventBridge Scheduler.
"""

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, ResolvedCredential
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam


def is_trusted(role_arn: str, service: str, source_arn: str) -> bool:
    """Return whether a role exists and lets a service (such as `states.amazonaws.com`) assume it for a resource."""
    role = iam._roles.get(role_arn.rpartition("/")[2])  # noqa: SLF001 - there is no other
    request = EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=get_account_id(),
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()},
    )
    trust = (role or {}).get("AssumeRolePolicyDocument")
    decision: str = iam_evaluator.evaluate_resource_policy(trust, request, service=service).decision
    return decision == "Allow"


def refusal(role_arn: str, action: str, resource_arn: str, service: str, source_arn: str) -> str | None:
    """Return why a service cannot do something with a role, in the words of AWS; None if it can."""
    if not is_trusted(role_arn, service, source_arn):
        return f"{service} is not authorized to assume the provided role {role_arn}"
    account, name = get_account_id(), role_arn.rpartition("/")[2]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/{service.partition('.')[0]}"
    credential = ResolvedCredential("", "", account, session, f"{name}:session", "AssumedRole")
    principal = iam_evaluator.resolve_principal("", account, credential)
    request = EvalContext(
        principal_arn=session,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource_arn,
        region=get_region(),
        secure_transport=True,
        principal_keys=principal.keys,
    )
    result = iam_evaluator.evaluate(request, principal.policies, *principal.limits)
    policy = iam_evaluator._resource_policy(action.partition(":")[0], resource_arn)  # noqa: SLF001 - there is no other
    if policy is not None:
        result = iam_evaluator.combine_resource_policy(result, request, *policy, limits=principal.limits)
    if result.decision == "Allow":
        return None
    reason = "with an explicit deny" if result.decision == "Deny" else "because no identity-based policy allows it"
    return f"User: {session} is not authorized to perform: {action} on resource: {resource_arn} {reason}"
