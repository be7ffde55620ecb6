"""Reads a stream event: its records become deletions, or are duplicates, ignored or malformed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard

from scavenger.keys import key_identity
from scavenger.row import Row, RowError, read_row
from scavenger.settings import Settings

# The kinds of changes, eventName of a record. Source: API_streams_Record.html.
CHANGES = ("INSERT", "MODIFY", "REMOVE")
# The eventSource of a record of a DynamoDB stream.
_STREAMS = "aws:dynamodb"
# AWS says 21 to 40 digits, but its own samples have fewer, and Kinesis has 56. Source: API_streams_StreamRecord.html.
_SEQUENCE_NUMBER = re.compile(r"[0-9]+")
# Seconds in some 3,000 years: a greater number is not a creation time.
_LATEST_CREATION_S = 1e11


class Deletion(NamedTuple):
    """A row to delete, and the record that asks for it."""

    row: Row
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


def read_event(event: object, settings: Settings) -> ParsedBatch:
    """Return the records of an event, sorted into deletions, duplicates, ignored and malformed, in the stream's order.

    A change that makes a row obsolete (`settings.event_names`, row.py) becomes a deletion. Later changes that ask for
    the same row with the same expected values are duplicates; other changes are ignored. An event with "quarantine":
    false is a redrive: its malformed records are not quarantined again. Raises EventError if the event has no list of
    records, or none of its records is from a stream. Source: API_streams_Record.html.
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
            row = _read_change(record.get("eventName"), change, settings)
        except RowError as error:
            batch.malformed.append(Rejection(number, record, str(error)))
            continue
        if row is None:
            batch.ignored += 1
        elif number is None:
            batch.malformed.append(Rejection(None, record, "its SequenceNumber is not a string of digits"))
        elif (identity := _identity(row)) in seen:
            batch.duplicates += 1
        else:
            seen.add(identity)
            batch.deletions.append(Deletion(row, number, record))
    return batch


def _read_change(event_name: object, change: Mapping[str, Any], settings: Settings) -> Row | None:
    """Return the row that a change makes obsolete, or None if such a change makes none obsolete. Raises RowError."""
    if event_name in settings.event_names:
        return read_row(change, settings)
    if event_name in CHANGES:
        return None
    raise RowError("its eventName is not INSERT, MODIFY or REMOVE")


def _identity(row: Row) -> object:
    """Return a value that is equal for two deletions of which the second has nothing to do."""
    key = key_identity(row.key)
    return (key, key_identity(row.expected)) if row.expected else key


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


def _sequence_number(change: dict[str, Any]) -> str | None:
    """Return a record's sequence number, or None if it has no valid one."""
    number = change.get("SequenceNumber")
    return number if is_sequence_number(number) else None


def _keep_oldest(batch: ParsedBatch, change: dict[str, Any]) -> None:
    """Keep the earliest creation time."""
    created_at = creation_time(change)
    if created_at is not None and (batch.oldest_created_at is None or created_at < batch.oldest_created_at):
        batch.oldest_created_at = created_at
