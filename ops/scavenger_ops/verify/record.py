"""The stream record of a written message, and the row that a function deletes because of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import OR, Place
from reconciler.key_json import encode
from reconciler.message_filter import as_in_an_event
from reconciler.tables import ComparedTable
from scavenger.keys import Key, key_identity
from scavenger.records import read_event
from scavenger.row import Row

from scavenger_ops.verify.attribute_values import is_unique
from scavenger_ops.verify.deployment import Deleter

# Texts that nobody knows before the record is there.
_NOT_KNOWN: set[Place] = {("eventID",), ("dynamodb", "SequenceNumber")}


def bare_record(messages: ComparedTable, event_name: str) -> dict[str, Any]:
    """Return the record of such a change without its images: {} is in the place of each that the stream has."""
    has = {
        "Keys": True,
        "NewImage": messages.has_new_image,
        "OldImage": messages.has_old_image and event_name == "MODIFY",
    }
    stream_arn = messages.stream_arn or ""
    return {
        "eventID": "0",
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": stream_arn.split(":")[3] if stream_arn else "",
        "eventSourceARN": stream_arn,
        "dynamodb": {
            # Numbers in a record: no condition that is known compares one.
            "ApproximateCreationDateTime": 0,
            "SizeBytes": 0,
            "SequenceNumber": "0",
            "StreamViewType": _view_type(messages),
            **{image: {} for image, is_there in has.items() if is_there},
        },
    }


def make_record(
    messages: ComparedTable, message: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the record of a message that is inserted or, with `before`, changed."""
    record = bare_record(messages, "MODIFY" if before else "INSERT")
    key = {name: message[name] for name in messages.table.key_types}
    images = {"Keys": key, "NewImage": message, "OldImage": before}
    record["dynamodb"] |= {name: as_in_an_event(images[name]) for name in images if name in record["dynamodb"]}
    return record


def deleted_row(deleter: Deleter, record: Mapping[str, Any], *, if_unknown: bool = False) -> Row | None:
    """Return the row that a function deletes because of a record; None if it deletes none.

    `if_unknown`: what is not known of its event filter lets the record through.
    """
    patterns = [assume(pattern, if_unknown=if_unknown) for pattern in deleter.patterns]
    is_let_through = any(passes([pattern], record) for pattern in patterns)
    if not is_let_through and not (if_unknown and deleter.unknown_patterns):
        return None
    deletions = read_event({"Records": [record]}, deleter.settings).deletions
    return deletions[0].row if deletions else None


def key_json(key: Key) -> str:
    """Return a key as the AWS CLI takes it."""
    return json.dumps(key, default=encode)


def is_own_key(key: Key, marker: str) -> bool:
    """Return whether a key has a value that only the run with that marker has, so that no other row has the key."""
    event = as_in_an_event(key)
    return any(is_unique(kind, content, marker) for value in event.values() for kind, content in value.items())


def is_deleted(row: Row | None, item: Mapping[str, Any]) -> bool:
    """Return whether a deletion of that row deletes this item."""
    if row is None:
        return False
    wanted = {**row.key, **row.expected}
    return key_identity(wanted) == key_identity({name: item[name] for name in wanted if name in item})


def assume(pattern: Mapping[str, Any], *, if_unknown: bool, place: Place = ()) -> dict[str, Any]:
    """Return a pattern whose conditions on texts that nobody knows are met, or are not."""
    left: dict[str, Any] = {}
    for name, wanted in pattern.items():
        here = (*place, name)
        if name == OR:
            left[name] = [assume(branch, if_unknown=if_unknown, place=place) for branch in wanted]
        elif isinstance(wanted, Mapping):
            left[name] = assume(wanted, if_unknown=if_unknown, place=here)
        else:
            left[name] = [{"exists": _is_met(wanted, if_unknown=if_unknown)}] if here in _NOT_KNOWN else wanted
    return left


def _is_met(conditions: Sequence[Any], *, if_unknown: bool) -> bool:
    """Return whether a text that is there, whatever it is, meets one of the conditions."""
    is_possible = any(condition != {"exists": False} for condition in conditions)
    return {"exists": True} in conditions or (if_unknown and is_possible)


def _view_type(messages: ComparedTable) -> str:
    if messages.has_new_image and messages.has_old_image:
        return "NEW_AND_OLD_IMAGES"
    return "NEW_IMAGE" if messages.has_new_image else "OLD_IMAGE" if messages.has_old_image else "KEYS_ONLY"
