"""Objects of the failure bucket are read for what they are, and nothing else is taken for one."""

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
    """Make an object's body."""
    body = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "payload": json.dumps(event(*records))}
    return json.dumps(body | changes).encode()


def test_the_records_and_the_condition_are_read() -> None:
    """Of Lambda's form."""
    found = read_failure_object(content(record(1), record(2)))
    assert found == FailureObject("RetryAttemptsExhausted", [], [record(1), record(2)], found.function)


def test_a_payload_that_is_an_object_is_read_like_its_text() -> None:
    """So LocalStack writes it."""
    assert read_failure_object(content(payload=event(record(1)))) == read_failure_object(content(record(1)))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is no JSON"),
        (content(record(1))[:-1], "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it is no JSON object"),
        (b"{}", "it has no payload"),
        (content(payload={"Records": []}), "its payload has no Records"),
        (content(payload=[record(1)]), "it has no payload"),
        (content(payload={"payload": event(record(1))}), "its payload has no Records"),
        (content(payload=json.dumps(json.dumps(event(record(1))))), "its payload is no JSON object"),
        (content(record(1) | {"x": math.nan}), "its payload is no JSON"),
        (content(record(1), x=math.inf), "it is no JSON"),
        (content(payload="{"), "its payload is no JSON"),
        (content(payload="[]"), "its payload is no JSON object"),
        (content(payload="{}"), "its payload has no Records"),
        (content(), "its payload has no Records"),
    ],
)
def test_anything_else_is_unreadable_with_a_reason(body: bytes, reason: str) -> None:
    """Whoever put it there."""
    with pytest.raises(UnreadableObjectError, match=reason):
        read_failure_object(body)


@pytest.mark.parametrize("changes", [{"requestContext": None}, {"reasons": "none"}])
def test_what_is_said_beside_the_records_may_be_anything(changes: dict[str, Any]) -> None:
    """The records count."""
    assert read_failure_object(content(record(1), **changes)).records == [record(1)]


def test_inserts_of_the_table_are_told_from_other_changes_and_strangers() -> None:
    """A stream that was switched off and on again is another one of the same table."""
    anew = record(2) | {"eventSourceARN": f"{TABLE}/stream/2027-01-01T00:00:00.000"}
    change, removal = record(3, event_name="MODIFY"), record(4, event_name="REMOVE")
    strangers = [
        record(5) | {"eventSourceARN": f"{TABLE}2/stream/2026"},
        {name: value for name, value in record(6).items() if name != "eventSourceARN"},
        record(7) | {"eventSourceARN": 7},
        record(8) | {"eventName": "TRUNCATE"},
        record(9) | {"dynamodb": None},
        None,
        "text",
    ]
    found = FailureObject("", [], [record(1), anew, change, removal, *strangers])
    assert found.inserts(OURS) == [record(1), anew]
    assert found.strangers(OURS) == strangers


def test_a_batch_has_so_many_records_at_most() -> None:
    """In their order, with none lost."""
    records = [record(number) for number in range(2 * MOST_RECORDS_A_BATCH + 1)]
    batches = list(split(records))
    assert [len(batch) for batch in batches] == [MOST_RECORDS_A_BATCH, MOST_RECORDS_A_BATCH, 1]
    assert [each for batch in batches for each in batch] == records


def test_a_batch_fits_into_an_invocation() -> None:
    """Which takes 6 MB; a single record is never split."""
    large = [record(number, NewImage={"x": {"S": "ü" * 400_000}}) for number in range(5)]
    batches = list(split(large))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert all(len(json.dumps(event(*batch))) < 6 * 1024 * 1024 for batch in batches)
    (batch,) = split([record(1, NewImage={"x": {"S": "x" * MOST_BYTES_A_BATCH}})])
    assert len(batch) == 1
    assert list(split([])) == []
