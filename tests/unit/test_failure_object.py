"""Failure objects are read, and any other object is refused."""

import json
import math
from typing import Any

import pytest
from scavenger_ops.redrive.failure_object import (
    MOST_BYTES_A_BATCH,
    MOST_RECORDS_A_BATCH,
    FailureObject,
    UnreadableObjectError,
    read_failure_object,
    split,
)
from support.events import event, record

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/messages"
OURS = frozenset({TABLE})


def content(*records: object, **changes: object) -> bytes:
    """Return the body of an object."""
    body = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "payload": json.dumps(event(*records))}
    return json.dumps(body | changes).encode()


def test_the_records_and_the_condition_are_read() -> None:
    """The object has Lambda's format."""
    found = read_failure_object(content(record(1), record(2)))
    assert found == FailureObject("RetryAttemptsExhausted", [], [record(1), record(2)], found.function)


def test_a_payload_may_be_an_object_instead_of_text() -> None:
    """LocalStack writes it so."""
    assert read_failure_object(content(payload=event(record(1)))) == read_failure_object(content(record(1)))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is not valid JSON"),
        (content(record(1))[:-1], "it is not valid JSON"),
        (b"\xff\xfe", "it is not valid JSON"),
        (b"[" * 100_000, "it is not valid JSON"),
        (b"[]", "it is not a JSON object"),
        (b"{}", "it has no payload"),
        (content(payload={"Records": []}), "its payload has no Records"),
        (content(payload=[record(1)]), "it has no payload"),
        (content(payload={"payload": event(record(1))}), "its payload has no Records"),
        (content(payload=json.dumps(json.dumps(event(record(1))))), "its payload is not a JSON object"),
        (content(record(1) | {"x": math.nan}), "its payload is not valid JSON"),
        (content(record(1), x=math.inf), "it is not valid JSON"),
        (content(payload="{"), "its payload is not valid JSON"),
        (content(payload="[]"), "its payload is not a JSON object"),
        (content(payload="{}"), "its payload has no Records"),
        (content(), "its payload has no Records"),
    ],
)
def test_any_other_object_is_unreadable_with_a_reason(body: bytes, reason: str) -> None:
    """Anybody may have put it there."""
    with pytest.raises(UnreadableObjectError, match=reason):
        read_failure_object(body)


@pytest.mark.parametrize("changes", [{"requestContext": None}, {"reasons": "none"}])
def test_metadata_may_have_any_form(changes: dict[str, Any]) -> None:
    """Only the records matter."""
    assert read_failure_object(content(record(1), **changes)).records == [record(1)]


def test_inserts_other_changes_and_foreign_records_are_told_apart() -> None:
    """A table that gets a new stream stays the same table."""
    newer = record(2) | {"eventSourceARN": f"{TABLE}/stream/2027-01-01T00:00:00.000"}
    change, removal = record(3, event_name="MODIFY"), record(4, event_name="REMOVE")
    foreign = [
        record(5) | {"eventSourceARN": f"{TABLE}2/stream/2026"},
        {name: value for name, value in record(6).items() if name != "eventSourceARN"},
        record(7) | {"eventSourceARN": 7},
        record(8) | {"eventName": "TRUNCATE"},
        record(9) | {"dynamodb": None},
        None,
        "text",
    ]
    found = FailureObject("", [], [record(1), newer, change, removal, *foreign])
    assert found.changes(OURS, ("INSERT",)) == [record(1), newer]
    assert found.changes(OURS, ("MODIFY",)) == [change]
    assert found.changes(OURS, ("INSERT", "MODIFY")) == [record(1), newer, change]
    assert found.foreign_records(OURS) == foreign


def test_a_batch_has_at_most_so_many_records() -> None:
    """The order stays, and no record is lost."""
    records = [record(number) for number in range(2 * MOST_RECORDS_A_BATCH + 1)]
    batches = list(split(records))
    assert [len(batch) for batch in batches] == [MOST_RECORDS_A_BATCH, MOST_RECORDS_A_BATCH, 1]
    assert [each for batch in batches for each in batch] == records


def test_a_batch_fits_into_an_invocation() -> None:
    """Its payload has at most 6 MB. A single record is never split."""
    large = [record(number, NewImage={"x": {"S": "ü" * 400_000}}) for number in range(5)]
    batches = list(split(large))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert all(len(json.dumps(event(*batch))) < 6 * 1024 * 1024 for batch in batches)
    (batch,) = split([record(1, NewImage={"x": {"S": "x" * MOST_BYTES_A_BATCH}})])
    assert len(batch) == 1
    assert list(split([])) == []
