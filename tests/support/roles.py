"""Makes calls with the permissions of a role."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

# The error codes of AWS for a missing permission.
DENIED = ("AccessDenied", "AccessDeniedException")

Clients = Callable[[str], Any]


def assume(environment: Mapping[str, str], client: Clients, role_arn: str) -> Clients:
    """Return a function that makes clients with the role. The local AWS lets its owner assume the role, like Lambda."""
    lent = client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
    session = boto3.Session(
        lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"], environment["AWS_REGION"]
    )
    address = {"endpoint_url": environment["AWS_ENDPOINT_URL"], "verify": environment["AWS_CA_BUNDLE"]}
    return lambda service: session.client(service, **address)  # type: ignore[call-overload]


def is_denied(call: Callable[..., Any], **parameters: Any) -> bool:
    """Make a call, and return whether AWS denies it. Raises any other error."""
    try:
        call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        return True
    return False


def decision(iam: Any, role_arn: str, action: str, resource: str) -> str:
    """Return IAM's decision on an action of the role."""
    answer = iam.simulate_principal_policy(PolicySourceArn=role_arn, ActionNames=[action], ResourceArns=[resource])
    return str(answer["EvaluationResults"][0]["EvalDecision"])
