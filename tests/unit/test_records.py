"""Stream records become deletions, or are duplicates, ignored or malformed."""

from typing import Any

import pytest
from scavenger.records import EventError, ParsedBatch, Rejection
from scavenger.records import read_event as read_event_for
from support.events import ARTICLE_EVENT, KEY_TYPES, event, key, record
from support.settings import settings_of


def read_event(event: object, **key_types: str) -> ParsedBatch:
    """Read an event for a staging table with these key attributes; by default, with the article's."""
    return read_event_for(event, settings_of(key_types or KEY_TYPES))


def test_the_articles_event_is_one_deletion_with_its_keys_untouched() -> None:
    """The key stays in the form in which it arrived."""
    batch = read_event(ARTICLE_EVENT)
    change = ARTICLE_EVENT["Records"][0]["dynamodb"]
    assert batch.deletions == [((change["Keys"], {}), "20927100000000035334874026", ARTICLE_EVENT["Records"][0])]
    assert batch.deletions[0].row.key is change["Keys"]
    assert (batch.received, batch.duplicates, batch.ignored, batch.malformed) == (1, 0, 0, [])


@pytest.mark.parametrize(
    ("event_names", "deleted"),
    [(("INSERT",), [1]), (("MODIFY",), [2]), (("INSERT", "MODIFY"), [1, 2])],
    ids=["inserts", "updates", "both"],
)
def test_the_settings_say_which_changes_make_a_row_obsolete(event_names: tuple[str, ...], deleted: list[int]) -> None:
    """A removal never does."""
    changes = [record(1), record(2, event_name="MODIFY"), record(3, event_name="REMOVE")]
    batch = read_event_for(event(*changes), settings_of(KEY_TYPES, event_names=event_names))
    assert [deletion.row.key for deletion in batch.deletions] == [key(number) for number in deleted]
    assert (batch.ignored, batch.malformed) == (3 - len(deleted), [])


@pytest.mark.parametrize("event_name", ["MODIFY", "REMOVE"])
def test_other_changes_are_ignored(event_name: str) -> None:
    """By default, only an insert deletes a row, whatever the filter lets through."""
    batch = read_event(event(record(1, event_name=event_name), record(2)))
    assert batch.ignored == 1
    assert [deletion.row.key for deletion in batch.deletions] == [key(2)]


def test_the_same_key_twice_is_one_deletion_of_the_first_record() -> None:
    """The first record has the lower sequence number, from which Lambda would have to continue."""
    again = record(9, Keys=dict(reversed(key(1).items())))
    batch = read_event(event(record(1), record(2), again))
    assert [(row.key, number) for row, number, _ in batch.deletions] == [(key(1), "1001"), (key(2), "1002")]
    assert batch.duplicates == 1


def test_a_binary_key_is_decoded_once() -> None:
    """The event has Base64, and the client encodes bytes again."""
    batch = read_event(event(record(1, Keys={"id": {"B": "AP9h"}, "at": {"N": "1"}})), id="B", at="N")
    assert batch.deletions[0].row.key == {"id": {"B": b"\x00\xffa"}, "at": {"N": "1"}}


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
def test_with_an_implausible_creation_time_there_is_no_age_but_the_row_is_deleted(created_at: object) -> None:
    """The age is only a figure. The delete does not depend on it."""
    batch = read_event(event(record(1, ApproximateCreationDateTime=created_at)))
    assert batch.oldest_created_at is None
    assert len(batch.deletions) == 1


def with_key(**attributes: object) -> dict[str, Any]:
    """Return a record with these key attributes in place of its own."""
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
def test_a_key_may_have_any_form_of_a_number(number: str) -> None:
    """It stays as it arrived."""
    batch = read_event(event(record(1, Keys={"id": {"N": number}})), id="N")
    assert batch.deletions[0].row.key == {"id": {"N": number}}


