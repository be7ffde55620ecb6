"""The built function deletes a row only while it equals the message, for values of any type."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from support.engine_staging import DONE, MakeStaging, Staging, encode
from support.events import record
from support.key_cases import BAD_NUMBERS, BINARIES, KEY_TYPES, NUMBERS, STRINGS, Key, identities, key_of

MATCH = {"MATCH_ATTRIBUTES": json.dumps({"receivedAt": "acceptedAt"})}
ID = {"id": "S"}
OLD: Any = {"N": "1"}
NEW: Any = {"N": "2"}

SCALARS: Mapping[str, Sequence[Any]] = {
    "S": [{"S": each} for each in STRINGS],
    "B": [{"B": each} for each in BINARIES],
    "N": [{"N": each} for each in NUMBERS],
    "others": [{"S": ""}, {"B": b""}, {"BOOL": True}, {"BOOL": False}, {"NULL": True}],
}
# Values that no other one equals, although they look alike.
ALIKE: Sequence[Any] = (
    *({"S": "1"}, {"N": "1"}, {"B": b"1"}, {"S": ""}, {"B": b""}, {"S": "null"}, {"S": "NULL"}, {"NULL": True}),
    *({"S": "true"}, {"S": "1.0"}, {"N": "-1"}, {"S": "x"}, {"S": "X"}, {"B": b"x"}, {"S": "MQ"}),
)
# Without its type, the second value of each pair is the first one.
SAME_WITHOUT_TYPE: Sequence[tuple[Any, Any]] = (
    *(({"N": "1"}, {"BOOL": True}), ({"BOOL": True}, {"N": "1"}), ({"N": "0"}, {"BOOL": False})),
    *(({"BOOL": False}, {"N": "0"}), ({"S": "MQ=="}, {"B": b"1"}), ({"B": b"1"}, {"S": "MQ=="})),
    ({"NULL": True}, None),
)
DOCUMENTS: Sequence[Any] = (
    *({"SS": ["1"]}, {"NS": ["1"]}, {"BS": [b"1"]}, {"L": [{"S": "1"}]}, {"M": {"S": {"S": "1"}}}, {"L": []}),
)


def key(number: int) -> Key:
    """Return the key of a row."""
    return key_of(number, ID)


def row(number: int, received_at: Any = OLD) -> Key:
    """Return a row. Without a time, it lacks the attribute."""
    return key(number) | ({} if received_at is None else {"receivedAt": received_at})


def insert(number: int, accepted_at: Any = OLD, **changes: Any) -> dict[str, Any]:
    """Return the record of the insert of a row's message."""
    image = key(number) | ({} if accepted_at is None else {"acceptedAt": accepted_at})
    return record(number, Keys=encode(key(number)), NewImage=encode(image), **changes)


def keys(*numbers: int) -> set[object]:
    """Return the identities of the keys of these rows."""
    return identities(map(key, numbers))


def count(staging: Staging, figure: str) -> int:
    """Return the sum of a figure in the log."""
    return sum(summary[figure] for summary in staging.summaries)


@pytest.mark.parametrize("kind", SCALARS)
def test_a_row_with_the_same_value_is_deleted(make_staging: MakeStaging, kind: str) -> None:
    """Its neighbour in the list of values is superseded."""
    values = SCALARS[kind]
    count_of_values = len(values)
    others = [*values[1:], values[0]]
    staging = make_staging(ID, [row(number, value) for number, value in enumerate([*values, *others])])
    inserts = [insert(number, value) for number, value in enumerate([*values, *values])]
    assert staging.report(inserts, **MATCH) == [DONE]
    assert staging.keys() == keys(*range(count_of_values, 2 * count_of_values))
    assert (count(staging, "deleted"), count(staging, "superseded")) == (count_of_values, count_of_values)
    assert staging.quarantined() == []


def test_numbers_are_compared_by_value(make_staging: MakeStaging) -> None:
    """The message may spell a number in another way than the row."""
    pairs = [(number, each) for number, others in NUMBERS.items() for each in others]
    staging = make_staging(ID, [row(place, {"N": number}) for place, (number, _) in enumerate(pairs)])
    assert staging.report([insert(place, {"N": each}) for place, (_, each) in enumerate(pairs)], **MATCH) == [DONE]
    assert (staging.keys(), count(staging, "deleted")) == (set(), len(pairs))


def test_a_row_with_another_value_is_kept(make_staging: MakeStaging) -> None:
    """So is one with a set, a list or a map, and one without the attribute."""
    pairs = [(ours, theirs) for ours in ALIKE for theirs in (*ALIKE, *DOCUMENTS, None) if ours is not theirs]
    check_that_all_are_kept(make_staging, [pair for pair in pairs if pair not in SAME_WITHOUT_TYPE])


