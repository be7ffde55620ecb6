"""Which message makes a row of the staging table litter: as the function that deletes from that table has it."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from scavenger.keys import Key
from scavenger.redaction import redact
from scavenger.settings import Settings, SettingsError, Table, read_settings

from scavenger_ops.aws.ask import Patience
from scavenger_ops.command import CommandError
from scavenger_ops.mapping_model.filtering import passes
from scavenger_ops.readers import list_readers
from scavenger_ops.reconcile.message_filter import attributes, make_record, read_patterns

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from scavenger_ops.reconcile.tables import Tables

# Of a partition key and of a sort key. Source: Constraints.html.
MOST_KEY_BYTES = (2048, 1024)


class Rule(NamedTuple):
    """A message of which the staging row's key is made, and that one of the patterns lets through, makes it litter.

    The key mapping names for each key attribute of the staging table the message's attribute; without patterns, every
    message counts. The functions are those that delete by this rule. Where the message's key cannot be made of the
    row's, messages are read, and their rows looked up. Without new images in the stream, patterns of them see none.
    """

    key_mapping: Mapping[str, str]
    patterns: Sequence[Mapping[str, Any]] = ()
    functions: Sequence[str] = ()
    is_by_message: bool = False
    has_new_image: bool = True

    def message_key(self, key: Key, names: Sequence[str]) -> Key:
        """Make of a staging row's key that of the message, which has these key attributes."""
        return {source: key[name] for name, source in self.key_mapping.items() if source in names}

    def needed(self) -> set[str]:
        """Return the attributes of a message that say whether it makes a row obsolete, and which."""
        return {*self.key_mapping.values(), *attributes(self.patterns)}

    def row_key(self, message: Mapping[str, Any], names: Sequence[str], key_types: Mapping[str, str]) -> Key | None:
        """Give the key of the row that a message makes litter, if it does.

        The message has key attributes of these names, and the staging table's are of these types.
        """
        if not all(source in message for source in self.key_mapping.values()):
            return None
        if self.patterns:
            keys = {name: message[name] for name in names}
            if not passes(self.patterns, make_record(keys, message if self.has_new_image else None)):
                return None
        key = {name: message[source] for name, source in self.key_mapping.items()}
        # The partition key comes first in a table's key.
        kinds = zip(key_types.items(), MOST_KEY_BYTES, strict=False)
        return key if all(_may_be_key(key[name], kind, most) for (name, kind), most in kinds) else None


def _may_be_key(value: Mapping[str, Any], kind: str, most_bytes: int) -> bool:
    """Say whether a table's key may have this value; to look one up that may not be is an error."""
    content = value.get(kind)
    size = len(content.encode() if isinstance(content, str) else content) if content else 0
    return value.keys() == {kind} and 0 < size <= most_bytes


def find_rule(tables: "Tables") -> Rule:
    """Ask Lambda which functions delete from the staging table what a stream of the messages table reports.

    Without one, rows and messages are compared by the same key. Raises CommandError if they cannot be, or if functions
    differ.
    """
    rules = _rules_of_functions(boto3.client("lambda"), tables)
    if len({json.dumps(rule.key_mapping, sort_keys=True) for rule in rules}) > 1:
        names = " and ".join(name for rule in rules for name in rule.functions)
        raise CommandError(f"Functions {names} make the staging table's key of different attributes (KEY_MAPPING).")
    mapping = rules[0].key_mapping if rules else {name: name for name in tables.staging.table.key_types}
    staging, messages = tables.staging.table, tables.messages.table
    is_by_message = not messages.key_types.keys() <= set(mapping.values())
    if (is_by_message and not rules) or not _has_same_types(mapping, staging, messages):
        raise CommandError(
            f"The keys differ: {staging.name} has {_list(staging.key_types)}, {messages.name} has "
            f"{_list(messages.key_types)}, and no function that reads the stream of {messages.name} says which of them "
            "is which. See that these are the right tables."
        )
    # Where one of several functions takes every insert, no pattern keeps a row.
    patterns = [] if any(not rule.patterns for rule in rules) else [one for rule in rules for one in rule.patterns]
    functions = [name for rule in rules for name in rule.functions]
    return Rule(mapping, patterns, functions, is_by_message, tables.messages.has_new_image)


def _has_same_types(mapping: Mapping[str, str], staging: Table, messages: Table) -> bool:
    return mapping.keys() == staging.key_types.keys() and all(
        messages.key_types.get(mapping[name], kind) == kind for name, kind in staging.key_types.items()
    )


def _rules_of_functions(functions: "LambdaClient", tables: "Tables") -> list[Rule]:
    """Give the rule of each; of one that only counts, if there is no other."""
    found: dict[bool, list[Rule]] = {True: [], False: []}
    # Of any of the table's streams: switched off and on, it has another one than the mapping yet reads.
    readers = [reader for reader in list_readers(functions, Patience()) if reader.table_arn == tables.messages.arn]
    for name, _, uuid, _ in readers:
        settings = _settings_of(functions, name, tables.staging.table.name)
        if settings:
            own = settings.key_mapping or {attribute: attribute for attribute in settings.staging_table.key_types}
            found[settings.is_dry_run].append(Rule(own, _patterns_of(functions, uuid, name), [name]))
    return found[False] or found[True]


def _settings_of(functions: "LambdaClient", name: str, staging_table_name: str) -> Settings | None:
    """Read a function's settings; one that does not delete from the staging table has none."""
    try:
        environment = functions.get_function_configuration(FunctionName=name).get("Environment", {})
    except functions.exceptions.ResourceNotFoundException:
        return None
    if "Error" in environment:
        raise CommandError(
            f"Function {name} reads the stream, but its settings cannot be read, so that it is not known what it "
            f"deletes ({redact(environment['Error'].get('Message'))}). Allow kms:Decrypt for its key."
        )
    variables = environment.get("Variables", {})
    if variables.get("STAGING_MESSAGES_TABLE_NAME") != staging_table_name:
        return None
    try:
        return read_settings(variables)
    except SettingsError as error:
        raise CommandError(f"It is not known what function {name} deletes. {error}") from error


def _patterns_of(functions: "LambdaClient", uuid: str, name: str) -> Sequence[Mapping[str, Any]]:
    """Return the mapping's patterns; none if every insert passes."""
    # List calls do not show what is encrypted. Source: invocation-eventfiltering.html.
    mapping = functions.get_event_source_mapping(UUID=uuid)
    if "FilterCriteria" not in mapping and ("FilterCriteriaError" in mapping or "KMSKeyArn" in mapping):
        raise CommandError(
            f"The filter of function {name} cannot be read, so that it is not known which messages count. Allow "
            "kms:Decrypt for its key."
        )
    return read_patterns(mapping.get("FilterCriteria", {}).get("Filters", []), name)


def _list(key_types: Mapping[str, str]) -> str:
    return " and ".join(f"{name} ({kind})" for name, kind in key_types.items())
