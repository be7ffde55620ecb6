"""Keeps the tracing of a state machine, and refuses a role that Step Functions cannot assume, as AWS does.

Sources: API_CreateStateMachine.html; procedure-create-iam-role.html.
"""

from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import stepfunctions

from scavenger_ops.local.execution_run import SERVICE
from scavenger_ops.local.role_permission import is_trusted

CREATE = stepfunctions._create_state_machine  # noqa: SLF001 - there is no public function
UPDATE = stepfunctions._update_state_machine  # noqa: SLF001 - likewise

Answer = tuple[int, dict[str, str], bytes]


def install() -> None:
    """Let MiniStack use the functions of this module."""
    stepfunctions._create_state_machine = create  # noqa: SLF001 - there is no other
    stepfunctions._update_state_machine = update  # noqa: SLF001 - likewise


def create(request: dict[str, Any]) -> Answer:
    """Create a state machine."""
    arn = f"arn:aws:states:{get_region()}:{get_account_id()}:stateMachine:{request.get('name')}"
    return _apply(CREATE, request, arn)


def update(request: dict[str, Any]) -> Answer:
    """Change a state machine. What is not named stays as it is."""
    return _apply(UPDATE, request, request.get("stateMachineArn", ""))


def _apply(change: Callable[[dict[str, Any]], Answer], request: dict[str, Any], arn: str) -> Answer:
    if "roleArn" in request and not is_trusted(request["roleArn"], SERVICE, arn):
        message = (
            f"Neither the global service principal {SERVICE}, nor the regional one is authorized to assume the "
            f"provided role {request['roleArn']}."
        )
        refused: Answer = error_response_json("AccessDeniedException", message, 400)
        return refused
    answer = change(request)
    if answer[0] == 200 and "tracingConfiguration" in request:  # noqa: PLR2004 - OK
        stepfunctions._state_machines[arn]["tracingConfiguration"] = request["tracingConfiguration"]  # noqa: SLF001
    return answer
