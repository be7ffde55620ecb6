"""The state machine of a deployment's reconciler: finds it, and starts an execution of it."""

import json
import re
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from reconciler.aws.ask import FIRST_REQUESTS, ask, other_form
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.executions import running_executions
from reconciler.explained_error import ExplainedError
from reconciler.function_name import read_configuration

from scavenger_ops.program import aws, scavenger
from scavenger_ops.reconcile.options import OptionsOnAws

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient

_FUNCTION_ARN = re.compile(r"arn:([a-z-]+):lambda:([a-z0-9-]+):(\d{12}):function:.+")


class Reconciler(NamedTuple):
    """The reconciler of a deployment: the name of the deployment's function, and the ARN of the state machine."""

    function_name: str
    state_machine_arn: str

    @property
    def name(self) -> str:
        """The name of the state machine, and of the function that its tasks invoke."""
        return name_of(self.state_machine_arn)


def find_reconciler(deployment: str) -> Reconciler:
    """Return what the reconciler of the deployment must be, if it has one. Raises ExplainedError."""
    functions: LambdaClient = connect("lambda")
    configuration = read_configuration(functions, deployment, {"FunctionName": str, "FunctionArn": str})
    name, arn = configuration["FunctionName"], _FUNCTION_ARN.fullmatch(configuration["FunctionArn"])
    if not arn:
        raise other_form(functions.get_function_configuration, {"FunctionName": deployment}, "FunctionArn is no ARN")
    return Reconciler(name, f"arn:{arn[1]}:states:{arn[2]}:{arn[3]}:stateMachine:{name}-reconciler")


def refuse_second_run(client: "SFNClient", reconciler: Reconciler) -> None:
    """Raise ExplainedError if there is no state machine, or if an execution of it is running.

    The state machine refuses a second run, too, but only after it was started.
    """
    try:
        for arn, began_at in running_executions(client, reconciler.state_machine_arn):
            raise ExplainedError(
                f"A run of {reconciler.name} has been in progress since {began_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC. "
                f"Wait until it ends, or stop it, then run this again.\n{how_to_go_on(arn)}"
            )
    except AwsError as error:
        raise _explained(error, reconciler) from error


def start(client: "SFNClient", reconciler: Reconciler, options: OptionsOnAws, *, is_confirmed: bool) -> str:
    """Start an execution with these options, and return its ARN. Raises AwsError."""
    given = {
        "apply": options.is_applied,
        "older_than_s": options.older_than_s,
        "age_attribute": options.age_attribute,
        "max_read_units": options.max_read_units,
        "max_write_units": options.max_write_units,
        "confirmed": is_confirmed or None,
    }
    # What is not given is as the state machine's function is configured.
    text = json.dumps({name: value for name, value in given.items() if value is not None})
    # With its own name, an execution is started once, even if the response is lost and the request is sent again.
    # Source: API_StartExecution.html.
    name = f"scavenger-{uuid4()}"
    wanted: Any = {"stateMachineArn": reconciler.state_machine_arn, "name": name, "input": text}
    try:
        arn: str = ask(client.start_execution, {"executionArn": str}, FIRST_REQUESTS, **wanted)["executionArn"]
    except AwsError as error:
        # The lost request had started it, and it has ended.
        if error.fault.name != "ExecutionAlreadyExists":
            raise _explained(error, reconciler) from error
        return f"{reconciler.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    return arn


def how_to_go_on(execution_arn: str) -> str:
    """Return the commands that show and stop an execution, a line each."""
    see = aws("stepfunctions", "describe-execution", "--execution-arn", execution_arn)
    stop = aws("stepfunctions", "stop-execution", "--execution-arn", execution_arn)
    return f"To see it: {see}\nTo stop it, after which its workers may go on for some minutes: {stop}"


def name_of(arn: str) -> str:
    """Return the last part of an ARN: the name of a state machine or of an execution."""
    return arn.rpartition(":")[2]


def _explained(error: AwsError, reconciler: Reconciler) -> ExplainedError:
    if error.fault.name != "StateMachineDoesNotExist":
        return error
    return ExplainedError(
        f"Deployment {reconciler.function_name} has no state machine {reconciler.name}. Set create_reconciler = true "
        "in its configuration, and apply it. Or compare the tables on this machine: "
        f"{scavenger('reconcile', reconciler.function_name)}"
    )