@pytest.mark.parametrize(
    "spellings", [("1", "1.0", "1E0", "01", "+1", "0.1e1", "1."), ("0", "-0", "0.00", "0e5"), ("-1500", "-1.5E+3")]
)
def test_keys_with_different_spellings_of_a_number_are_one_row(spellings: tuple[str, ...]) -> None:
    """DynamoDB rejects a request that names a row twice, in any spelling. The first spelling is used."""
    batch = read_event(
        event(*(record(number, Keys={"id": {"N": text}}) for number, text in enumerate(spellings))), id="N"
    )
    assert [deletion.row.key for deletion in batch.deletions] == [{"id": {"N": spellings[0]}}]
    assert batch.duplicates == len(spellings) - 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"N": "1"}, {"N": "10"}),
        # More digits than a float, or Python's usual decimals, can hold.
        ({"N": "1" + "0" * 36 + "1"}, {"N": "1" + "0" * 37}),
        ({"N": "1e-130"}, {"N": "0"}),
        ({"S": "1"}, {"S": "1.0"}),
        # A number that no decimal can hold is a row of its own. DynamoDB rejects it.
        ({"N": "1E99999999999999999999"}, {"N": "2E99999999999999999999"}),
    ],
)
def test_keys_with_different_values_are_different_rows(one: dict[str, str], other: dict[str, str]) -> None:
    """Their exact values count, since the deletes of one row are merged."""
    (kind,) = one
    batch = read_event(event(record(1, Keys={"id": one}), record(2, Keys={"id": other})), id=kind)
    assert (len(batch.deletions), batch.duplicates) == (2, 0)


@pytest.mark.parametrize("digits", [1, 21, 40, 41, 56, 5000])
def test_a_sequence_number_may_have_any_number_of_digits(digits: int) -> None:
    """AWS documents 21 to 40 digits, its samples have three, and Kinesis has 56."""
    batch = read_event(event(record(1, SequenceNumber="9" * digits)))
    assert [deletion.sequence_number for deletion in batch.deletions] == ["9" * digits]


@pytest.mark.parametrize("text", ["%%%", "ä", "A"])
def test_a_binary_key_that_is_not_base64_is_malformed(text: str) -> None:
    """There are no bytes for a key."""
    assert len(read_event(event(record(1, Keys={"id": {"B": text}})), id="B").malformed) == 1


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_record_does_not_affect_the_others(malformed: object) -> None:
    """One bad record neither raises an error nor blocks the others."""
    batch = read_event(event(record(2), malformed, record(3)))
    assert [deletion.row.key for deletion in batch.deletions] == [key(2), key(3)]
    assert len(batch.malformed) == 1


def test_a_malformed_record_has_its_sequence_number_and_a_reason() -> None:
    """The reason says what is wrong and contains nothing of the item. The record itself is kept, too."""
    malformed = record(1, Keys={**key(1), "messageId": {"S": {"secret": "A secret message"}}})
    (rejection,) = read_event(event(malformed)).malformed
    assert rejection == Rejection("1001", malformed, "its key attribute messageId is not a string of type S")


def test_the_reason_for_keys_of_another_table_names_the_staging_tables_key() -> None:
    """It does not name the record's attributes, which may be anything."""
    (rejection,) = read_event(event(record(1, Keys={"A secret message": {"S": "1"}}))).malformed
    assert rejection.reason == "its Keys are not exactly the key attributes of the staging table: createdAt, messageId"


def test_a_record_that_names_a_stream_as_its_source_is_malformed_even_alone() -> None:
    """So it is quarantined whether Lambda has halved the batch down to it or not."""
    (rejection,) = read_event(event({"eventSource": "aws:dynamodb", "eventName": "INSERT"})).malformed
    assert rejection.reason == "it has no object named dynamodb"


def test_a_malformed_record_without_a_usable_sequence_number_has_none() -> None:
    """The response cannot name a record without a number."""
    assert read_event(event(record(1), {"eventName": "INSERT"})).malformed[0].sequence_number is None


def test_an_empty_batch_has_no_deletions() -> None:
    """It is not an error."""
    batch = read_event(event())
    assert (batch.received, batch.deletions, batch.malformed) == (0, [], [])


@pytest.mark.parametrize("not_an_event", [None, "", 1, [], {}, {"Records": None}, {"Records": {}}, {"key1": "value1"}])
def test_an_event_without_a_list_of_records_is_an_error(not_an_event: object) -> None:
    """The console's test event, for example, gets an error that says what to do."""
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
def test_an_event_without_any_record_of_a_stream_is_an_error(foreign: object) -> None:
    """A queue or topic that was attached by mistake must not get the answer that its messages are processed."""
    with pytest.raises(EventError, match="not from a DynamoDB stream"):
        read_event(event(foreign))
