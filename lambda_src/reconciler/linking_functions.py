"""Finds the functions that link the two tables. Only they show which table is the staging table."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.settings import Settings, SettingsError, read_settings

from reconciler.aws.ask import FIRST_REQUESTS, ask, ask_pages
from reconciler.aws.errors import AwsError
from reconciler.deployed_function import ENVIRONMENT, HANDLER_PREFIX, STAGING, settings_unreadable
from reconciler.explained_error import ExplainedError, RefusedError
from reconciler.message_filter import MessageFilter, read_filter
from reconciler.stream_consumers import PAGE_TOKENS, StreamConsumer, list_stream_consumers

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from reconciler.tables import ComparedTables

_RETRY_POLICY = FIRST_REQUESTS
# The form of the part of an event source mapping that `filters_of` reads.
FILTERS = {"FilterCriteria?": {"Filters?": [{"Pattern?": str}]}}

# States of a mapping that reads, or soon will. Source: API_EventSourceMappingConfiguration.html.
_READING = ("Creating", "Enabling", "Enabled", "Updating")
_SWAPPED = (
    "The tables seem to be swapped, and messages would be deleted. Check the names. If they are right, deploy the "
    "scavenger for these tables first: its function shows which table is which. With dry_run it deletes nothing."
)


class LinkingFunction(NamedTuple):
    """A function that links the tables: it deletes from the staging table what the messages table's stream reports.

    `settings` are its settings; by `messages`, its event filter, messages count. It is active if its mapping is enabled
    and reads the newest stream.
    """

    function: str
    settings: Settings
    messages: MessageFilter
    is_active: bool


def find_linking_functions(functions: "LambdaClient", tables: "ComparedTables") -> Sequence[LinkingFunction]:
    """Return the functions that link the tables. Dry-run or paused ones are returned only if there are no others.

    Raises RefusedError if a function shows that the tables are swapped, or if it is unknown what a function does.
    """
    consumers = list_stream_consumers(functions, _RETRY_POLICY)
    links = _read_links(functions, consumers, tables)
    of_staging = [consumer for consumer in consumers if consumer.table_arn == tables.staging.arn]
    _refuse_swapped(functions, of_staging, tables, is_linked=bool(links))
    if not links:
        _refuse_unlikely(functions, of_staging, tables)
    return _choose([link for link in links if not link.settings.is_dry_run] or links)


def find_own_links(functions: "LambdaClient", tables: "ComparedTables", name: str) -> Sequence[LinkingFunction]:
    """Return how the function of this name links the tables, for each of its active mappings.

    What other functions delete does not matter then, and nobody needs to read their settings. Raises RefusedError.
    """
    consumers = list_stream_consumers(functions, _RETRY_POLICY, name)
    links = _read_links(functions, consumers, tables)
    if not links:
        raise RefusedError(
            f"Function {name} has no event source mapping of a stream of {tables.messages.table.name}, so it is "
            "unknown which messages count. Apply its configuration again, which creates the mapping."
        )
    return _choose(links)


def _read_links(
    functions: "LambdaClient", consumers: Sequence[StreamConsumer], tables: "ComparedTables"
) -> list[LinkingFunction]:
    # Any of the table's streams counts: after it was switched off and on, the mapping still reads the old one.
    found = [_read_link(functions, each, tables) for each in consumers if each.table_arn == tables.messages.arn]
    return [link for link in found if link]


def _choose(links: Sequence[LinkingFunction]) -> Sequence[LinkingFunction]:
    """Return the active functions. If none is, all must have the same filter, or it is unknown which messages count."""
    active = [link for link in links if link.is_active]
    if active or all(link.messages == links[0].messages for link in links):
        return active or links
    names = " and ".join(link.function for link in links)
    raise RefusedError(
        f"No event source mapping of {names} is enabled and reads the newest stream, and their filters differ. So it "
        "is unknown which messages count. Enable the mapping that is right, or delete the other ones."
    )


def _refuse_swapped(
    functions: "LambdaClient", consumers: Sequence[StreamConsumer], tables: "ComparedTables", *, is_linked: bool
) -> None:
    """Raise RefusedError if a function reads the staging table's stream and deletes from the messages table."""
    staging, messages = tables.staging.table.name, tables.messages.table.name
    for consumer in consumers:
        try:
            variables = read_variables(functions, consumer)
        except ExplainedError:
            # Another team's function may read the staging table's stream, to process the rows.
            if is_linked:
                continue
            raise
        if variables and variables.get(STAGING) == messages:
            raise RefusedError(
                f"The tables are swapped: function {consumer.function} reads the stream of {staging} and deletes from "
                f"{messages}, so messages would be deleted. Swap --staging and --messages."
            )


