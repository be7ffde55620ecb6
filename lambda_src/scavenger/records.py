"""From the records of a stream event to the deletions that they call for."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Key = Mapping[str, Mapping[str, str | bytes]]

# AWS has 21 to 40 digits, but its own samples have fewer. Source: API_streams_StreamRecord.html.
_SEQUENCE_NUMBER = re.compile(r"[0-9]{1,40}")
# One that is no number would fail its whole request.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Seconds in some 3,000 years: a greater creation time is no time.
_LATEST_CREATION_S = 1e11


class Deletion(NamedTuple):
    """A row to delete: its key in DynamoDB's attribute value form, and the record that asks for it."""

    key: Key
    sequence_number: str


class MalformedRecord(NamedTuple):
    """A record that no deletion can be made of. The reason holds no attribute's value."""

    sequence_number: str | None
    reason: str


@dataclass(slots=True)
class Batch:
    """What an event calls for. Every record received is a deletion, a duplicate, ignored or malformed."""

    received: int
    deletions: list[Deletion] = field(default_factory=list)
    malformed: list[MalformedRecord] = field(default_factory=list)
    duplicates: int = 0
    ignored: int = 0
    oldest_created_at: float | None = None


class EventError(Exception):
    """The event is not one of a DynamoDB stream."""


class _RecordError(Exception):
    """A record is not of the documented form."""


def read_event(event: object) -> Batch:
    """Sort the records of an event, in the order of the stream.

    Inserts become deletions, of which the first stands for all of the same key; other changes are ignored.
    Raises EventError if there is no list of records. Source: API_streams_Record.html.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list):
        raise EventError(
            "The event has no list of Records, so it is not from a DynamoDB stream: nothing was deleted. "
            "Invoke the function through its event source mapping, or with an event of that form."
        )
    batch = Batch(received=len(records))
    seen: set[object] = set()
    for record in records:
        change = record.get("dynamodb") if isinstance(record, dict) else None
        if not isinstance(change, dict):
            batch.malformed.append(MalformedRecord(None, "it has no object named dynamodb"))
            continue
        try:
            deletion = _read_change(record.get("eventName"), change)
        except _RecordError as error:
            batch.malformed.append(MalformedRecord(_sequence_number(change), str(error)))
            continue
        _note_age(batch, change)
        if deletion is None:
            batch.ignored += 1
        elif (identity := key_identity(deletion.key)) in seen:
            batch.duplicates += 1
        else:
            seen.add(identity)
            batch.deletions.append(deletion)
    return batch


def key_identity(key: Mapping[str, Any]) -> object:
    """Make of a key something hashable that is equal for the same row, whatever the order of its attributes."""
    return frozenset((name, *value.items()) for name, value in key.items())


def _read_change(event_name: object, change: dict[str, Any]) -> Deletion | None:
    """Make the deletion of an insert, or nothing of another change."""
    if event_name in ("MODIFY", "REMOVE"):
        return None
    if event_name != "INSERT":
        raise _RecordError("its eventName is not INSERT, MODIFY or REMOVE")
    sequence_number = _sequence_number(change)
    if sequence_number is None:
        raise _RecordError("its SequenceNumber is not a string of 1 to 40 digits")
    return Deletion(_read_key(change.get("Keys")), sequence_number)


def _read_key(keys: object) -> Key:
    """Check a record's Keys, which go to DynamoDB as they are, save for binary ones."""
    if not isinstance(keys, dict) or len(keys) not in (1, 2):
        raise _RecordError("its Keys are not an object with one or two attributes")
    binary = False
    for value in keys.values():
        if not isinstance(value, dict) or len(value) != 1:
            raise _RecordError("an attribute of its Keys is not an object with one type")
        ((kind, content),) = value.items()
        if kind not in ("S", "N", "B") or not isinstance(content, str):
            raise _RecordError("an attribute of its Keys is not a string S, N or B")
        if kind == "N" and not _NUMBER.fullmatch(content):
            raise _RecordError("an attribute of its Keys is of type N but no number")
        binary = binary or kind == "B"
    return {name: _decode_binary(value) for name, value in keys.items()} if binary else keys


def _decode_binary(value: Mapping[str, str]) -> Mapping[str, str | bytes]:
    """Turn the event's Base64 into bytes, since boto3 encodes what it is given once more."""
    if "B" not in value:
        return value
    try:
        return {"B": base64.b64decode(value["B"], validate=True)}
    except (binascii.Error, ValueError):
        raise _RecordError("a binary attribute of its Keys is not Base64") from None


def _sequence_number(change: dict[str, Any]) -> str | None:
    """Give a record's sequence number if it has a usable one."""
    number = change.get("SequenceNumber")
    return number if isinstance(number, str) and _SEQUENCE_NUMBER.fullmatch(number) else None


def _note_age(batch: Batch, change: dict[str, Any]) -> None:
    """Keep the earliest creation time, in epoch seconds."""
    created_at = change.get("ApproximateCreationDateTime")
    if not isinstance(created_at, int | float) or not 0 <= created_at <= _LATEST_CREATION_S:
        return
    if batch.oldest_created_at is None or created_at < batch.oldest_created_at:
        batch.oldest_created_at = created_at