@pytest.mark.rests_on("types in conditions")
def test_a_row_with_a_value_of_another_type_is_kept(make_staging: MakeStaging) -> None:
    """A missing attribute is not NULL."""
    check_that_all_are_kept(make_staging, SAME_WITHOUT_TYPE)


def check_that_all_are_kept(make_staging: MakeStaging, pairs: Sequence[tuple[Any, Any]]) -> None:
    """Check that a row is superseded for each pair of the message's value and the row's."""
    staging = make_staging(ID, [row(place, theirs) for place, (_, theirs) in enumerate(pairs)])
    assert staging.report([insert(place, ours) for place, (ours, _) in enumerate(pairs)], **MATCH) == [DONE]
    assert staging.keys() == keys(*range(len(pairs)))
    assert (count(staging, "deleted"), count(staging, "superseded")) == (0, len(pairs))
    assert staging.quarantined() == []


def test_all_attributes_must_be_equal(make_staging: MakeStaging) -> None:
    """Their names may be words of DynamoDB's expressions, or have any character. A condition has up to 100 of them."""
    names = ["size", "a.b", "#0", ":0", "日本", "x" * 255, "AND", *(f"attribute {number}" for number in range(93))]
    all_equal = {name: {"N": "1"} for name in names}
    rows = [key(0) | all_equal, *(key(place) | all_equal | {name: {"N": "2"}} for place, name in enumerate(names, 1))]
    staging = make_staging(ID, rows)
    inserts = [record(number, Keys=key(number), NewImage=key(number) | all_equal) for number in range(len(rows))]
    assert staging.report(inserts, MATCH_ATTRIBUTES=json.dumps(dict(zip(names, names, strict=True)))) == [DONE]
    assert staging.keys() == keys(*range(1, len(rows)))


@pytest.mark.parametrize("key_types", KEY_TYPES, ids=lambda each: "-".join(each.values()))
def test_rows_with_keys_of_any_type_are_compared(make_staging: MakeStaging, key_types: Mapping[str, str]) -> None:
    """The value comes from the message's new image, and of the first attribute also from its key."""
    all_keys = [key_of(number, key_types) for number in range(40)]
    staging = make_staging(
        key_types,
        [each | {"receivedAt": OLD if place % 2 else NEW, "copy": each["id"]} for place, each in enumerate(all_keys)],
    )
    inserts = [record(place, Keys=encode(each), NewImage={"at": OLD}) for place, each in enumerate(all_keys[:30])]
    compared = json.dumps({"receivedAt": "at", "copy": "id"})
    assert staging.report(inserts, inserts, MATCH_ATTRIBUTES=compared) == [DONE, DONE]
    assert staging.keys() == identities([*all_keys[0:30:2], *all_keys[30:]])
    assert [summary["superseded"] for summary in staging.summaries] == [15, 15]


@pytest.mark.parametrize("size", [1, 26, 130, 1000])
def test_a_batch_of_any_size_is_compared(make_staging: MakeStaging, size: int) -> None:
    """A request takes one row. The second delivery finds no rows, and succeeds."""
    staging = make_staging(ID, [row(number, NEW if number % 7 == 0 else OLD) for number in range(size)])
    inserts = [insert(number) for number in range(size)]
    assert staging.report(inserts, inserts, **MATCH) == [DONE, DONE]
    kept = range(0, size, 7)
    assert staging.keys() == keys(*kept)
    assert [summary["deleted"] for summary in staging.summaries] == [size - len(kept)] * 2
    # DynamoDB bills a refused condition as a write, too.
    assert count(staging, "write_units") == count(staging, "requests") == 2 * size


def test_a_message_that_is_inserted_again_deletes_the_row_that_was_staged_again(make_staging: MakeStaging) -> None:
    """Both inserts may be in one event, in the order of the stream. The same insert twice is one delete."""
    staging = make_staging(ID, [row(0, NEW), row(1, NEW), row(2, OLD)])
    inserts = [insert(0, OLD), insert(0, NEW), insert(1, OLD), insert(1, OLD), insert(2, OLD), insert(2, NEW)]
    numbered = [
        each | {"dynamodb": each["dynamodb"] | {"SequenceNumber": str(9000 + place)}}
        for place, each in enumerate(inserts)
    ]
    assert staging.report(numbered, **MATCH) == [DONE]
    assert staging.keys() == keys(1)
    # Requests are in flight at the same time, so the older insert of a message may find the row deleted already.
    assert count(staging, "deleted") + count(staging, "superseded") == 5
    assert count(staging, "duplicates") == 1


