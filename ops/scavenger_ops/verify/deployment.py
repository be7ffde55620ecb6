"""What `scavenger verify` must know of a deployment before it writes anything. It refuses one that deletes nothing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.ask import FIRST_REQUESTS, ask
from reconciler.aws.clients import connect
from reconciler.aws.errors import AwsError
from reconciler.deployed_function import read_tables
from reconciler.event_filter.parsing import parse
from reconciler.event_filter.pattern import FilterPatternError
from reconciler.explained_error import ExplainedError, RefusedError
from reconciler.function_name import parse_function_name
from reconciler.linking_functions import FILTERS, filters_of, read_variables
from reconciler.stream_consumers import StreamConsumer, list_stream_consumers
from reconciler.tables import ComparedTable, ComparedTables, find_tables
from scavenger.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# The command sends one request at a time, and one more while it cleans up.
_CONNECTIONS = 2
# A mapping in one of these states reads the stream. In the other ones that lead to Enabled, it may begin too late.
_READING = ("Enabled", "Updating")
_STARTING = ("Creating", "Enabling")


class Deleter(NamedTuple):
    """An active function that deletes rows because of what the messages table's stream reports.

    `patterns` are those of its event filter whose result is known: {} lets every record through. `unknown_patterns` are
    the reasons why the result of others is not known.
    """

    function: str
    settings: Settings
    patterns: Sequence[Mapping[str, Any]]
    unknown_patterns: Sequence[str] = ()


class VerifiedDeployment(NamedTuple):
    """A deployment that may be verified.

    `other_deleters` delete because of the same stream, perhaps from other tables. `other_readers` are the names of all
    other functions that read a stream of one of the two tables: they receive what is written. `unread` are those of
    them whose settings cannot be read, so that nobody knows what they delete.
    """

    tables: ComparedTables
    deleter: Deleter
    batching_window_s: int
    other_deleters: Sequence[Deleter] = ()
    other_readers: Sequence[str] = ()
    unread: Sequence[str] = ()

    @property
    def function(self) -> str:
        """The name of the deployment's function."""
        return self.deleter.function

    @property
    def settings(self) -> Settings:
        """The settings of the deployment's function."""
        return self.deleter.settings


class _Mapping(NamedTuple):
    """What an event source mapping adds to its function."""

    patterns: Sequence[Mapping[str, Any]]
    unknown_patterns: Sequence[str]
    batching_window_s: int


def read_verified_deployment(name: str) -> VerifiedDeployment:
    """Return the deployment whose function has this name or ARN.

    Raises RefusedError if it deletes nothing as it is, and ExplainedError if AWS cannot be asked.
    """
    functions: LambdaClient = connect("lambda")
    function = parse_function_name(name, functions.meta.region_name).plain
    tables = _find_tables(name, function)
    consumers = list_stream_consumers(functions, FIRST_REQUESTS)
    own = [each for each in consumers if each.function == function and each.table_arn == tables.messages.arn]
    consumer = _find_reading(own, tables.messages)
    settings = _read_settings(functions, consumer)
    if settings.is_dry_run:
        raise RefusedError(
            f"Function {function} is in dry run: it deletes nothing. Remove dry_run = true from its configuration, "
            "apply it, then run this again."
        )
    if settings.staging_table.key_types != tables.staging.table.key_types:
        raise RefusedError(
            f"Function {function} deletes by the key {dict(settings.staging_table.key_types)}, but table "
            f"{tables.staging.table.name} has the key {dict(tables.staging.table.key_types)}. Apply its configuration "
            "again."
        )
    mapping = _read_mapping(functions, consumer)
    readers = [each for each in consumers if each.table_arn in (tables.staging.arn, tables.messages.arn)]
    others = [each for each in readers if each.function != function]
    unread = list[str]()
    found = [_read_deleter(functions, each, tables, unread) for each in others]
    return VerifiedDeployment(
        tables,
        Deleter(function, settings, mapping.patterns, mapping.unknown_patterns),
        mapping.batching_window_s,
        [each for each in found if each],
        sorted({each.function for each in others}),
        sorted(set(unread)),
    )


