"""A change tells which row it makes obsolete: by the message's key or a key mapping, and by the match attributes."""

from typing import Any

import pytest
from scavenger.records import ParsedBatch, read_event
from support.events import KEY_TYPES, event, key, record
from support.settings import settings_of


def mapped(candidate: object, key_types: dict[str, str], **mapping: str) -> ParsedBatch:
    """Read an event of one record, for a staging table with a key mapping."""
    return read_event(event(candidate), settings_of(key_types, key_mapping=mapping))


def test_a_key_is_taken_from_the_message_s_key_and_from_its_new_image() -> None:
    """It keeps its type, and the rest of the message's key is left out."""
    message = record(1, NewImage={"origin": {"B": "AP9h"}, "createdAt": {"N": "2"}, "event": {"S": "A secret message"}})
    batch = mapped(message, {"requestId": "B", "at": "N"}, requestId="origin", at="createdAt")
    assert [deletion.row.key for deletion in batch.deletions] == [{"requestId": {"B": b"\x00\xffa"}, "at": {"N": "1"}}]


def test_an_attribute_in_both_is_taken_from_the_key() -> None:
    """Both are the same, but only the key is in every stream."""
    batch = mapped(record(1, NewImage=None), {"requestId": "S"}, requestId="messageId")
    assert [deletion.row.key for deletion in batch.deletions] == [{"requestId": {"S": "message-1"}}]


def test_two_messages_of_one_staging_row_are_one_deletion() -> None:
    """A request must not have a key twice."""
    image = {"origin": {"S": "request-1"}}
    event_of_two = event(record(1, NewImage=image), record(2, NewImage=image))
    batch = read_event(event_of_two, settings_of({"requestId": "S"}, key_mapping={"requestId": "origin"}))
    assert [deletion.sequence_number for deletion in batch.deletions] == ["1001"]
    assert batch.duplicates == 1


@pytest.mark.parametrize(
    ("new_image", "reason"),
    [
        ({}, "neither its Keys nor its NewImage have origin, from which requestId is taken"),
        (None, "neither its Keys nor its NewImage have origin, from which requestId is taken"),
        ("text", "neither its Keys nor its NewImage have origin, from which requestId is taken"),
        ({"origin": {"N": "1"}}, "its key attribute requestId is not a string of type S"),
        ({"origin": {"NULL": True}}, "its key attribute requestId is not a string of type S"),
        ({"origin": "request-1"}, "its key attribute requestId is not a string of type S"),
        ({"origin": {"S": "\ud800"}}, "its key attribute requestId is of type S but not valid Unicode"),
    ],
)
def test_a_record_without_the_attribute_in_the_right_type_is_malformed(new_image: object, reason: str) -> None:
    """No value is guessed or converted to another type."""
    batch = mapped(record(1, NewImage=new_image), {"requestId": "S"}, requestId="origin")
    assert (batch.deletions, [rejection.reason for rejection in batch.malformed]) == ([], [reason])


def matched(*candidates: object, **match_attributes: str) -> ParsedBatch:
    """Read an event of these records, with match attributes."""
    return read_event(event(*candidates), settings_of(KEY_TYPES, match_attributes=match_attributes))


def staged_at(number: int, value: object, **changes: Any) -> dict[str, Any]:
    """Return a record of a message that has this value as its attribute `receivedAt`."""
    return record(number, NewImage={**key(number), "receivedAt": value}, **changes)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"S": "2026-11-25T01:46:00Z"}, {"S": "2026-11-25T01:46:00Z"}),
        ({"S": ""}, {"S": ""}),
        ({"N": "1.50"}, {"N": "1.50"}),
        ({"B": "AP9h"}, {"B": b"\x00\xffa"}),
        ({"BOOL": False}, {"BOOL": False}),
        ({"NULL": True}, {"NULL": True}),
    ],
    ids=["text", "empty text", "number", "bytes", "boolean", "null"],
)
def test_a_row_must_have_the_value_of_the_message(value: object, expected: object) -> None:
    """It goes to DynamoDB as it is, except that bytes are decoded, since the client encodes them again."""
    (deletion,) = matched(staged_at(1, value), stagedAt="receivedAt").deletions
    assert deletion.row == (key(1), {"stagedAt": expected})


def test_the_value_may_be_in_the_message_s_key() -> None:
    """Then a stream of keys suffices."""
    (deletion,) = matched(record(1), version="createdAt").deletions
    assert deletion.row.expected == {"version": {"N": "1"}}


NOT_COMPARED = "its attribute receivedAt is a set, a list or a map, which is not compared with a row"
NO_VALUE = "its attribute receivedAt is not a value of type S, N, B, BOOL or NULL"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"SS": ["a"]}, NOT_COMPARED),
        ({"NS": ["1"]}, NOT_COMPARED),
        ({"BS": ["AA=="]}, NOT_COMPARED),
        ({"L": []}, NOT_COMPARED),
        ({"M": {}}, NOT_COMPARED),
        ({"S": 5}, NO_VALUE),
        ({"N": 5}, NO_VALUE),
        ({"BOOL": "true"}, NO_VALUE),
        ({"NULL": False}, NO_VALUE),
        ({"NULL": 1}, NO_VALUE),
        ({"X": "A secret message"}, NO_VALUE),
        ({}, "its attribute receivedAt is not one value with its type"),
        ({"S": "1", "N": "1"}, "its attribute receivedAt is not one value with its type"),
        (None, "its attribute receivedAt is not one value with its type"),
        ("A secret message", "its attribute receivedAt is not one value with its type"),
        ({"N": "A secret message"}, "its attribute receivedAt is of type N but not a number"),
        ({"S": "\ud800"}, "its attribute receivedAt is of type S but not valid Unicode"),
        ({"B": "A secret message"}, "its attribute receivedAt is of type B but not Base64"),
    ],
)
def test_a_record_whose_value_cannot_be_compared_is_malformed(value: object, reason: str) -> None:
    """Its row is not deleted by the key alone, and the reason does not repeat the value."""
    batch = matched(staged_at(1, value), receivedAt="receivedAt")
    assert (batch.deletions, [rejection.reason for rejection in batch.malformed]) == ([], [reason])


@pytest.mark.parametrize("image", [None, {}, "text", {"other": {"S": "1"}}])
def test_a_record_without_the_attribute_is_malformed(image: object) -> None:
    """That the row lacks it too would prove nothing."""
    batch = matched(record(1, NewImage=image), stagedAt="receivedAt")
    reason = "neither its Keys nor its NewImage have receivedAt, which the row's stagedAt must equal"
    assert (batch.deletions, [rejection.reason for rejection in batch.malformed]) == ([], [reason])


def test_two_versions_of_a_row_are_two_deletions() -> None:
    """Each may be the one that is in the table. The same version is one deletion, however its number is spelled."""
    keys = {"Keys": key(1)}
    batch = matched(
        staged_at(1, {"N": "1"}, **keys),
        staged_at(2, {"N": "2"}, **keys),
        staged_at(3, {"N": "1.0"}, **keys),
        staged_at(4, {"S": "1"}, **keys),
        receivedAt="receivedAt",
    )
    assert [deletion.sequence_number for deletion in batch.deletions] == ["1001", "1002", "1004"]
    assert batch.duplicates == 1