def _refuse_unlikely(functions: "LambdaClient", consumers: Sequence[StreamConsumer], tables: "ComparedTables") -> None:
    """Raise RefusedError if no function links the tables, but one uses them otherwise, or cannot be read."""
    staging, messages = tables.staging.table.name, tables.messages.table.name
    none_does = f"and no function deletes from {staging} what the stream of {messages} reports"
    if consumers:
        raise RefusedError(f"Function {consumers[0].function} reads a stream of {staging}, {none_does}. {_SWAPPED}")
    form = {"Functions": [{"FunctionName": str, "Handler?": str, **ENVIRONMENT}]}
    for page in ask_pages(functions.list_functions, form, _RETRY_POLICY, PAGE_TOKENS):
        for function in page["Functions"]:
            name, environment = function["FunctionName"], function.get("Environment", {})
            table = environment.get("Variables", {}).get(STAGING)
            if table == messages:
                raise RefusedError(f"Function {name} deletes from {messages}, {none_does}. {_SWAPPED}")
            if table == staging:
                raise RefusedError(
                    f"Function {name} deletes from {staging}, but has no event source mapping of a stream of "
                    f"{messages}, so it is unknown which messages count. Check the names. If they are right, apply the "
                    "function's configuration again, which creates the mapping."
                )
            if "Error" in environment and function.get("Handler", "").startswith(HANDLER_PREFIX):
                raise settings_unreadable(name, environment)


def _read_link(functions: "LambdaClient", consumer: StreamConsumer, tables: "ComparedTables") -> LinkingFunction | None:
    variables = read_variables(functions, consumer)
    if variables is None or variables.get(STAGING) != tables.staging.table.name:
        return None
    try:
        settings = read_settings(variables)
    except SettingsError as error:
        raise RefusedError(f"It is unknown what function {consumer.function} deletes. {error}") from error
    is_active = consumer.state in _READING and consumer.stream_arn == tables.messages.stream_arn
    filters = _filters(functions, consumer)
    key_names = tables.messages.table.key_types
    messages = read_filter(
        filters, consumer.function, settings.event_names, key_names, has_old_image=tables.messages.has_old_image
    )
    return LinkingFunction(consumer.function, settings, messages, is_active)


def read_variables(functions: "LambdaClient", consumer: StreamConsumer) -> Mapping[str, Any] | None:
    """Return the environment variables of the function version that is invoked; None if the function is gone.

    Raises RefusedError if they are encrypted, and AwsError.
    """
    form = {"FunctionName": str, **ENVIRONMENT}
    try:
        answer = ask(functions.get_function_configuration, form, _RETRY_POLICY, FunctionName=consumer.function_arn)
    except AwsError as error:
        if error.is_absence:
            return None
        raise
    environment: Any = answer.get("Environment", {})
    if "Error" in environment:
        raise settings_unreadable(consumer.function, environment)
    variables: Mapping[str, Any] = environment.get("Variables", {})
    return variables


def _filters(functions: "LambdaClient", consumer: StreamConsumer) -> Sequence[Mapping[str, Any]]:
    """Return the filters of the mapping's event filter; none if every event passes."""
    # List requests do not return an encrypted filter. Source: invocation-eventfiltering.html.
    form = {"UUID": str, **FILTERS}
    mapping = ask(functions.get_event_source_mapping, form, _RETRY_POLICY, UUID=consumer.uuid)
    return filters_of(mapping, consumer.function)


def filters_of(mapping: Mapping[str, Any], function: str) -> Sequence[Mapping[str, Any]]:
    """Return the filters of an event source mapping of a function, as GetEventSourceMapping returned it.

    Raises RefusedError if they are encrypted.
    """
    if "FilterCriteria" not in mapping and ("FilterCriteriaError" in mapping or "KMSKeyArn" in mapping):
        raise RefusedError(
            f"The event filter of function {function} cannot be read, so it is unknown which messages count. "
            "Allow your role or user kms:Decrypt for its key."
        )
    filters: Sequence[Mapping[str, Any]] = mapping.get("FilterCriteria", {}).get("Filters", [])
    return filters