def test_updates_delete_rows_whose_key_comes_from_the_new_image(make_staging: MakeStaging) -> None:
    """Of a message's changes, only those count that the function is told."""
    staging = make_staging(ID, [row(number) for number in range(4)])
    image = [{"requestId": key(number)["id"], "acceptedAt": NEW if number == 1 else OLD} for number in range(4)]
    names = ["MODIFY", "MODIFY", "INSERT", "REMOVE"]
    changes = [
        record(number, event_name=name, Keys={"messageId": {"S": "m"}}, NewImage=image[number], OldImage={"x": OLD})
        for number, name in enumerate(names)
    ]
    mapped = {**MATCH, "KEY_MAPPING": '{"id": "requestId"}', "EVENT_NAMES": '["MODIFY"]'}
    assert staging.report(changes, **mapped) == [DONE]
    assert staging.keys() == keys(1, 2, 3)
    assert [count(staging, figure) for figure in ("deleted", "superseded", "ignored")] == [1, 1, 2]


def test_messages_that_no_row_can_be_compared_with_are_quarantined(make_staging: MakeStaging) -> None:
    """Their rows are kept, even one with the same list. The others are deleted."""
    bad: list[Any] = [None, *DOCUMENTS, {"N": "one"}, {"BOOL": "true"}, {"S": "1", "N": "1"}, {"B": "?"}]
    rows = [*(row(place, each if each in DOCUMENTS else OLD) for place, each in enumerate(bad)), row(100)]
    staging = make_staging(ID, rows)
    inserts = [*(insert(place, each) for place, each in enumerate(bad)), insert(100)]
    assert staging.report(inserts, **MATCH) == [DONE]
    assert staging.keys() == keys(*range(len(bad)))
    assert staging.quarantined() == [str(1000 + place) for place in range(len(bad))]


@pytest.mark.rests_on("number limits")
def test_values_that_dynamodb_rejects_are_quarantined(make_staging: MakeStaging) -> None:
    """The other rows are deleted."""
    bad = {10 + place: {"N": number} for place, number in enumerate(BAD_NUMBERS.values())}
    staging = make_staging(ID, [row(number) for number in range(30)])
    assert staging.report([insert(number, bad.get(number, OLD)) for number in range(20)], **MATCH) == [DONE]
    assert staging.keys() == keys(*bad, *range(20, 30))
    assert staging.quarantined() == [str(1000 + number) for number in bad]


@pytest.mark.rests_on("key lengths")
def test_a_key_that_dynamodb_rejects_is_quarantined(make_staging: MakeStaging) -> None:
    """It is alone in its request, and held up by nothing."""
    staging = make_staging(ID, [row(number) for number in range(30)])
    bad = record(10, Keys={"id": {"S": "x" * 2049}}, NewImage={"acceptedAt": OLD})
    inserts = [bad if number == 10 else insert(number) for number in range(20)]
    assert staging.report(inserts, **MATCH) == [DONE]
    assert (staging.keys(), staging.quarantined()) == (keys(10, *range(20, 30)), ["1010"])


def test_a_function_with_another_key_in_its_settings_deletes_and_quarantines_nothing(make_staging: MakeStaging) -> None:
    """It raises an error, and Lambda delivers the batch again."""
    staging = make_staging({"id": "S", "sort": "N"}, [key_of(0, {"id": "S", "sort": "N"}) | {"receivedAt": OLD}])
    (answer,) = staging.report([insert(0)], STAGING_MESSAGES_TABLE_KEY=json.dumps(ID), **MATCH)
    assert answer["errorType"] == "OtherKeyError"
    assert (len(staging.keys()), staging.quarantined()) == (1, [])


def test_a_missing_table_is_an_error_that_names_it(make_staging: MakeStaging) -> None:
    """The error also has DynamoDB's answer."""
    (answer,) = make_staging(ID, []).report([insert(1)], STAGING_MESSAGES_TABLE_NAME="no-such-table", **MATCH)
    assert answer["errorType"] == "TableError"
    assert "in table no-such-table (ResourceNotFoundException" in answer["errorMessage"]


def test_a_dry_run_deletes_nothing(make_staging: MakeStaging) -> None:
    """It sends no request, so it cannot tell which rows would be superseded."""
    staging = make_staging(ID, [row(0), row(1, NEW)])
    assert staging.report([insert(0), insert(1)], DRY_RUN="true", **MATCH) == [DONE]
    assert staging.keys() == keys(0, 1)
    assert [count(staging, figure) for figure in ("would_delete", "superseded", "requests")] == [2, 0, 0]
