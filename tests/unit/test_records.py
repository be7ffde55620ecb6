"""Stream records become deletions, or are ignored, or are told apart as malformed."""

from typing import Any

import pytest
from scavenger.records import EventError, ParsedBatch, Rejection
from scavenger.records import read_event as read_event_for
from support.events import ARTICLE_EVENT, KEY_TYPES, event, key, record


def read_event(event: object, **key_types: str) -> ParsedBatch:
    """Read an event for a staging table with these key attributes, or the article's."""
    return read_event_for(event, key_types or KEY_TYPES)


def test_the_articles_event_is_one_deletion_with_its_keys_untouched() -> None:
    """The key goes on in the very form in which it came."""
    batch = read_event(ARTICLE_EVENT)
    change = ARTICLE_EVENT["Records"][0]["dynamodb"]
    assert batch.deletions == [(change["Keys"], "20927100000000035334874026", ARTICLE_EVENT["Records"][0])]
    assert batch.deletions[0].key is change["Keys"]
    assert (batch.received, batch.duplicates, batch.ignored, batch.malformed) == (1, 0, 0, [])


@pytest.mark.parametrize("event_name", ["MODIFY", "REMOVE"])
def test_other_changes_are_ignored(event_name: str) -> None:
    """Only an insert deletes, whatever the mapping lets through."""
    batch = read_event(event(record(1, event_name=event_name), record(2)))
    assert batch.ignored == 1
    assert [deletion.key for deletion in batch.deletions] == [key(2)]


def test_the_same_key_twice_is_one_deletion_of_the_first_record() -> None:
    """The first has the lower sequence number, from which Lambda would have to start again."""
    again = record(9, Keys=dict(reversed(key(1).items())))
    batch = read_event(event(record(1), record(2), again))
    assert [(row, number) for row, number, _ in batch.deletions] == [(key(1), "1001"), (key(2), "1002")]
    assert batch.duplicates == 1


def test_a_binary_key_is_decoded_once() -> None:
    """The event has Base64, and boto3 encodes the bytes that it is given."""
    batch = read_event(event(record(1, Keys={"id": {"B": "AP9h"}, "at": {"N": "1"}})), id="B", at="N")
    assert batch.deletions[0].key == {"id": {"B": b"\x00\xffa"}, "at": {"N": "1"}}


def test_the_oldest_creation_time_is_kept() -> None:
    """The age of a batch is that of its oldest record, ignored ones included."""
    batch = read_event(
        event(
            record(1, ApproximateCreationDateTime=300.5),
            record(2, event_name="REMOVE", ApproximateCreationDateTime=100),
            record(3, ApproximateCreationDateTime=200),
        )
    )
    assert batch.oldest_created_at == 100


@pytest.mark.parametrize("created_at", [None, "1652355068", -1, 1e300, float("nan"), 10**400, [], {}])
def test_a_senseless_creation_time_is_no_age_but_the_row_is_deleted(created_at: object) -> None:
    """The age is only a figure; the deletion does not depend on it."""
    batch = read_event(event(record(1, ApproximateCreationDateTime=created_at)))
    assert batch.oldest_created_at is None
    assert len(batch.deletions) == 1


def with_key(**attributes: object) -> dict[str, Any]:
    """Make a record of which these key attributes are as given."""
    return record(1, Keys={**key(1), **attributes})


