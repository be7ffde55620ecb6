"""Reads a stream event: its records become deletions, or are duplicates, ignored or malformed."""

import base64
import binascii
import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard

from scavenger.keys import Key, key_identity

# The eventSource of a record of a DynamoDB stream.
_STREAMS = "aws:dynamodb"
# AWS says 21 to 40 digits, but its own samples have fewer, and Kinesis has 56. Source: API_streams_StreamRecord.html.
_SEQUENCE_NUMBER = re.compile(r"[0-9]+")
# A key that is not a number would fail its whole request.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
# JSON can have halves of surrogate pairs, but UTF-8 cannot, so no row's key has one. How DynamoDB treats one is not
# documented. Source: HowItWorks.NamingRulesDataTypes.html.
_HALF_OF_A_PAIR = re.compile(r"[\ud800-\udfff]")
# Seconds in some 3,000 years: a greater number is not a creation time.
_LATEST_CREATION_S = 1e11


class Deletion(NamedTuple):
    """A row to delete: its key in DynamoDB's attribute value form, and the record that asks for it."""

    key: Key
    sequence_number: str
    record: object


class Rejection(NamedTuple):
    """A record for which no row can be deleted. The reason contains no attribute's value."""

    sequence_number: str | None
    record: object
    reason: str


@dataclass(slots=True)
class ParsedBatch:
    """The records of an event. Each record received is a deletion, a duplicate, ignored or malformed."""

    received: int
    # The records come from the failure bucket, which has them already.
    is_redrive: bool = False
    deletions: list[Deletion] = field(default_factory=list)
    malformed: list[Rejection] = field(default_factory=list)
    duplicates: int = 0
    ignored: int = 0
    # Epoch seconds; None if no record has a creation time.
    oldest_created_at: float | None = None


class EventError(Exception):
    """The event is not from a DynamoDB stream."""


class _RecordError(Exception):
    """A record does not have the documented form."""


