"""The match rule: which message makes a row of the staging table obsolete, as in the function that deletes the rows."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scavenger.keys import Key, key_identity
from scavenger.row import COMPARED
from scavenger.settings import KeyedTable, Settings

from reconciler.explained_error import RefusedError
from reconciler.linking_functions import LinkingFunction
from reconciler.message_filter import MessageFilter, any_of

if TYPE_CHECKING:
    from reconciler.tables import ComparedTables

# Of a partition key, and of a sort key. Source: Constraints.html.
MOST_KEY_BYTES = (2048, 1024)


class Matched(NamedTuple):
    """The key of the row that a message makes obsolete, and the version that the row must have.

    The version is None if the message lacks a match attribute, or has something there that no row can equal.
    """

    key: Key
    version: object | None


class MatchRule(NamedTuple):
    """A row is obsolete if a message has its key, by the key mapping, and its version, and counts by the filter.

    `key_mapping` names for each key attribute of the staging table the attribute of the message; `match_attributes`
    does so for the row's attributes that make up its version. `functions` are the functions that delete by this rule.
    `is_by_message`: a message's key cannot be built from a row's, so messages are scanned, and their rows looked up.
    Without `has_new_image`, the filter sees no new image.
    """

    key_mapping: Mapping[str, str]
    counted: MessageFilter = MessageFilter()
    match_attributes: Mapping[str, str] = {}
    functions: Sequence[str] = ()
    is_by_message: bool = False
    has_new_image: bool = True

    def message_key(self, key: Key, names: Sequence[str]) -> Key:
        """Return the key of a row's message, which has the key attributes `names`."""
        return {source: key[name] for name, source in self.key_mapping.items() if source in names}

    def needed(self) -> set[str]:
        """Return the attributes of a message that the rule needs."""
        return {*self.key_mapping.values(), *self.match_attributes.values(), *self.counted.attributes()}

    def match(self, message: Mapping[str, Any], names: Sequence[str], key_types: Mapping[str, str]) -> Matched | None:
        """Return which row a message makes obsolete, or None.

        `names` are the message's key attributes, `key_types` those of the staging table with their types.
        """
        if not all(source in message for source in self.key_mapping.values()):
            return None
        keys = {name: message[name] for name in names}
        if not self.counted.is_open and not self.counted.counts(keys, message if self.has_new_image else None):
            return None
        key = {name: message[source] for name, source in self.key_mapping.items()}
        # The partition key comes first in a table's key.
        kinds = zip(key_types.items(), MOST_KEY_BYTES, strict=False)
        if not all(_may_be_key(key[name], kind, most) for (name, kind), most in kinds):
            return None
        return Matched(key, _version({name: message.get(source) for name, source in self.match_attributes.items()}))

    def version_of_row(self, row: Mapping[str, Any]) -> object | None:
        """Return a row's version, which equals that of the messages that make it obsolete; None if it has none."""
        return _version({name: row.get(name) for name in self.match_attributes})


def _version(values: Mapping[str, Any]) -> object | None:
    """Return a value that is equal for equal values: by type, and numbers by value, as in a condition of DynamoDB.

    None if one of them is missing, or is a set, a list or a map. The function deletes no row for such a message.
    """
    return key_identity(values) if all(value and value.keys() <= COMPARED.keys() for value in values.values()) else None


def _may_be_key(value: Mapping[str, Any], kind: str, most_bytes: int) -> bool:
    """Return whether a key may have this value. DynamoDB rejects a look-up by any other."""
    content = value.get(kind)
    size = len(content.encode() if isinstance(content, str) else content) if content else 0
    return value.keys() == {kind} and 0 < size <= most_bytes


def find_match_rule(tables: "ComparedTables", links: Sequence[LinkingFunction]) -> MatchRule:
    """Return the rule by which the linking functions delete rows.

    Without such a function, rows and messages are compared by the same key. Raises RefusedError if the keys do not fit,
    or if the functions' key mappings or match attributes differ.
    """
    staging, messages = tables.staging.table, tables.messages.table
    mapping = _common(links, _key_mapping, "build the staging table's key from different attributes (KEY_MAPPING)")
    if mapping is None:
        mapping = _same(staging)
    match_attributes = _common(links, _match_attributes, "compare different attributes of a row (MATCH_ATTRIBUTES)")
    is_by_message = not messages.key_types.keys() <= set(mapping.values())
    if (is_by_message and not links) or not _has_same_types(mapping, staging, messages):
        raise RefusedError(
            f"The keys differ: {staging.name} has {_list(staging.key_types)}, {messages.name} has "
            f"{_list(messages.key_types)}, and no function that reads the stream of {messages.name} maps one to the "
            "other. Check the names of the tables."
        )
    counted = any_of([link.messages for link in links]) if links else MessageFilter()
    functions = [link.function for link in links]
    return MatchRule(mapping, counted, match_attributes or {}, functions, is_by_message, tables.messages.has_new_image)


def _common(
    links: Sequence[LinkingFunction], read: Callable[[Settings], Mapping[str, str]], difference: str
) -> Mapping[str, str] | None:
    """Return what all functions have in their settings; None without functions. Raises RefusedError if they differ."""
    found = [read(link.settings) for link in links]
    if len({json.dumps(each, sort_keys=True) for each in found}) > 1:
        names = " and ".join(link.function for link in links)
        raise RefusedError(f"Functions {names} {difference}: correct one.")
    return found[0] if found else None


def _key_mapping(settings: Settings) -> Mapping[str, str]:
    return settings.key_mapping or _same(settings.staging_table)


def _match_attributes(settings: Settings) -> Mapping[str, str]:
    return settings.match_attributes


def _same(table: KeyedTable) -> Mapping[str, str]:
    return {name: name for name in table.key_types}


def _has_same_types(mapping: Mapping[str, str], staging: KeyedTable, messages: KeyedTable) -> bool:
    return mapping.keys() == staging.key_types.keys() and all(
        messages.key_types.get(mapping[name], kind) == kind for name, kind in staging.key_types.items()
    )


def _list(key_types: Mapping[str, str]) -> str:
    return " and ".join(f"{name} ({kind})" for name, kind in key_types.items())
