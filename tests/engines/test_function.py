"""The built function deletes exactly the rows that an event reports, for keys of any kind."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from support.built_function import module_variables
from support.engine_staging import DONE, MakeStaging, encode
from support.events import record
from support.key_cases import (
    BAD_NUMBERS,
    BINARIES,
    KEY_TYPES,
    LONGEST,
    NUMBERS,
    STRINGS,
    Key,
    identities,
    key_of,
)


def test_the_function_has_the_environment_variables_of_the_module(make_staging: MakeStaging) -> None:
    """Except those for the engine. The others have tests of their own."""
    ours = {name for name in make_staging({"id": "S"}, []).environment if not name.startswith("AWS_")}
    assert ours | {"KEY_MAPPING", "MATCH_ATTRIBUTES", "EVENT_NAMES", "DRY_RUN"} == module_variables()


@pytest.mark.parametrize("key_types", KEY_TYPES, ids=lambda each: "-".join(each.values()))
def test_rows_of_inserts_are_deleted_and_no_others(make_staging: MakeStaging, key_types: Mapping[str, str]) -> None:
    """Of sixty rows, fifty are reported as inserts and two as other changes."""
    keys = [key_of(number, key_types) for number in range(60)]
    staging = make_staging(key_types, keys)
    kept = [("MODIFY", keys[50]), ("REMOVE", keys[51])]
    changes = [record(50 + place, event_name=name, Keys=encode(key)) for place, (name, key) in enumerate(kept)]
    assert staging.report([*keys[:50], *changes]) == [DONE]
    assert staging.keys() == identities(keys[50:])
    assert staging.quarantined() == []


@pytest.mark.parametrize("size", [1, 24, 25, 26, 50, 51, 1000])
def test_a_batch_of_any_size_is_deleted(make_staging: MakeStaging, size: int) -> None:
    """A request takes 25 keys. The second delivery finds no rows, and succeeds."""
    keys = [key_of(number, {"id": "S", "sort": "N"}) for number in range(size + 1)]
    staging = make_staging({"id": "S", "sort": "N"}, keys)
    assert staging.report(keys[1:], keys[1:]) == [DONE, DONE]
    assert staging.keys() == identities(keys[:1])


@pytest.mark.parametrize(("spelled", "other"), [("id", "sort"), ("sort", "id")])
def test_a_row_is_deleted_for_any_spelling_of_its_number(make_staging: MakeStaging, spelled: str, other: str) -> None:
    """It may be the partition key or the sort key. Each spelling has its own row, because of the other attribute."""
    pairs = [(number, each) for number, others in NUMBERS.items() for each in (number, *others)]
    rows: list[Key] = [{spelled: {"N": number}, other: {"N": str(place)}} for place, (number, _) in enumerate(pairs)]
    alone: list[Key] = [{spelled: {"N": number}, other: {"N": "1000"}} for number in NUMBERS]
    staging = make_staging({"id": "N", "sort": "N"}, [*rows, *alone])
    assert staging.report([{**row, spelled: {"N": each}} for row, (_, each) in zip(rows, pairs, strict=True)]) == [DONE]
    assert (staging.keys(), staging.quarantined()) == (identities(alone), [])


@pytest.mark.rests_on("duplicates by spelling")
def test_one_event_may_have_all_spellings_of_a_number(make_staging: MakeStaging) -> None:
    """DynamoDB would reject a request with duplicates."""
    numbers: list[Key] = [{"id": {"N": number}} for number in NUMBERS]
    spelled: list[Key] = [{"id": {"N": each}} for number, others in NUMBERS.items() for each in (*others, number)]
    staging = make_staging({"id": "N"}, [*numbers, {"id": {"N": "2"}}])
    assert staging.report(spelled) == [DONE]
    assert (staging.keys(), staging.quarantined()) == (identities([{"id": {"N": "2"}}]), [])


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_one_event_may_have_a_key_twice(make_staging: MakeStaging, kind: str) -> None:
    """A message may be deleted and inserted again."""
    key, other = (key_of(number, {"id": kind}) for number in range(2))
    staging = make_staging({"id": kind}, [key, other])
    assert staging.report([key, key]) == [DONE]
    assert (staging.keys(), staging.quarantined()) == (identities([other]), [])


@pytest.mark.parametrize(("kind", "contents"), [("S", STRINGS), ("B", BINARIES)], ids=["S", "B"])
@pytest.mark.parametrize("first", [0, 1])
def test_keys_are_compared_byte_by_byte(
    make_staging: MakeStaging, kind: str, contents: Sequence[Any], first: int
) -> None:
    """Every second one of neighbours that look alike is reported."""
    keys: list[Key] = [{"id": {kind: content}} for content in contents]
    staging = make_staging({"id": kind}, keys)
    assert staging.report(keys[first::2]) == [DONE]
    assert staging.keys() == identities(keys[1 - first :: 2])


@pytest.mark.parametrize("name", LONGEST)
def test_the_longest_keys_are_deleted(make_staging: MakeStaging, name: str) -> None:
    """They have 2,048 and 1,024 bytes. A key that differs in its last letter stays."""
    kind = name[0]
    key_types = {"id": kind, "sort": kind}
    longest, sort = LONGEST[name]
    last: Any = b"z" if kind == "B" else "z"
    keys: list[Key] = [
        {"id": {kind: longest}, "sort": {kind: sort}},
        {"id": {kind: longest[:-1] + last}, "sort": {kind: sort}},
    ]
    staging = make_staging(key_types, keys)
    assert staging.report(keys[:1]) == [DONE]
    assert staging.keys() == identities(keys[1:])


REJECTED = [
    *(pytest.param("N", each, marks=pytest.mark.rests_on("number limits"), id=n) for n, each in BAD_NUMBERS.items()),
    pytest.param("S", "x" * 2049, marks=pytest.mark.rests_on("key lengths"), id="2,049 bytes of text"),
    pytest.param(
        "S", "é" * 1024 + "x", marks=pytest.mark.rests_on("bytes of letters"), id="2,049 bytes of 1,025 letters"
    ),
    pytest.param("B", b"x" * 2049, marks=pytest.mark.rests_on("key lengths"), id="2,049 bytes"),
    pytest.param("S", "", marks=pytest.mark.rests_on("empty keys"), id="no text"),
    pytest.param("B", b"", marks=pytest.mark.rests_on("empty keys"), id="no bytes"),
]


@pytest.mark.parametrize(("kind", "content"), REJECTED)
def test_a_key_that_dynamodb_rejects_is_quarantined(make_staging: MakeStaging, kind: str, content: str | bytes) -> None:
    """The other rows of its request are deleted."""
    keys = [key_of(number, {"id": kind}) for number in range(30)]
    staging = make_staging({"id": kind}, keys)
    assert staging.report([*keys[:10], {"id": {kind: content}}, *keys[10:20]]) == [DONE]
    assert (staging.keys(), staging.quarantined()) == (identities(keys[20:]), ["1010"])


@pytest.mark.rests_on("key lengths")
@pytest.mark.parametrize("kind", ["S", "B"])
def test_a_sort_key_that_is_too_long_is_quarantined(make_staging: MakeStaging, kind: str) -> None:
    """It has 1,025 bytes."""
    key_types = {"id": kind, "sort": kind}
    keys = [key_of(number, key_types) for number in range(3)]
    bad = {**keys[0], "sort": {kind: b"x" * 1025 if kind == "B" else "x" * 1025}}
    staging = make_staging(key_types, keys)
    assert staging.report([keys[0], bad, keys[1]]) == [DONE]
    assert (staging.keys(), staging.quarantined()) == (identities(keys[2:]), ["1001"])


@pytest.mark.parametrize(
    "bad",
    [
        {"id": {"N": "1"}, "sort": {"N": "1"}},
        {"id": {"S": "message 3"}, "sort": {"S": "1"}},
        {"id": {"S": "message 3"}},
        {"id": {"S": "message 3"}, "sort": {"N": "1"}, "more": {"S": "x"}},
        {"id": {"S": "message 3"}, "sort": {"N": "one"}},
    ],
    ids=["type of partition key", "type of sort key", "attribute missing", "attribute too many", "no number"],
)
def test_a_record_with_another_key_is_quarantined(make_staging: MakeStaging, bad: Key) -> None:
    """The rows of the others are deleted."""
    key_types = {"id": "S", "sort": "N"}
    keys = [key_of(number, key_types) for number in range(4)]
    staging = make_staging(key_types, keys)
    assert staging.report([keys[0], bad, keys[1]]) == [DONE]
    assert (staging.keys(), staging.quarantined()) == (identities(keys[2:]), ["1001"])


@pytest.mark.parametrize(
    "configured",
    [
        pytest.param({"id": "N"}, marks=pytest.mark.rests_on("key types"), id="another type"),
        pytest.param({"other": "S"}, id="another name"),
        pytest.param({"id": "S"}, id="without the sort key"),
        pytest.param({"id": "S", "sort": "B"}, marks=pytest.mark.rests_on("key types"), id="sort key of another type"),
    ],
)
def test_a_function_with_another_key_in_its_settings_deletes_and_quarantines_nothing(
    make_staging: MakeStaging, configured: Mapping[str, str]
) -> None:
    """It raises an error, and Lambda delivers the batch again."""
    key_types = {"id": "S", "sort": "N"}
    keys = [key_of(number, key_types) for number in range(3)]
    staging = make_staging(key_types, keys)
    (answer,) = staging.report(
        [key_of(number, configured) for number in range(3)], STAGING_MESSAGES_TABLE_KEY=json.dumps(configured)
    )
    assert answer["errorType"] == "OtherKeyError"
    assert (staging.keys(), staging.quarantined()) == (identities(keys), [])


def test_a_missing_table_is_an_error_that_names_it(make_staging: MakeStaging) -> None:
    """The error also has DynamoDB's answer."""
    (answer,) = make_staging({"id": "S"}, []).report(
        [key_of(1, {"id": "S"})], STAGING_MESSAGES_TABLE_NAME="no-such-table"
    )
    assert answer["errorType"] == "TableError"
    assert "in table no-such-table (ResourceNotFoundException" in answer["errorMessage"]


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_a_row_is_deleted_whose_key_comes_from_the_message_s_attributes(make_staging: MakeStaging, kind: str) -> None:
    """They are in its key and in its new image."""
    key_types = {"id": kind, "sort": "N"}
    keys = [key_of(number, key_types) for number in range(4)]
    staging = make_staging(key_types, keys)
    encoded = [encode(key) for key in keys[:2]]
    reported = [
        record(place, Keys={"messageId": key["id"]}, NewImage={"messageId": key["id"], "at": key["sort"]})
        for place, key in enumerate(encoded)
    ]
    assert staging.report(reported, KEY_MAPPING=json.dumps({"id": "messageId", "sort": "at"})) == [DONE]
    assert staging.keys() == identities(keys[2:])


def test_a_dry_run_deletes_nothing(make_staging: MakeStaging) -> None:
    """It succeeds."""
    keys = [key_of(number, {"id": "S"}) for number in range(3)]
    staging = make_staging({"id": "S"}, keys)
    assert staging.report(keys, DRY_RUN="true") == [DONE]
    assert staging.keys() == identities(keys)
