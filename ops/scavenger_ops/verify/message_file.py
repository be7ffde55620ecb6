"""Reads the message that the user wants to be written, from a file."""

import base64
import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from reconciler.explained_error import RefusedError
from reconciler.match_rule import MOST_KEY_BYTES
from scavenger.settings import KeyedTable

from scavenger_ops.verify.attribute_values import MOST_LEVELS, find_value
from scavenger_ops.verify.deployment import VerifiedDeployment
from scavenger_ops.verify.items import MARKER, Item, VerifiedItems, make_row, row_sources, unwanted_deletion
from scavenger_ops.verify.record import deleted_row, is_deleted, make_record

_FORM = (
    'It must have an item in DynamoDB\'s JSON, such as {"id": {"S": "a"}}, or {"Item": item} as GetItem returns '
    'it, or {"OldImage": item, "NewImage": item} for an update.'
)
# An attribute that is made has one value of at most so many bytes, as a sort key has.
_MOST_BYTES = 1024
# Source: HowItWorks.NamingRulesDataTypes.html.
_MOST_EXPONENT = 130


def read_items(deployment: VerifiedDeployment, path: Path, marker: str) -> VerifiedItems:
    """Return the message in the file and the row that it makes obsolete.

    The file has an item in DynamoDB's JSON, {"Item": item}, or {"OldImage": item, "NewImage": item} for an update. What
    the keys of both tables and the match attributes need, and the message lacks, is made. Raises RefusedError if the
    file has no message, or if the function would certainly not act on it.
    """
    new, old = _read_images(path)
    event_name = "INSERT" if old is None else "MODIFY"
    if event_name not in deployment.settings.event_names:
        other = "an update, {OldImage, NewImage}" if old is None else "an inserted message: one item"
        raise RefusedError(
            f"{path} has {'an inserted message' if old is None else 'an update'}, but function {deployment.function} "
            f"handles only {' and '.join(deployment.settings.event_names)}. Use a file with {other}."
        )
    message = {**_made(deployment, marker, {**(old or {}), **new}), **new, MARKER: {"S": marker}}
    keys = {name: message[name] for name in deployment.tables.messages.table.key_types}
    before = None if old is None else {**keys, **old, MARKER: {"S": marker}}
    items = VerifiedItems(make_row(deployment, message, marker), message, before)
    _check(deployment, items, path)
    return items


def _made(deployment: VerifiedDeployment, marker: str, given: Item) -> Item:
    """Return the attributes that the tables and the function need, and the message lacks."""
    kinds = {
        **dict.fromkeys(deployment.settings.match_attributes.values(), "S"),
        **{
            source: deployment.tables.staging.attribute_types[name]
            for name, source in row_sources(deployment).items()
            if name in deployment.tables.staging.attribute_types
        },
        **deployment.tables.messages.attribute_types,
        **deployment.tables.messages.table.key_types,
    }
    needed = {*deployment.tables.messages.table.key_types, *row_sources(deployment).values()}
    found = {name: find_value(kinds[name], (), marker, _MOST_BYTES, is_key=True) for name in needed}
    made = {name: _decode({kinds[name]: value.content}) for name, value in found.items() if value}
    # The old image has the key, too.
    keys = {name: given[name] for name in deployment.tables.messages.table.key_types if name in given}
    return {**made, **keys}


def _check(deployment: VerifiedDeployment, items: VerifiedItems, path: Path) -> None:
    """Raise RefusedError if the message in the file certainly proves nothing."""
    messages = deployment.tables.messages
    for name, kind in messages.table.key_types.items():
        if items.message[name].keys() != {kind}:
            raise RefusedError(
                f"{path} has {name} of another type than {kind}, which the key of {messages.table.name} has."
            )
        if items.before and items.before[name] != items.message[name]:
            raise RefusedError(f"{path} has two values of {name}: an update of a message does not change its key.")
    _check_key_size(messages.table, items.message, path)
    _check_key_size(deployment.tables.staging.table, items.row, path)
    if items.before == items.message:
        raise RefusedError(f"{path} has the same item twice: DynamoDB reports no update without a difference.")
    record = make_record(messages, items.message, items.before)
    if not is_deleted(deleted_row(deployment.deleter, record, if_unknown=True), items.row):
        raise RefusedError(
            f"Function {deployment.function} would delete no row because of the message in {path}: it does not pass "
            "the event filter, or its key or match attributes have another type. Nothing was written. Correct the "
            "message. What was missing in it was made, also its key: if the filter has conditions on that, add it."
        )
    if items.before:
        first = deleted_row(deployment.deleter, make_record(messages, items.before))
        if is_deleted(first, items.row):
            raise RefusedError(
                f"The OldImage in {path} already makes the row obsolete when it is inserted. Use a message that does "
                "so only by its update, or one item that is inserted."
            )
    if unwanted := unwanted_deletion(deployment, items):
        raise RefusedError(
            f"The message in {path} cannot be used: {unwanted}. Use a message on which that function does not act, or "
            "pause it."
        )


