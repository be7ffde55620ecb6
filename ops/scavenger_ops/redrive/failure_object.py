"""What is in an object of the failure bucket, be it Lambda's own or the function's."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from scavenger.records import change_of
from scavenger.redaction import redact

from scavenger_ops.stream_consumers import table_of_stream

# An event of Lambda's has 6 MB at most; in the object it is JSON within JSON, with each quote and backslash escaped.
# Sources: invocation-eventsourcemapping.html, services-dynamodb-errors.html.
MOST_BYTES = 32 * 1024 * 1024

# So that a function of the smallest timeout can delete them, and few are repeated if it cannot.
MOST_RECORDS_A_BATCH = 1000
# Below the 6 MB that an invocation takes, with room for what is around the records.
MOST_BYTES_A_BATCH = 5 * 1024 * 1024

# Of these, inserts alone are for the function. Source: API_streams_Record.html.
CHANGES = ("INSERT", "MODIFY", "REMOVE")


class UnreadableObjectError(Exception):
    """The object is none in which Lambda or the function keeps records; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class FailureObject:
    """What the object says of itself, and the records in it, in the order of the stream."""

    condition: str
    # Why the function quarantined them; nothing in an object of Lambda's.
    reasons: Sequence[str]
    records: Sequence[Any]
    # The function that it is of, as it says it: an ARN, with a version or an alias or without; None if it says none.
    function: str | None = None

    def inserts(self, tables: frozenset[str]) -> list[Any]:
        """Give the records that are inserts into one of these tables, by their ARNs."""
        return [record for record in self.records if _event_name(record, tables) == "INSERT"]

    def strangers(self, tables: frozenset[str]) -> list[Any]:
        """Give the records that are no changes of these tables."""
        return [record for record in self.records if _event_name(record, tables) not in CHANGES]


def read_failure_object(body: bytes) -> FailureObject:
    """Read an object's body. Raises UnreadableError. Source: services-dynamodb-errors.html."""
    outer = _load(body, "it")
    payload = outer.get("payload")
    # LocalStack writes it as an object, and not as text.
    if not isinstance(payload, (str, dict)):
        raise UnreadableObjectError("it has no payload, which is the event that Lambda or the function keeps in it")
    records = (_load(payload, "its payload") if isinstance(payload, str) else payload).get("Records")
    if not isinstance(records, list) or not records:
        raise UnreadableObjectError("its payload has no Records")
    context = outer.get("requestContext")
    condition = context.get("condition") if isinstance(context, dict) else None
    reasons = outer.get("reasons")
    function = context.get("functionArn") if isinstance(context, dict) else None
    if function is not None and not isinstance(function, str):
        raise UnreadableObjectError("its functionArn is no text, so that it is not known of which function it is")
    kept_reasons = [redact(reason) for reason in reasons] if isinstance(reasons, list) else []
    return FailureObject(redact(condition or "no condition"), kept_reasons, records, function)


def split(records: Sequence[Any]) -> Iterator[list[Any]]:
    """Split records into batches, in order, that an invocation takes."""
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
    """Give what kind of change of one of these tables it is, if it is one."""
    if not isinstance(record, dict) or change_of(record) is None:
        return None
    source = record.get("eventSourceARN")
    return record.get("eventName") if isinstance(source, str) and table_of_stream(source) in tables else None


def _load(text: bytes | str, what: str) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        # Python also takes NaN and Infinity, which Lambda would refuse.
        content = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise UnreadableObjectError(f"{what} is no JSON, or cut short") from None
    if not isinstance(content, dict):
        raise UnreadableObjectError(f"{what} is no JSON object")
    return content