MALFORMED: dict[str, Any] = {
    "null": None,
    "text": "record",
    "list": [],
    "empty": {},
    "SQS record": {"messageId": "1", "body": "{}", "eventSource": "aws:sqs"},
    "another source with keys": record(1) | {"eventSource": "aws:kinesis"},
    "no event name": {"dynamodb": record(1)["dynamodb"]},
    "unknown event name": record(1, event_name="insert"),
    "event name that cannot be hashed": record(1) | {"eventName": ["INSERT"]},
    "no change": {"eventName": "INSERT"},
    "change is text": {"eventName": "INSERT", "dynamodb": "change"},
    "no keys": record(1, Keys=None),
    "keys are a list": record(1, Keys=[]),
    "empty keys": record(1, Keys={}),
    "one key attribute too few": record(1, Keys={"messageId": {"S": "1"}}),
    "one key attribute too many": record(1, Keys={**key(1), "more": {"S": "1"}}),
    "key attribute of another name": record(1, Keys={"messageId": {"S": "1"}, "created_at": {"N": "1"}}),
    "key attribute of another type": record(1, Keys={"messageId": {"N": "1"}, "createdAt": {"N": "1"}}),
    "key attribute is text": with_key(messageId="1"),
    "key attribute is null": with_key(messageId=None),
    "key attribute has no type": with_key(messageId={}),
    "key attribute has two types": with_key(messageId={"S": "1", "N": "1"}),
    "key attribute is a map": with_key(messageId={"M": {}}),
    "string has half of a surrogate pair": with_key(messageId={"S": "a\ud83d"}),
    "string is a number": with_key(messageId={"S": 1}),
    "number is a number": with_key(createdAt={"N": 1}),
    "number is text": with_key(createdAt={"N": "abc"}),
    "number is empty": with_key(createdAt={"N": ""}),
    "number is infinite": with_key(createdAt={"N": "Infinity"}),
    "number has other digits": with_key(createdAt={"N": "٣"}),
    "no sequence number": record(1, SequenceNumber=None),
    "sequence number is a number": record(1, SequenceNumber=1001),
    "sequence number is empty": record(1, SequenceNumber=""),
    "sequence number is text": record(1, SequenceNumber="next"),
    "sequence number has other digits": record(1, SequenceNumber="١٢٣"),
}


@pytest.mark.parametrize("number", ["0", "-7", "+7", "3.14", ".5", "5.", "1E+125", "-1e-130", "9" * 38])
def test_every_form_of_a_number_is_a_key(number: str) -> None:
    """As it came, without a look at its value."""
    batch = read_event(event(record(1, Keys={"id": {"N": number}})), id="N")
    assert batch.deletions[0].key == {"id": {"N": number}}


@pytest.mark.parametrize(
    "spellings", [("1", "1.0", "1E0", "01", "+1", "0.1e1", "1."), ("0", "-0", "0.00", "0e5"), ("-1500", "-1.5E+3")]
)
def test_keys_that_differ_in_how_a_number_is_spelled_are_one_row(spellings: tuple[str, ...]) -> None:
    """DynamoDB refuses a request that names a row twice, however it is spelled. The first spelling stands."""
    batch = read_event(
        event(*(record(number, Keys={"id": {"N": text}}) for number, text in enumerate(spellings))), id="N"
    )
    assert [deletion.key for deletion in batch.deletions] == [{"id": {"N": spellings[0]}}]
    assert batch.duplicates == len(spellings) - 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"N": "1"}, {"N": "10"}),
        # More digits than a float, or Python's usual decimals, can hold.
        ({"N": "1" + "0" * 36 + "1"}, {"N": "1" + "0" * 37}),
        ({"N": "1e-130"}, {"N": "0"}),
        ({"S": "1"}, {"S": "1.0"}),
        # One that no decimal can hold is a row by itself; DynamoDB refuses it.
        ({"N": "1E99999999999999999999"}, {"N": "2E99999999999999999999"}),
    ],
)
def test_keys_of_other_values_are_other_rows(one: dict[str, str], other: dict[str, str]) -> None:
    """By their exact value: what is one row here is deleted once."""
    (kind,) = one
    batch = read_event(event(record(1, Keys={"id": one}), record(2, Keys={"id": other})), id=kind)
    assert (len(batch.deletions), batch.duplicates) == (2, 0)


@pytest.mark.parametrize("digits", [1, 21, 40, 41, 56, 5000])
def test_a_sequence_number_has_any_number_of_digits(digits: int) -> None:
    """AWS's pages say 21 to 40, its samples have three, and Kinesis has 56."""
    batch = read_event(event(record(1, SequenceNumber="9" * digits)))
    assert [deletion.sequence_number for deletion in batch.deletions] == ["9" * digits]


@pytest.mark.parametrize("text", ["%%%", "ä", "A"])
def test_a_binary_key_that_is_no_base64_is_malformed(text: str) -> None:
    """There are no bytes to delete by."""
    assert len(read_event(event(record(1, Keys={"id": {"B": text}})), id="B").malformed) == 1


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_record_is_told_apart_and_the_others_become_deletions(malformed: object) -> None:
    """One bad record is no crash and holds nobody up."""
    batch = read_event(event(record(2), malformed, record(3)))
    assert [deletion.key for deletion in batch.deletions] == [key(2), key(3)]
    assert len(batch.malformed) == 1


