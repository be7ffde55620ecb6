"""The row that a change of a message makes obsolete: its key, and the values that it must still have."""

import base64
import binascii
import re
from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from scavenger.keys import Key
from scavenger.settings import Settings

Value = Mapping[str, str | bytes | bool]

# A key that is not a number would fail its whole request.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
# JSON can have halves of surrogate pairs, but UTF-8 cannot, so no row has one. How DynamoDB treats one is not
# documented. Source: HowItWorks.NamingRulesDataTypes.html.
_HALF_OF_A_PAIR = re.compile(r"[\ud800-\udfff]")
# The types of values that are compared, and whether a value has the content of one.
COMPARED: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(("S", "N", "B"), lambda content: isinstance(content, str)),
    "BOOL": lambda content: isinstance(content, bool),
    "NULL": lambda content: content is True,
}
# DynamoDB compares them too, but a value of any size would be in each request.
_NOT_COMPARED = ("SS", "NS", "BS", "L", "M")


class Row(NamedTuple):
    """A row to delete: its key, and the values that its other attributes must have, by name.

    Both are in DynamoDB's attribute value form. A row without expected values is deleted whatever it has.
    """

    key: Key
    expected: Mapping[str, Value] = {}


class RowError(Exception):
    """A change does not tell which row it makes obsolete. The text contains no attribute's value."""


def read_row(change: Mapping[str, Any], settings: Settings) -> Row:
    """Return the row that a change makes obsolete. Raises RowError.

    Its key is the message's key or, with a key mapping, taken from the message's key and new image. So are the expected
    values of the match attributes.
    """
    keys = change.get("Keys")
    if not isinstance(keys, dict):
        raise RowError("its Keys are not an object")
    image = change.get("NewImage")
    message = ChainMap(keys, image if isinstance(image, dict) else {})
    key_types = settings.staging_table.key_types
    if settings.key_mapping is not None:
        keys = _map_key(message, settings.key_mapping)
    elif keys.keys() != key_types.keys():
        raise RowError(
            f"its Keys are not exactly the key attributes of the staging table: {', '.join(sorted(key_types))}"
        )
    key = _check_key(keys, key_types)
    return Row(key, _expected(message, settings.match_attributes)) if settings.match_attributes else Row(key)


def _map_key(message: Mapping[str, Any], key_mapping: Mapping[str, str]) -> dict[str, Any]:
    for name, source in key_mapping.items():
        if source not in message:
            raise RowError(f"neither its Keys nor its NewImage have {source}, from which {name} is taken")
    return {name: message[source] for name, source in key_mapping.items()}


def _check_key(keys: dict[str, Any], key_types: Mapping[str, str]) -> Key:
    """Return the key if it is valid. It goes to DynamoDB as it is, except that binary attributes are decoded."""
    for name, kind in key_types.items():
        value = keys[name]
        if not isinstance(value, dict) or value.keys() != {kind} or not isinstance(value[kind], str):
            raise RowError(f"its key attribute {name} is not a string of type {kind}")
        _check_content(kind, value[kind], f"key attribute {name}")
    if "B" not in key_types.values():
        return keys
    return {name: _decode_binary(value, f"key attribute {name}") for name, value in keys.items()}


def _expected(message: Mapping[str, Any], match_attributes: Mapping[str, str]) -> dict[str, Value]:
    """Return the values of the message that the row's attributes must equal, by the names of the row's attributes."""
    for name, source in match_attributes.items():
        if source not in message:
            raise RowError(f"neither its Keys nor its NewImage have {source}, which the row's {name} must equal")
    return {name: _scalar(source, message[source]) for name, source in match_attributes.items()}


def _scalar(name: str, value: object) -> Value:
    if not isinstance(value, dict) or len(value) != 1:
        raise RowError(f"its attribute {name} is not one value with its type")
    ((kind, content),) = value.items()
    if kind in _NOT_COMPARED:
        raise RowError(f"its attribute {name} is a set, a list or a map, which is not compared with a row")
    if kind not in COMPARED or not COMPARED[kind](content):
        raise RowError(f"its attribute {name} is not a value of type S, N, B, BOOL or NULL")
    _check_content(kind, content, f"attribute {name}")
    return _decode_binary(value, f"attribute {name}")


def _check_content(kind: str, content: str, what: str) -> None:
    if kind == "N" and not _NUMBER.fullmatch(content):
        raise RowError(f"its {what} is of type N but not a number")
    if kind == "S" and _HALF_OF_A_PAIR.search(content):
        raise RowError(f"its {what} is of type S but not valid Unicode")


def _decode_binary(value: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    """Decode the event's Base64, because clients.py encodes bytes again."""
    if "B" not in value:
        return value
    try:
        return {"B": base64.b64decode(value["B"], validate=True)}
    except (binascii.Error, ValueError):
        raise RowError(f"its {what} is of type B but not Base64") from None
