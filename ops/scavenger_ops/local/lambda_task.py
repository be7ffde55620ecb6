"""Invokes the function of a Task state, if the role of its state machine permits it, with the metrics of Lambda.

Sources: concepts-error-handling.html; connect-lambda.html; issue 460 of github.com/awslabs/aws-deployment-framework,
for the error of a role without the permission.
"""

import json
import time

from ministack.services import lambda_svc, stepfunctions

from scavenger_ops.local.execution_run import CURRENT, SERVICE, Attempt, ExecutionError
from scavenger_ops.local.role_permission import refusal

CALL = stepfunctions._call_lambda  # noqa: SLF001 - there is no public function
# What MiniStack names a failure without an error type.
UNKNOWN = "Lambda.Unknown"
THROTTLED = "TooManyRequestsException"


def install() -> None:
    """Let MiniStack use the function of this module."""
    stepfunctions._call_lambda = call  # noqa: SLF001 - there is no other


def call(function: str, event: object) -> object:
    """Invoke a function, and return its result. Raise ExecutionError if it fails, or the role may not invoke it."""
    if (attempt := CURRENT.get()) is None:
        return CALL(function, event)
    # A state that was waiting for its next attempt may have been stopped.
    attempt.check()
    _, config, name = lambda_svc._get_func_record_for_ref(function)  # noqa: SLF001 - there is no public function
    if config:
        _check_permission(attempt, config["FunctionArn"])
    began, is_error = time.time(), True
    try:
        result = CALL(function, event)
        is_error = False
    except ExecutionError as error:
        if error.error == UNKNOWN and THROTTLED in error.cause:
            # MiniStack has counted it.
            name = None
            raise ExecutionError(f"Lambda.{THROTTLED}", json.loads(error.cause)["message"]) from None
        raise
    finally:
        if config and name:
            lambda_svc._emit_lambda_metrics(name, (time.time() - began) * 1000, is_error, False)  # noqa: FBT003, SLF001
    return result


def _check_permission(attempt: Attempt, function_arn: str) -> None:
    # The machine of a child has the label of the Map state behind a slash.
    machine = attempt.execution["stateMachineArn"].partition("/")[0]
    if refused := refusal(attempt.execution["_role"], "lambda:InvokeFunction", function_arn, SERVICE, machine):
        raise ExecutionError("Lambda.AWSLambdaException", f"{refused} (Error Code: AccessDeniedException)")