def read_event(
    event: object, key_types: Mapping[str, str], key_mapping: Mapping[str, str] | None = None
) -> ParsedBatch:
    """Return the records of an event, sorted into deletions, duplicates, ignored and malformed, in the stream's order.

    An insert whose keys have the key types of the staging table becomes a deletion. Later inserts with the same key are
    duplicates; other changes are ignored. `key_mapping` names, for each key attribute of the staging table, the
    attribute of the message that it is taken from; without it, the key is the message's key. An event with
    "quarantine": false is a redrive: its malformed records are not quarantined again. Raises EventError if the event
    has no list of records, or none of its records is from a stream. Source: API_streams_Record.html.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(records, list):
        raise EventError(
            "The event has no list of Records, so it is not from a DynamoDB stream: nothing was deleted. "
            "Invoke the function through its event source mapping, or with an event of that form."
        )
    if records and not any(_is_of_a_stream(record) for record in records):
        raise EventError(
            "The event's Records are not from a DynamoDB stream: nothing was deleted. "
            "Invoke the function through its event source mapping, or with an event of that form."
        )
    batch = ParsedBatch(received=len(records), is_redrive=event.get("quarantine") is False)
    seen: set[object] = set()
    for record in records:
        if _is_of_another_source(record):
            batch.malformed.append(Rejection(None, record, "its eventSource is not aws:dynamodb"))
            continue
        change = change_of(record)
        if change is None:
            batch.malformed.append(Rejection(None, record, "it has no object named dynamodb"))
            continue
        _keep_oldest(batch, change)
        number = _sequence_number(change)
        try:
            key = _read_change(record.get("eventName"), change, key_types, key_mapping)
        except _RecordError as error:
            batch.malformed.append(Rejection(number, record, str(error)))
            continue
        if key is None:
            batch.ignored += 1
        elif number is None:
            batch.malformed.append(Rejection(None, record, "its SequenceNumber is not a string of digits"))
        elif (identity := key_identity(key)) in seen:
            batch.duplicates += 1
        else:
            seen.add(identity)
            batch.deletions.append(Deletion(key, number, record))
    return batch


def _is_of_a_stream(record: object) -> bool:
    source = _source(record)
    return source == _STREAMS or (source is None and change_of(record) is not None)


def _is_of_another_source(record: object) -> bool:
    return _source(record) not in (None, _STREAMS)


def _source(record: object) -> object:
    """Return the service that a record names as its source. SNS writes the name of that field with a capital letter."""
    return record.get("eventSource", record.get("EventSource")) if isinstance(record, dict) else None


def change_of(record: object) -> dict[str, Any] | None:
    """Return the object `dynamodb` of a record, which describes the change; None if it has none."""
    change = record.get("dynamodb") if isinstance(record, dict) else None
    return change if isinstance(change, dict) else None


def creation_time(change: Mapping[str, Any]) -> float | None:
    """Return the creation time of a change in epoch seconds, or None if it has no plausible one."""
    created_at = change.get("ApproximateCreationDateTime")
    is_sensible = isinstance(created_at, int | float) and 0 <= created_at <= _LATEST_CREATION_S
    return created_at if is_sensible else None


def is_sequence_number(candidate: object) -> TypeGuard[str]:
    """Return whether a value is a sequence number: a string of digits."""
    return isinstance(candidate, str) and _SEQUENCE_NUMBER.fullmatch(candidate) is not None


def stream_order(sequence_number: str) -> tuple[int, str]:
    """Return the sort key of a sequence number: its value, for any number of digits.

    Not an int, because Python converts no more than 4,300 digits.
    """
    digits = sequence_number.lstrip("0")
    return len(digits), digits


def _read_change(
    event_name: object, change: dict[str, Any], key_types: Mapping[str, str], key_mapping: Mapping[str, str] | None
) -> Key | None:
    """Return the key of an insert, or None for another change. Raises _RecordError."""
    if event_name in ("MODIFY", "REMOVE"):
        return None
    if event_name != "INSERT":
        raise _RecordError("its eventName is not INSERT, MODIFY or REMOVE")
    keys = change.get("Keys")
    if not isinstance(keys, dict):
        raise _RecordError("its Keys are not an object")
    if key_mapping is not None:
        keys = _map_key(keys, change.get("NewImage"), key_mapping)
    elif keys.keys() != key_types.keys():
        raise _RecordError(
            f"its Keys are not exactly the key attributes of the staging table: {', '.join(sorted(key_types))}"
        )
    return _check_key(keys, key_types)


def _map_key(keys: dict[str, Any], new_image: object, key_mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return the key of the staging row: from the message's key or, if that lacks an attribute, from its new image."""
    attributes = ChainMap(keys, new_image if isinstance(new_image, dict) else {})
    for name, source in key_mapping.items():
        if source not in attributes:
            raise _RecordError(f"neither its Keys nor its NewImage have {source}, from which {name} is taken")
    return {name: attributes[source] for name, source in key_mapping.items()}


def _check_key(keys: dict[str, Any], key_types: Mapping[str, str]) -> Key:
    """Return the key if it is valid. It goes to DynamoDB as it is, except that binary attributes are decoded."""
    for name, kind in key_types.items():
        value = keys[name]
        if not isinstance(value, dict) or value.keys() != {kind} or not isinstance(value[kind], str):
            raise _RecordError(f"its key attribute {name} is not a string of type {kind}")
        if kind == "N" and not _NUMBER.fullmatch(value[kind]):
            raise _RecordError(f"its key attribute {name} is of type N but not a number")
        if kind == "S" and _HALF_OF_A_PAIR.search(value[kind]):
            raise _RecordError(f"its key attribute {name} is of type S but not valid Unicode")
    return {name: _decode_binary(value) for name, value in keys.items()} if "B" in key_types.values() else keys


def _decode_binary(value: Mapping[str, str]) -> Mapping[str, str | bytes]:
    """Decode the event's Base64, because clients.py encodes bytes again."""
    if "B" not in value:
        return value
    try:
        return {"B": base64.b64decode(value["B"], validate=True)}
    except (binascii.Error, ValueError):
        raise _RecordError("a binary key attribute is not Base64") from None


def _sequence_number(change: dict[str, Any]) -> str | None:
    """Return a record's sequence number, or None if it has no valid one."""
    number = change.get("SequenceNumber")
    return number if is_sequence_number(number) else None


def _keep_oldest(batch: ParsedBatch, change: dict[str, Any]) -> None:
    """Keep the earliest creation time."""
    created_at = creation_time(change)
    if created_at is not None and (batch.oldest_created_at is None or created_at < batch.oldest_created_at):
        batch.oldest_created_at = created_at
