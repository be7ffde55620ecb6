"""Reads the objects of the failure bucket: those that Lambda writes, and those that the function writes."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.stream_consumers import table_of_stream
from scavenger.records import CHANGES, change_of
from scavenger.redaction import redact

from scavenger_ops.redrive.strict_json import read_json

# An event of Lambda has at most 6 MB. In the object it is JSON within JSON, with each quote and backslash escaped.
# Sources: invocation-eventsourcemapping.html, services-dynamodb-errors.html.
MOST_BYTES = 32 * 1024 * 1024

# A function with the smallest timeout can delete so many. If it fails, few are sent again.
MOST_RECORDS_A_BATCH = 1000
# Less than the 6 MB of an invocation's payload, with room for what surrounds the records.
MOST_BYTES_A_BATCH = 5 * 1024 * 1024


class UnreadableObjectError(Exception):
    """The object does not have the form in which Lambda and the function write records. The text says what is wrong."""


@dataclass(frozen=True, slots=True)
class FailureObject:
    """The content of a failure object: its metadata, and its records in the order of the stream."""

    condition: str
    # Why the function quarantined them; empty in an object that Lambda wrote.
    reasons: Sequence[str]
    records: Sequence[Any]
    # ARN of the function that the object belongs to, with or without version or alias; None if the object names none.
    function: str | None = None

    def changes(self, tables: frozenset[str], event_names: Collection[str]) -> list[Any]:
        """Return the records that are such changes (eventName) of one of these tables (ARNs)."""
        return [record for record in self.records if _event_name(record, tables) in event_names]

    def foreign_records(self, tables: frozenset[str]) -> list[Any]:
        """Return the records that are not changes of these tables (ARNs)."""
        return [record for record in self.records if _event_name(record, tables) not in CHANGES]


def read_failure_object(body: bytes) -> FailureObject:
    """Parse the body of a failure object. Raises UnreadableObjectError. Source: services-dynamodb-errors.html."""
    outer = _load(body, "it")
    payload = outer.get("payload")
    # LocalStack writes the payload as an object, not as text.
    if not isinstance(payload, (str, dict)):
        raise UnreadableObjectError("it has no payload with the event of Lambda or the function")
    records = (_load(payload, "its payload") if isinstance(payload, str) else payload).get("Records")
    if not isinstance(records, list) or not records:
        raise UnreadableObjectError("its payload has no Records")
    context = outer.get("requestContext")
    condition = context.get("condition") if isinstance(context, dict) else None
    reasons = outer.get("reasons")
    function = context.get("functionArn") if isinstance(context, dict) else None
    if function is not None and not isinstance(function, str):
        raise UnreadableObjectError("its functionArn is not a string, so its function is unknown")
    kept_reasons = [redact(reason) for reason in reasons] if isinstance(reasons, list) else []
    return FailureObject(redact(condition or "no condition"), kept_reasons, records, function)


def split(records: Sequence[Any]) -> Iterator[list[Any]]:
    """Split records, in order, into batches that fit into an invocation."""
    batch: list[Any] = []
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if batch and (len(batch) == MOST_RECORDS_A_BATCH or size + length > MOST_BYTES_A_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    if batch:
        yield batch


def _event_name(record: object, tables: frozenset[str]) -> object:
    """Return the kind of change (eventName) if the record is a change of one of these tables, else None."""
    if not isinstance(record, dict) or change_of(record) is None:
        return None
    source = record.get("eventSourceARN")
    return record.get("eventName") if isinstance(source, str) and table_of_stream(source) in tables else None


def _load(text: bytes | str, what: str) -> dict[str, Any]:
    try:
        content = read_json(text)
    except (ValueError, RecursionError):
        raise UnreadableObjectError(f"{what} is not valid JSON, or incomplete") from None
    if not isinstance(content, dict):
        raise UnreadableObjectError(f"{what} is not a JSON object")
    return content
