"""A deployment's function: which environment variables it has, and which tables they and its mappings name."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.redaction import redact

from reconciler.aws.ask import FIRST_REQUESTS
from reconciler.aws.clients import connect
from reconciler.explained_error import RefusedError
from reconciler.function_name import account_of, read_configuration
from reconciler.stream_consumers import list_stream_mappings, table_of_stream

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

STAGING = "STAGING_MESSAGES_TABLE_NAME"
BUCKET = "FAILURE_BUCKET_NAME"
# The handler of modules/scavenger begins so. It identifies the function even if its settings cannot be read.
HANDLER_PREFIX = "scavenger."
ENVIRONMENT = {"Environment?": {"Variables?": dict, "Error?": dict}}


class DeployedTables(NamedTuple):
    """The names of a deployment's tables, from its function's settings and event source mappings.

    `messages_tables` are the tables whose streams it reads: their names, or their ARNs in another account.
    """

    staging_table: str
    messages_tables: tuple[str, ...]


def read_tables(name: str) -> DeployedTables:
    """Return the tables of the deployment whose function has this name or ARN. Raises ExplainedError."""
    functions: LambdaClient = connect("lambda")
    form = {"FunctionName": str, "FunctionArn": str, **ENVIRONMENT}
    configuration = read_configuration(functions, name, form)
    variables = settings_of(name, configuration.get("Environment", {}))
    mappings = list_stream_mappings(functions, FIRST_REQUESTS, {}, name)
    account = account_of(configuration["FunctionArn"])
    tables = dict.fromkeys(_table(table_of_stream(mapping["EventSourceArn"]), account) for mapping in mappings)
    return DeployedTables(variables[STAGING], tuple(tables))


def settings_of(name: str, environment: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the environment variables of a deployment's function, from the environment that Lambda returns.

    Raises RefusedError if they cannot be decrypted, or if the function is not a deployment.
    """
    if "Error" in environment:
        raise settings_unreadable(name, environment)
    variables: Mapping[str, str] = environment.get("Variables", {})
    if not variables.get(STAGING):
        raise RefusedError(
            f"Function {name} is not a deployment of the staging scavenger: it has no environment variable {STAGING}. "
            f"Name the function of a deployment. To see the state of this one: scavenger status {name}"
        )
    return variables


def settings_unreadable(name: str, environment: Mapping[str, Any]) -> RefusedError:
    """Return the error for a function whose settings cannot be decrypted."""
    return RefusedError(
        f"The settings of function {name} cannot be read, so it is unknown what it deletes "
        f"({redact(environment['Error'].get('Message'))}). Allow your role or user kms:Decrypt for its key."
    )


def _table(arn: str, account: str | None) -> str:
    """Return the name of a table, or its ARN if it belongs to another account."""
    return arn.partition(":table/")[2] if account_of(arn) == account else arn
