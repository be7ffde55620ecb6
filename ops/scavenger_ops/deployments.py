"""Finds deployments by their functions, so that a name, or none at all, is enough to operate one."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.redaction import redact

from scavenger_ops.aws.ask import FIRST_REQUESTS, RetryPolicy, ask_pages
from scavenger_ops.aws.clients import connect
from scavenger_ops.command import CommandError
from scavenger_ops.function_name import account_of, read_configuration
from scavenger_ops.program import scavenger
from scavenger_ops.stream_consumers import PAGE_TOKENS, list_stream_mappings, table_of_stream

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

STAGING = "STAGING_MESSAGES_TABLE_NAME"
BUCKET = "FAILURE_BUCKET_NAME"
# The handler of modules/scavenger begins so. It identifies the function even if its settings cannot be read.
HANDLER_PREFIX = "scavenger."
ENVIRONMENT = {"Environment?": {"Variables?": dict, "Error?": dict}}

# For the shell's completion, during which somebody waits for the prompt.
_COMPLETION = RetryPolicy(attempt_timeout_s=2.0, total_timeout_s=2.0, max_attempts=1)
# The longest list of names in an error.
_MOST_NAMES = 10


class DeployedTables(NamedTuple):
    """The names of a deployment's tables, from its function's settings and event source mappings.

    `messages_tables` are the tables whose streams it reads: their names, or their ARNs in another account.
    """

    staging_table: str
    messages_tables: tuple[str, ...]


def find_only_name() -> str:
    """Return the name of the only deployment in the account and Region. Raises CommandError if it is not one."""
    functions: LambdaClient = connect("lambda")
    names = list(_names(functions, FIRST_REQUESTS))
    if len(names) == 1:
        return names[0]
    region = functions.meta.region_name
    if not names:
        raise CommandError(
            f"There is no deployment in {region}: no function there has a handler that begins with {HANDLER_PREFIX} "
            "Name its function, or the Region and profile where it is (--region, --profile)."
        )
    listed = ", ".join(sorted(names)[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    raise CommandError(f"There are {len(names)} deployments in {region}: {listed}. Name one of them.")


def list_names_quickly() -> list[str]:
    """Return the names of the deployments in the account and Region; none if AWS does not answer at once."""
    try:
        return sorted(_names(connect("lambda"), _COMPLETION))
    except CommandError:
        return []


def _names(functions: "LambdaClient", retry_policy: RetryPolicy) -> Iterator[str]:
    """Yield the names of the functions that are deployments of this project."""
    form = {"Functions": [{"FunctionName": str, "Handler?": str}]}
    for page in ask_pages(functions.list_functions, form, retry_policy, PAGE_TOKENS):
        for function in page["Functions"]:
            if function.get("Handler", "").startswith(HANDLER_PREFIX):
                yield function["FunctionName"]


def read_tables(name: str) -> DeployedTables:
    """Return the tables of the deployment whose function has this name or ARN. Raises CommandError."""
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

    Raises CommandError if they cannot be decrypted, or if the function is not a deployment.
    """
    if "Error" in environment:
        raise settings_unreadable(name, environment)
    variables: Mapping[str, str] = environment.get("Variables", {})
    if not variables.get(STAGING):
        raise CommandError(
            f"Function {name} is not a deployment of the staging scavenger: it has no environment variable {STAGING}. "
            f"Name the function of a deployment. To see the state of this one: {scavenger('status', name)}"
        )
    return variables


def settings_unreadable(name: str, environment: Mapping[str, Any]) -> CommandError:
    """Return the error for a function whose settings cannot be decrypted."""
    return CommandError(
        f"The settings of function {name} cannot be read, so it is unknown what it deletes "
        f"({redact(environment['Error'].get('Message'))}). Allow your role or user kms:Decrypt for its key."
    )


def _table(arn: str, account: str | None) -> str:
    """Return the name of a table, or its ARN if it belongs to another account."""
    return arn.partition(":table/")[2] if account_of(arn) == account else arn
