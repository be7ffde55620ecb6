"""The items that `scavenger verify` writes: a row, and the message that makes it obsolete."""

import base64
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any, NamedTuple

from reconciler.explained_error import RefusedError
from reconciler.match_rule import MOST_KEY_BYTES
from reconciler.reading import key_of
from scavenger.keys import key_identity

from scavenger_ops import program
from scavenger_ops.verify.deployment import Deleter, VerifiedDeployment
from scavenger_ops.verify.matching_images import Bounds, Images, NoneFoundError, find_images
from scavenger_ops.verify.record import (
    assume,
    bare_record,
    deleted_row,
    is_deleted,
    is_own_key,
    key_json,
    make_record,
)

# DynamoDB's JSON as boto3's client takes and returns it: bytes are bytes.
Item = Mapping[str, Mapping[str, Any]]

# The attribute that marks an item as one of a run, so that the clean-up removes nothing else.
MARKER = "scavengerVerify"
# Makes the message before an update differ, if nothing else does.
_BEFORE = "scavengerVerifyBefore"
# Different ways to match a pattern that are tried, if the first ones are not unique, or other functions act on them.
_MOST_IMAGES = 100


class VerifiedItems(NamedTuple):
    """What to write: the row into staging, then the message.

    If only an update makes the row obsolete, `before` is put first, then replaced by the message. Each has the marker.
    """

    row: Item
    message: Item
    before: Item | None = None


def make_items(deployment: VerifiedDeployment, marker: str) -> VerifiedItems:
    """Return items that the deployment's function acts on, and no other function. An insert is tried before an update.

    `marker` is 32 hexadecimal digits. It is in each key, as far as the event filter allows that. Raises RefusedError if
    there are no such items, with the reason.
    """
    problems = dict[str, None]()
    for event_name in ("INSERT", "MODIFY"):
        if event_name not in deployment.settings.event_names:
            continue
        bounds = _bounds(deployment, event_name, marker)
        for number, pattern in enumerate(deployment.deleter.patterns, start=1):
            found, is_found = find_images(assume(pattern, if_unknown=False), bounds), False
            try:
                for images in islice(found, _MOST_IMAGES):
                    is_found = True
                    items = _complete(deployment, event_name, images, marker)
                    problem = _problem(deployment, items, images.unique)
                    if problem is None:
                        return items
                    problems[problem] = None
            except NoneFoundError as error:
                place = f" ({error})" if str(error) else ""
                if not is_found:
                    problems[f"no {_CHANGES[event_name]} was found that matches pattern {number}{place}"] = None
    problems |= dict.fromkeys(deployment.deleter.unknown_patterns)
    raise RefusedError(
        f"No message was found on which function {deployment.function} certainly acts: {'; '.join(problems)}. Nothing "
        f"was written. Pause what else is named, or use a message of your own: "
        f"{program.scavenger('verify', deployment.function, '--message', 'FILE')}"
    )


_CHANGES = {"INSERT": "insert", "MODIFY": "update"}


def make_row(deployment: VerifiedDeployment, message: Item, marker: str) -> Item:
    """Return the row that a message makes obsolete. The message must have what the row is taken from."""
    row = {name: message[source] for name, source in row_sources(deployment).items()}
    return {**row, MARKER: {"S": marker}}


def row_sources(deployment: VerifiedDeployment) -> Mapping[str, str]:
    """Return for each attribute of the row, key and match attributes, the attribute of the message it is taken from."""
    settings = deployment.settings
    key_mapping = settings.key_mapping or {name: name for name in settings.staging_table.key_types}
    return {**settings.match_attributes, **key_mapping}


def unwanted_deletion(deployment: VerifiedDeployment, items: VerifiedItems) -> str | None:
    """Return what else is deleted because of the items, so that they cannot be used; None if nothing is.

    That is the row, by another function, or a row that is not of this run, by any function.
    """
    messages, staging = deployment.tables.messages, deployment.tables.staging.table
    images = [(items.message, items.before), *([(items.before, None)] if items.before else [])]
    row_key, marker = key_of(staging, items.row), items.row[MARKER]["S"]
    for (new, old), deleter in product(images, (deployment.deleter, *deployment.other_deleters)):
        row = deleted_row(deleter, make_record(messages, new, old), if_unknown=True)
        if row is None:
            continue
        table = deleter.settings.staging_table.name
        is_key = table == staging.name and key_identity(row.key) == key_identity(row_key)
        if is_key and deleter is not deployment.deleter and is_deleted(row, items.row):
            return f"function {deleter.function} deletes the same row, so its end would not show which function works"
        if not is_key and not is_own_key(row.key, marker):
            return f"function {deleter.function} would delete the row {key_json(row.key)} of table {table}"
    return None


