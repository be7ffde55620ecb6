"""Which functions tie the two tables together: only they tell which is the staging table."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.redaction import redact
from scavenger.settings import Settings, SettingsError, read_settings

from scavenger_ops.aws.ask import FIRST_REQUESTS, ask, ask_pages
from scavenger_ops.aws.errors import AwsError
from scavenger_ops.command import CommandError
from scavenger_ops.reconcile.message_filter import Pattern, read_patterns
from scavenger_ops.stream_consumers import PAGE_TOKENS, StreamConsumer, list_stream_consumers

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from scavenger_ops.reconcile.tables import Tables

STAGING = "STAGING_MESSAGES_TABLE_NAME"
_ENVIRONMENT = {"Environment?": {"Variables?": dict, "Error?": dict}}
_RETRY_POLICY = FIRST_REQUESTS


# States of a mapping that reads, or is about to. Source: API_EventSourceMappingConfiguration.html.
_READING = ("Creating", "Enabling", "Enabled", "Updating")
# So begins the handler of modules/scavenger, by which its function is known though its settings cannot be read.
_HANDLER = "scavenger."
_SWAPPED = (
    "The tables seem to be swapped, so that messages would be deleted: see that the names are right. If they are, "
    "deploy the scavenger for them first; with dry_run, its function deletes nothing, and tells which is which."
)


class Tie(NamedTuple):
    """A function that deletes from the staging table what the messages table's stream reports: its settings and filter.

    Without patterns, every insert counts. It is active if its mapping reads the newest stream.
    """

    function: str
    settings: Settings
    patterns: Sequence[Pattern]
    is_active: bool


def find_ties(functions: "LambdaClient", tables: "Tables") -> Sequence[Tie]:
    """Return the functions that tie the tables together; those that only count, or are paused, if there are no others.

    Raises CommandError if a function shows that the tables are swapped, or if it is not known what one does.
    """
    readers = list_stream_consumers(functions, _RETRY_POLICY)
    # Of any of the table's streams: switched off and on, it has another one than the mapping yet reads.
    found = [_tie(functions, reader, tables) for reader in readers if reader.table_arn == tables.messages.arn]
    ties = [tie for tie in found if tie]
    backward = [reader for reader in readers if reader.table_arn == tables.staging.arn]
    _refuse_swapped(functions, backward, tables, has_ties=bool(ties))
    if not ties:
        _refuse_unlikely(functions, backward, tables)
    return _choose([tie for tie in ties if not tie.settings.is_dry_run] or ties)


def _choose(ties: Sequence[Tie]) -> Sequence[Tie]:
    """Return the active ones. Where none is, there may be one filter only: another could let through what it keeps."""
    active = [tie for tie in ties if tie.is_active]
    if active or all(tie.patterns == ties[0].patterns for tie in ties):
        return active or ties
    names = " and ".join(tie.function for tie in ties)
    raise CommandError(
        f"No event source mapping of {names} is enabled and reads the newest stream, and their filters differ, so it "
        "is not known which messages count. Enable the one that is right, or delete the other."
    )


def _refuse_swapped(
    functions: "LambdaClient", readers: Sequence[StreamConsumer], tables: "Tables", *, has_ties: bool
) -> None:
    """Refuse what a function does the other way round."""
    staging, messages = tables.staging.table.name, tables.messages.table.name
    for reader in readers:
        try:
            variables = _variables(functions, reader)
        except CommandError:
            # What processes the rows may read the staging table's stream, and be another team's.
            if has_ties:
                continue
            raise
        if variables and variables.get(STAGING) == messages:
            raise CommandError(
                f"The tables are swapped: function {reader.function} reads the stream of {staging} and deletes from "
                f"{messages}, so messages would be deleted. Name them the other way round."
            )


def _refuse_unlikely(functions: "LambdaClient", readers: Sequence[StreamConsumer], tables: "Tables") -> None:
    """Refuse what a function speaks against, where none speaks for it."""
    staging, messages = tables.staging.table.name, tables.messages.table.name
    none_does = f"and none deletes from {staging} what {messages} reports"
    if readers:
        raise CommandError(f"Function {readers[0].function} reads a stream of {staging}, {none_does}. {_SWAPPED}")
    form = {"Functions": [{"FunctionName": str, "Handler?": str, **_ENVIRONMENT}]}
    for page in ask_pages(functions.list_functions, form, _RETRY_POLICY, PAGE_TOKENS):
        for function in page["Functions"]:
            name, environment = function["FunctionName"], function.get("Environment", {})
            table = environment.get("Variables", {}).get(STAGING)
            if table == messages:
                raise CommandError(f"Function {name} deletes from {messages}, {none_does}. {_SWAPPED}")
            if table == staging:
                raise CommandError(
                    f"Function {name} deletes from {staging}, but has no event source mapping of a stream of "
                    f"{messages}, so it is not known which messages count for it. Apply its configuration again, which "
                    "makes the mapping, and see that the names are right."
                )
            if "Error" in environment and function.get("Handler", "").startswith(_HANDLER):
                raise _unreadable(name, environment)


def _tie(functions: "LambdaClient", reader: StreamConsumer, tables: "Tables") -> Tie | None:
    variables = _variables(functions, reader)
    if variables is None or variables.get(STAGING) != tables.staging.table.name:
        return None
    try:
        settings = read_settings(variables)
    except SettingsError as error:
        raise CommandError(f"It is not known what function {reader.function} deletes. {error}") from error
    is_active = reader.state in _READING and reader.stream_arn == tables.messages.stream_arn
    return Tie(reader.function, settings, _patterns(functions, reader), is_active)


def _variables(functions: "LambdaClient", reader: StreamConsumer) -> Mapping[str, Any] | None:
    """Return the environment variables of a function, in the version that is invoked; None if it is gone."""
    form = {"FunctionName": str, **_ENVIRONMENT}
    try:
        answer = ask(functions.get_function_configuration, form, _RETRY_POLICY, FunctionName=reader.function_arn)
    except AwsError as error:
        if error.is_absence:
            return None
        raise
    environment: Any = answer.get("Environment", {})
    if "Error" in environment:
        raise _unreadable(reader.function, environment)
    variables: Mapping[str, Any] = environment.get("Variables", {})
    return variables


def _unreadable(name: str, environment: Mapping[str, Any]) -> CommandError:
    return CommandError(
        f"The settings of function {name} cannot be read, so that it is not known what it deletes "
        f"({redact(environment['Error'].get('Message'))}). Allow kms:Decrypt for its key."
    )


def _patterns(functions: "LambdaClient", reader: StreamConsumer) -> Sequence[Pattern]:
    """Return the mapping's patterns; none if every insert passes."""
    # List calls do not show what is encrypted. Source: invocation-eventfiltering.html.
    form = {"UUID": str, "FilterCriteria?": {"Filters?": [{"Pattern?": str}]}}
    mapping = ask(functions.get_event_source_mapping, form, _RETRY_POLICY, UUID=reader.uuid)
    if "FilterCriteria" not in mapping and ("FilterCriteriaError" in mapping or "KMSKeyArn" in mapping):
        raise CommandError(
            f"The filter of function {reader.function} cannot be read, so that it is not known which messages count. "
            "Allow kms:Decrypt for its key."
        )
    filters = mapping.get("FilterCriteria", {}).get("Filters", [])
    return read_patterns(filters, reader.function)