def _check_key_size(table: KeyedTable, item: Item, path: Path) -> None:
    """Raise RefusedError unless DynamoDB accepts the length of each value of an item's key."""
    # The partition key comes first in a table's key.
    for name, most in zip(table.key_types, MOST_KEY_BYTES, strict=False):
        (content,) = item[name].values()
        if not 1 <= len(content.encode() if isinstance(content, str) else content) <= most:
            raise RefusedError(
                f"DynamoDB does not accept the key that the message in {path} has for table {table.name}: {name} must "
                f"have 1 to {most} bytes."
            )


def _read_images(path: Path) -> tuple[Item, Item | None]:
    """Return the new image and, for an update, the old one. Raises RefusedError."""
    try:
        return _images_in(path)
    except RecursionError as error:
        raise RefusedError(f"{path} has more levels than an item of DynamoDB can have: {MOST_LEVELS}.") from error


def _images_in(path: Path) -> tuple[Item, Item | None]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise RefusedError(f"{path} is not readable JSON. {_FORM}") from error
    try:
        if isinstance(content, dict) and content.keys() == {"OldImage", "NewImage"}:
            return _read_item(content["NewImage"]), _read_item(content["OldImage"])
        # An attribute may be named Item, too. Then its value has one type.
        if isinstance(content, dict) and "Item" in content and not _is_value(content["Item"]):
            return _read_item(content["Item"]), None
        return _read_item(content), None
    except ValueError as error:
        raise RefusedError(f"{path} has no item: {error}. {_FORM}") from error


def _read_item(fields: object) -> Item:
    if not isinstance(fields, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - one error for all that is malformed
    for name, value in fields.items():
        if not _is_value(value):
            raise ValueError(f"{name[:60]!r} has no value with its type")
    return {name: _decode(value) for name, value in fields.items()}


def _is_texts(content: object) -> bool:
    return isinstance(content, list) and bool(content) and all(isinstance(each, str) for each in content)


def _is_text(content: object) -> bool:
    return isinstance(content, str)


_HAS_CONTENT: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("S", "N", "B"), _is_text),
    **dict.fromkeys(("SS", "NS", "BS"), _is_texts),
    "BOOL": lambda content: isinstance(content, bool),
    "NULL": lambda content: content is True,
}


def _is_value(value: object, levels: int = MOST_LEVELS) -> bool:
    """Return whether this is a value in DynamoDB's JSON: an object with one type and its content.

    Raises RecursionError if it has more levels, as Python does for JSON that has far more. Its own limit is no measure:
    libraries change it.
    """
    if not levels:
        raise RecursionError
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "L":
        return isinstance(content, list) and all(_is_value(each, levels - 1) for each in content)
    if kind == "M":
        return isinstance(content, dict) and all(_is_value(each, levels - 1) for each in content.values())
    return kind in _HAS_CONTENT and _HAS_CONTENT[kind](content)


def _decode(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value with its bytes as bytes. Raises ValueError if they are not Base64."""
    ((kind, content),) = value.items()
    if kind == "B":
        return {kind: base64.b64decode(content, validate=True)}
    if kind == "BS":
        return {kind: [base64.b64decode(each, validate=True) for each in content]}
    if kind == "L":
        return {kind: [_decode(each) for each in content]}
    if kind == "M":
        return {kind: {name: _decode(each) for name, each in content.items()}}
    return {kind: _number(content) if kind == "N" else content}


def _number(text: str) -> str:
    """Return a number as DynamoDB returns it, so that the event filter compares the same text. Raises ValueError."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:60]!r} is not a number") from None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_EXPONENT:
        raise ValueError(f"{text[:60]!r} is not a number that DynamoDB stores")
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if number.is_zero() else plain.removeprefix("+")