def _problem(deployment: VerifiedDeployment, items: VerifiedItems, unique: frozenset[str]) -> str | None:
    """Return why items cannot be used; None if they can."""
    messages = deployment.tables.messages
    staging_key = [row_sources(deployment)[name] for name in deployment.settings.staging_table.key_types]
    for table, names in ((messages, messages.table.key_types), (deployment.tables.staging, staging_key)):
        if not unique & set(names):
            return f"the event filter leaves no choice of the key in {table.table.name}, so it may be in use"
    if not _acts(deployment.deleter, deployment, items):
        return f"the function does not delete the row of the {'update' if items.before else 'insert'} that was found"
    if items.before and is_deleted(
        deleted_row(deployment.deleter, make_record(messages, items.before), if_unknown=True), items.row
    ):
        return "the message makes the row obsolete before it is updated"
    return unwanted_deletion(deployment, items)


def _acts(deleter: Deleter, deployment: VerifiedDeployment, items: VerifiedItems) -> bool:
    record = make_record(deployment.tables.messages, items.message, items.before)
    return is_deleted(deleted_row(deleter, record), items.row)


def _bounds(deployment: VerifiedDeployment, event_name: str, marker: str) -> Bounds:
    """Return what the message of such a change can be. Raises RefusedError if the stream lacks what the row needs."""
    messages = deployment.tables.messages
    record = bare_record(messages, event_name)
    required = dict.fromkeys([*messages.table.key_types, *row_sources(deployment).values()])
    missing = [name for name in required if name not in messages.table.key_types]
    if missing and "NewImage" not in record["dynamodb"]:
        raise RefusedError(
            f"The stream of messages table {messages.table.name} has no new image, from which function "
            f"{deployment.function} takes {' and '.join(missing)}. Change its view type to NEW_AND_OLD_IMAGES."
        )
    kinds, most_bytes = dict[str, list[str]](), dict[str, int]()
    for name, kind, most in _key_attributes(deployment):
        # Two types are a contradiction: then the attribute may have none.
        kinds[name] = [kind] if kinds.get(name, [kind]) == [kind] else []
        most_bytes[name] = min(most, most_bytes.get(name, most))
    return Bounds(record, list(messages.table.key_types), kinds, list(required), most_bytes, {MARKER: marker}, marker)


def _key_attributes(deployment: VerifiedDeployment) -> Iterator[tuple[str, str, int]]:
    """Yield the message's attributes that are in a key of a table or index, or equal to one that is.

    Each has the type and the size in bytes that the key may have.
    """
    settings, staging, messages = deployment.settings, deployment.tables.staging, deployment.tables.messages
    sources = row_sources(deployment)
    for name, kind in messages.attribute_types.items():
        yield name, kind, min(MOST_KEY_BYTES)
    for name, source in sources.items():
        if name in staging.attribute_types:
            yield source, staging.attribute_types[name], min(MOST_KEY_BYTES)
    # The partition key comes first in a table's key.
    for (name, kind), most in zip(messages.table.key_types.items(), MOST_KEY_BYTES, strict=False):
        yield name, kind, most
    for name, kind in settings.staging_table.key_types.items():
        yield sources[name], kind, min(MOST_KEY_BYTES)


def _complete(deployment: VerifiedDeployment, event_name: str, images: Images, marker: str) -> VerifiedItems:
    message = _item(images.message)
    row = make_row(deployment, message, marker)
    if event_name == "INSERT":
        return VerifiedItems(row, message)
    before = _item(images.before)
    # Without a difference, DynamoDB reports no update.
    return VerifiedItems(row, message, before if before != message else {**before, _BEFORE: {"BOOL": True}})


def _item(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return an image as boto3's client takes it. It has no lists or sets."""
    return {name: {kind: _content(kind, content) for kind, content in value.items()} for name, value in image.items()}


def _content(kind: str, content: Any) -> Any:  # noqa: ANN401 - of any type
    if kind == "M":
        return _item(content)
    return base64.b64decode(content) if kind == "B" else content
