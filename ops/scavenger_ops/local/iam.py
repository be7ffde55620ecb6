"""Completes what MiniStack's IAM knows of a request, so that the policies of an organization hold on the local AWS too.

MiniStack evaluates policies, but not with the path in the ARN of a role, the ARN of a function that is created, the ARN
of a Map Run, and these condition keys: iam:PermissionsBoundary, lambda:VpcIds, lambda:SubnetIds and
lambda:SecurityGroupIds. For aws:PrincipalArn it has the ARN of a role's session, where AWS has the ARN of the role.
Source: IAM and Lambda in the service authorization reference; configuration-vpc.html;
reference_policies_condition-keys.html, aws:PrincipalArn.
"""

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, lambda_svc

FIND_KEY = iam_evaluator._resolve_condition_key  # noqa: SLF001 - there is no public function
FIND_RESOURCE = iam_actions.extract_resource_arn
FIND_KEYS = iam_actions.request_tag_context
# The actions whose requests have the keys.
OF_BOUNDARY = {
    f"iam:{action}"
    for action in (
        "AttachRolePolicy",
        "CreateRole",
        "DeleteRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
    )
}
OF_VPC = {"lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"}
# The resource of the request whose keys are asked for next. Each request has a context of its own.
RESOURCE: ContextVar[str] = ContextVar("RESOURCE", default="")


def install() -> None:
    """Let MiniStack use the functions of this module."""
    iam_evaluator._resolve_condition_key = find_key  # noqa: SLF001 - there is no other
    iam_actions.extract_resource_arn = find_resource
    iam_actions.request_tag_context = find_keys


def find_key(key: str, request: iam_evaluator.EvalContext) -> object:
    """Return the value of a global condition key. The principal of a role's session is the role."""
    found: object = FIND_KEY(key, request)
    if key.lower() == "aws:principalarn" and ":assumed-role/" in str(found):
        role: dict[str, object] = iam._roles.get(str(found).split("/")[1]) or {}  # noqa: SLF001 - there is no other
        return role.get("Arn", found)
    return found


def find_resource(  # noqa: PLR0913, PLR0917 - as MiniStack calls it
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    parameters: Mapping[str, Any],
    region: str,
    account_id: str,
) -> str:
    """Return the ARN of the request's resource; `*` if MiniStack does not know it."""
    found = str(FIND_RESOURCE(service, method, path, headers, body, parameters, region, account_id))
    if service == "iam" and ":role/" in found:
        found = found.replace(":role/", f":role{_of_role('Path', parameters) or '/'}", 1)
    if service == "lambda" and found == "*" and method == "POST" and path.rstrip("/").endswith("/functions"):
        found = f"arn:aws:lambda:{region}:{account_id}:function:{json.loads(body)['FunctionName']}"
    if service == "states" and found == "*":
        found = json.loads(body or "{}").get("mapRunArn", "*")
    RESOURCE.set(found)
    return found


def find_keys(service: str, action: str, body: bytes, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return condition keys of the request. A key without a value is left out, as in AWS."""
    keys: dict[str, Any] = FIND_KEYS(service, action, body, parameters)
    if action in OF_BOUNDARY and (boundary := _of_role("PermissionsBoundary", parameters)):
        keys["iam:PermissionsBoundary"] = boundary
    if action in OF_VPC:
        vpc = lambda_svc._vpc_config_with_id(_vpc_config(json.loads(body)))  # noqa: SLF001 - there is no other
        names = {"VpcIds": [vpc["VpcId"]] if vpc["VpcId"] else [], **vpc}
        keys |= {f"lambda:{name}": names[name] for name in ("VpcIds", "SubnetIds", "SecurityGroupIds") if names[name]}
    return keys


def _vpc_config(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the VPC of the request or, if the request does not change it, of the function."""
    if "VpcConfig" in request:
        config: dict[str, Any] = request["VpcConfig"]
        return config
    stored = lambda_svc._functions.get(RESOURCE.get().rpartition(":")[2]) or {}  # noqa: SLF001 - there is no other
    kept: dict[str, Any] | None = stored.get("config", {}).get("VpcConfig")
    return kept


def _of_role(attribute: str, parameters: Mapping[str, Any]) -> str:
    """Return an attribute of the request's role: as the request sets it, or as the role has it."""
    stored = iam._roles.get(iam_actions._query_param(parameters, "RoleName")) or {}  # noqa: SLF001 - there is no other
    return str(iam_actions._query_param(parameters, attribute) or stored.get(attribute) or "")  # noqa: SLF001