def _find_tables(name: str, function: str) -> ComparedTables:
    deployed = read_tables(name)
    if not deployed.messages_tables:
        raise RefusedError(
            f"Function {function} has no event source mapping of a DynamoDB stream, so it deletes nothing. Apply its "
            "configuration again, which creates the mapping."
        )
    if len(deployed.messages_tables) > 1:
        raise RefusedError(
            f"Function {function} reads the streams of {', '.join(deployed.messages_tables)}, so it is unknown into "
            "which table a message belongs. scavenger verify needs a function with one messages table."
        )
    return find_tables(deployed.staging_table, deployed.messages_tables[0], _CONNECTIONS)


def _find_reading(own: Sequence[StreamConsumer], messages: ComparedTable) -> StreamConsumer:
    """Return the function's mapping that reads the newest stream. Raises ExplainedError if none does, with the reason.

    `own` are all its mappings of streams of that table.
    """
    name, function = messages.table.name, next(iter(each.function for each in own), "")
    if not own:
        raise ExplainedError(
            f"The event source mapping of the stream of {name} was there a moment ago, and is gone. Run this again."
        )
    if not messages.is_stream_enabled:
        raise RefusedError(
            f"The stream of messages table {name} is disabled, so function {function} receives nothing. Enable the "
            "stream, and apply the deployment's configuration again."
        )
    newest = [each for each in own if each.stream_arn == messages.stream_arn]
    if not newest:
        raise RefusedError(
            f"Event source mapping {own[0].uuid} of function {function} reads an old stream of messages table {name}, "
            "which has ended. Apply the deployment's configuration again, which connects the table's newest stream."
        )
    for mapping in newest:
        if mapping.state in _READING:
            return mapping
    uuid, state = newest[0].uuid, newest[0].state
    if state in _STARTING:
        raise ExplainedError(
            f"Event source mapping {uuid} of function {function} is {state}: it does not read the stream yet. Run this "
            "again when it is Enabled."
        )
    raise RefusedError(
        f"Event source mapping {uuid} of function {function} is {state or 'in an unknown state'}, so nothing is "
        "deleted. Remove enabled = false from the deployment's configuration, apply it, then run this again."
    )


def _read_settings(functions: "LambdaClient", consumer: StreamConsumer) -> Settings:
    """Return the settings of the function version that the mapping invokes."""
    variables = read_variables(functions, consumer)
    try:
        return read_settings(variables or {})
    except SettingsError as error:
        raise RefusedError(f"Function {consumer.function} cannot start. {error}") from error


def _read_mapping(functions: "LambdaClient", consumer: StreamConsumer) -> _Mapping:
    form = {"UUID": str, "MaximumBatchingWindowInSeconds?": int, **FILTERS}
    answer: Any = ask(functions.get_event_source_mapping, form, FIRST_REQUESTS, UUID=consumer.uuid)
    patterns, unknown = list[Mapping[str, Any]](), list[str]()
    # Without a filter, every record passes.
    for number, each in enumerate(filters_of(answer, consumer.function), start=1):
        try:
            patterns.append(parse(each.get("Pattern")))
        except FilterPatternError as error:
            unknown.append(f"Pattern {number}: {error}")
    return _Mapping(patterns if patterns or unknown else [{}], unknown, answer.get("MaximumBatchingWindowInSeconds", 0))


def _is_unreadable(error: AwsError | RefusedError) -> bool:
    """Return whether the caller may not read what was asked for: another team's function, or an encrypted setting."""
    return isinstance(error, RefusedError) or error.is_denial


def _read_deleter(
    functions: "LambdaClient", consumer: StreamConsumer, tables: ComparedTables, unread: list[str]
) -> Deleter | None:
    """Return what another function deletes because of the messages; None if that is nothing.

    If its settings cannot be read, it is added to `unread`. Raises AwsError if AWS cannot be asked.
    """
    if consumer.stream_arn != tables.messages.stream_arn or consumer.state not in (*_READING, *_STARTING):
        return None
    try:
        variables = read_variables(functions, consumer)
        settings = read_settings(variables or {})
    except SettingsError:
        # It is no function of this project, or cannot start.
        return None
    except (AwsError, RefusedError) as error:
        if not _is_unreadable(error):
            raise
        unread.append(consumer.function)
        return None
    if settings.is_dry_run:
        return None
    try:
        mapping = _read_mapping(functions, consumer)
    except (AwsError, RefusedError) as error:
        if not _is_unreadable(error):
            raise
        return Deleter(consumer.function, settings, [], [str(error)])
    return Deleter(consumer.function, settings, mapping.patterns, mapping.unknown_patterns)