def test_a_malformed_record_is_known_by_its_sequence_number_and_reason() -> None:
    """The reason names what is wrong and holds nothing of the item; the record itself is at hand."""
    malformed = record(1, Keys={**key(1), "messageId": {"S": {"secret": "A secret message"}}})
    (rejection,) = read_event(event(malformed)).malformed
    assert rejection == Rejection("1001", malformed, "its key attribute messageId is not a string of type S")


def test_keys_of_another_table_are_told_by_what_they_should_be() -> None:
    """And not by what they are, which may be anything."""
    (rejection,) = read_event(event(record(1, Keys={"A secret message": {"S": "1"}}))).malformed
    assert rejection.reason == "its Keys are not just the staging table's: createdAt, messageId"


def test_a_record_that_says_it_is_of_a_stream_is_malformed_even_alone() -> None:
    """So that it is quarantined whether Lambda has halved the batch down to it or not."""
    (rejection,) = read_event(event({"eventSource": "aws:dynamodb", "eventName": "INSERT"})).malformed
    assert rejection.reason == "it has no object named dynamodb"


def test_a_malformed_record_without_a_usable_sequence_number_has_none() -> None:
    """Lambda cannot be told of a record by a number that it does not have."""
    assert read_event(event(record(1), {"eventName": "INSERT"})).malformed[0].sequence_number is None


def test_an_empty_batch_calls_for_nothing() -> None:
    """No records, no deletions."""
    batch = read_event(event())
    assert (batch.received, batch.deletions, batch.malformed) == (0, [], [])


@pytest.mark.parametrize("not_an_event", [None, "", 1, [], {}, {"Records": None}, {"Records": {}}, {"key1": "value1"}])
def test_what_has_no_records_is_refused(not_an_event: object) -> None:
    """The console's test event, for one, gets an error that says what to do."""
    with pytest.raises(EventError, match="no list of Records"):
        read_event(not_an_event)


@pytest.mark.parametrize(
    "foreign",
    [
        {"messageId": "1", "body": "A secret message", "eventSource": "aws:sqs"},
        {"EventSource": "aws:sns", "Sns": {"Message": "A secret message"}},
        {"cf": {"request": {"uri": "A secret message"}}},
        "A secret message",
    ],
    ids=["SQS", "SNS", "CloudFront", "text"],
)
def test_records_of_which_none_is_of_a_stream_are_refused(foreign: object) -> None:
    """A queue or topic that was attached by mistake must not be told that its messages are dealt with."""
    with pytest.raises(EventError, match="not of a DynamoDB stream"):
        read_event(event(foreign))


def mapped(candidate: object, key_types: dict[str, str], **mapping: str) -> ParsedBatch:
    """Read an event of one record for a staging table whose key is taken from elsewhere."""
    return read_event_for(event(candidate), key_types, mapping)


def test_a_key_is_taken_from_the_message_s_key_and_from_its_new_image() -> None:
    """With its type, and without the rest of the message's key."""
    message = record(1, NewImage={"origin": {"B": "AP9h"}, "createdAt": {"N": "2"}, "event": {"S": "A secret message"}})
    batch = mapped(message, {"requestId": "B", "at": "N"}, requestId="origin", at="createdAt")
    assert [deletion.key for deletion in batch.deletions] == [{"requestId": {"B": b"\x00\xffa"}, "at": {"N": "1"}}]


def test_of_an_attribute_in_both_the_key_counts() -> None:
    """They are the same, but the key is what the stream always has."""
    batch = mapped(record(1, NewImage=None), {"requestId": "S"}, requestId="messageId")
    assert [deletion.key for deletion in batch.deletions] == [{"requestId": {"S": "message-1"}}]


def test_two_messages_of_one_staging_row_are_one_deletion() -> None:
    """A request must not name a key twice."""
    image = {"origin": {"S": "request-1"}}
    event_of_two = event(record(1, NewImage=image), record(2, NewImage=image))
    batch = read_event_for(event_of_two, {"requestId": "S"}, {"requestId": "origin"})
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
        ({"origin": {"S": "\ud800"}}, "its key attribute requestId is of type S but no Unicode text"),
    ],
)
def test_a_record_without_the_attribute_is_malformed_and_not_guessed(new_image: object, reason: str) -> None:
    """Nor is a value turned into another type."""
    batch = mapped(record(1, NewImage=new_image), {"requestId": "S"}, requestId="origin")
    assert (batch.deletions, [rejection.reason for rejection in batch.malformed]) == ([], [reason])
