"""An event filter is evaluated exactly as AWS evaluates it, or refused before anything is compared."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import MOST_CHARACTERS_SHOWN
from reconciler.explained_error import ExplainedError
from reconciler.message_filter import MessageFilter, any_of, read_filter

KEYS: dict[str, Any] = {"id": {"S": "1"}}
MESSAGE: dict[str, Any] = {
    **KEYS,
    "status": {"S": "PROCESSED"},
    "count": {"N": "300"},
    "empty": {"S": ""},
    "none": {"NULL": True},
    "open": {"BOOL": False},
    "seal": {"B": b"\x00\xff"},
    "in": {"M": {"a": {"S": "x"}, "l": {"L": [{"S": "x"}]}}},
    "l": {"L": [{"S": "x"}]},
    "tags": {"SS": ["a", "b"]},
}


def read(*patterns: object, event_names: Sequence[str] = ("INSERT",), has_old_image: bool = True) -> MessageFilter:
    """Return the filter with these patterns, of a function that handles these events."""
    texts = (pattern if isinstance(pattern, str) else json.dumps(pattern) for pattern in patterns)
    filters = [{"Pattern": text} for text in texts]
    return read_filter(filters, "orders", event_names, KEYS, has_old_image=has_old_image)


def is_let_through(*patterns: object) -> bool:
    """Return whether the message's insert passes a filter with these patterns."""
    return read(*patterns).counts(KEYS, MESSAGE)


def image(**attributes: object) -> dict[str, Any]:
    """Return a pattern of the new image."""
    return {"dynamodb": {"NewImage": attributes}}


def status(*conditions: object) -> dict[str, Any]:
    """Return a pattern of the message's status."""
    return image(status={"S": [*conditions]})


INSERTS = {"eventName": ["INSERT"]}

SUPPORTED = [
    # Parts that are the same for each insert.
    pytest.param(INSERTS, True, id="inserts"),
    pytest.param({"eventName": ["INSERT"], "eventSource": ["aws:dynamodb"]}, True, id="inserts of DynamoDB"),
    pytest.param({"eventName": ["INSERT"], "eventSource": ["aws:kinesis"]}, False, id="inserts of another source"),
    pytest.param({"eventVersion": ["1.1"]}, True, id="version"),
    pytest.param({"eventName": ["REMOVE"]}, False, id="removals"),
    pytest.param({"eventName": ["MODIFY"], **status("PROCESSED")}, False, id="modifications of a status"),
    pytest.param({"eventName": [{"anything-but": ["REMOVE"]}]}, True, id="anything but removals"),
    # An insert has neither.
    pytest.param({"userIdentity": {"type": ["Service"]}}, False, id="what TTL deleted"),
    pytest.param({"userIdentity": {"type": [{"exists": False}]}}, True, id="what TTL did not delete"),
    pytest.param({"dynamodb": {"OldImage": {"status": {"S": ["NEW"]}}}}, False, id="old image"),
    pytest.param({"dynamodb": {"OldImage": {"status": {"S": [{"exists": False}]}}}}, True, id="no old image"),
    # Parts that exist with an unknown value.
    pytest.param({"eventID": [{"exists": True}], "awsRegion": [{"exists": True}]}, True, id="existence"),
    pytest.param({"dynamodb": {"SizeBytes": [{"exists": False}]}}, False, id="no existence"),
    # An attribute without its type is not a field.
    pytest.param(image(status=["PROCESSED"]), False, id="untyped value"),
    pytest.param(image(status=[{"exists": True}]), False, id="untyped existence"),
    pytest.param(image(status=[{"exists": False}]), True, id="untyped absence"),
    pytest.param(image(l=[{"exists": False}]), True, id="untyped absence of a list"),
    pytest.param({"dynamodb": {"Keys": {"id": ["1"]}}}, False, id="untyped key"),
    # Types and values.
    pytest.param({"dynamodb": {"Keys": {"id": {"S": ["1"]}}}}, True, id="key"),
    pytest.param({"dynamodb": {"Keys": {"status": {"S": ["PROCESSED"]}}}}, False, id="no key"),
    pytest.param(image(count={"N": ["300"]}), True, id="number"),
    pytest.param(image(count={"N": ["300.0"]}), False, id="number spelled otherwise"),
    pytest.param(image(count={"S": ["300"]}), False, id="number as a text"),
    pytest.param(image(count={"n": ["300"]}), False, id="unknown type"),
    pytest.param(image(empty={"S": [""]}), True, id="empty text"),
    pytest.param(status(""), False, id="no empty text"),
    pytest.param(image(none={"NULL": [True]}), True, id="null attribute"),
    pytest.param(image(none={"NULL": [None]}), False, id="null attribute, as null"),
    pytest.param(image(open={"BOOL": [False]}), True, id="truth"),
    pytest.param(image(open={"BOOL": ["false"]}), False, id="truth as a text"),
    pytest.param(image(seal={"B": ["AP8="]}), True, id="bytes"),
    pytest.param(image(seal={"B": [{"prefix": "AP"}]}), True, id="prefix of bytes"),
    pytest.param({"dynamodb": {"NewImage": {"in": {"M": {"a": {"S": ["x"]}}}}}}, True, id="in a map"),
    pytest.param({"dynamodb": {"NewImage": {"in": {"M": {"L": {"S": [{"exists": False}]}}}}}}, True, id="named L"),
    pytest.param(image(L={"S": [{"exists": False}]}), True, id="an attribute that is named L"),
    # Conditions.
    pytest.param(status({"anything-but": ["NEW", "DRAFT"]}), True, id="anything but others"),
    pytest.param(status({"anything-but": "PROCESSED"}), False, id="anything but it"),
    pytest.param(image(error={"S": [{"anything-but": ["x"]}]}), False, id="anything but, of nothing"),
    pytest.param(image(open={"BOOL": [{"anything-but": ["x"]}]}), True, id="anything but, of a truth"),
    pytest.param(image(error={"S": [{"exists": False}, "x"]}), True, id="absence or a value"),
    pytest.param(status({"exists": False}, {"suffix": "SED"}), True, id="absence or a condition"),
    pytest.param(status({"exists": False}), False, id="absence of what is there"),
    pytest.param(image(error={"S": [{"exists": False}]}), True, id="absence of what is not"),
    pytest.param(status({"equals-ignore-case": "processed"}), True, id="ignoring case"),
    pytest.param(status("12:30", "aws:x", "1.2.3"), False, id="no IP address"),
    # $or.
    pytest.param({"$or": [status("NEW"), image(count={"N": ["300"]})]}, True, id="$or"),
    pytest.param({"$or": [status("NEW"), {"eventName": ["REMOVE"]}]}, False, id="none of $or"),
    pytest.param({"eventName": ["REMOVE"], "$or": [status("PROCESSED"), status("NEW")]}, False, id="beside $or"),
    pytest.param({"$or": [{"$or": [status("NEW"), status("OLD")]}, INSERTS]}, True, id="$or in $or"),
]

REFUSED = [
    pytest.param("status = NEW", "not readable JSON", id="not JSON"),
    pytest.param("", "it has no pattern", id="empty text"),
    pytest.param("[1, 2", "not readable JSON", id="half JSON"),
    pytest.param("[" * 100_000, "not readable JSON", id="too deep for JSON"),
    pytest.param('{"a": ' + "9" * 5000 + "}", "not readable JSON", id="too many digits"),
    pytest.param('"text"', "not a JSON object", id="text"),
    pytest.param("null", "not a JSON object", id="null"),
    pytest.param([INSERTS], "not a JSON object", id="list"),
    pytest.param({}, "at the top, an empty object", id="empty object"),
    pytest.param(image(), "at dynamodb.NewImage, an empty object", id="empty image"),
    pytest.param(
        '{"eventName": ["INSERT"], "eventName": ["REMOVE"]}', "at eventName, a name that occurs twice", id="2x"
    ),
    pytest.param({"eventname": ["INSERT"]}, "at eventname, a field that no record", id="unknown field"),
    pytest.param({"dynamodb": {"status": {"S": ["x"]}}}, "at dynamodb.status, a field that no record", id="no image"),
    pytest.param(image(**{"a.b": {"S": ["x"]}}), "at dynamodb.NewImage.a.b, a name that", id="dot"),
    pytest.param(image(**{"": {"S": ["x"]}}), "at dynamodb.NewImage., a name that is empty", id="empty name"),
    pytest.param(image(**{"x" * 256: {"S": ["x"]}}), "a name that is empty, longer", id="long name"),
    pytest.param('{"dynamodb": {"NewImage": {"\\ud800": {"S": ["x"]}}}}', "a name that is", id="half a pair as a name"),
    pytest.param(image(**{f"a{number}": {"S": ["x"]} for number in range(101)}), "more than 100", id="many attributes"),
    # Only the existence of these is known.
    pytest.param({"eventID": ["x"]}, "at eventID, a value that a message", id="eventID"),
    pytest.param({"awsRegion": ["eu-west-1"]}, "at awsRegion, a value that a message", id="awsRegion"),
    pytest.param(
        {"eventSourceARN": [{"prefix": "arn:"}]}, "at eventSourceARN, a value that a message", id="eventSourceARN"
    ),
    pytest.param(
        {"dynamodb": {"SequenceNumber": ["1"]}}, "at dynamodb.SequenceNumber, a value that", id="SequenceNumber"
    ),
    pytest.param({"dynamodb": {"StreamViewType": ["KEYS_ONLY"]}}, "StreamViewType, a value that", id="StreamViewType"),
    pytest.param({"dynamodb": {"SizeBytes": [{"anything-but": "1"}]}}, "SizeBytes, a value that", id="SizeBytes"),
    pytest.param(
        {"$or": [INSERTS, {"eventID": ["x", {"exists": True}]}]}, "at eventID, a value that", id="eventID in $or"
    ),
    pytest.param(
        {"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 0]}]}}, "at dynamodb.Approximate", id="time"
    ),
    # Lists and sets.
    pytest.param(
        image(l={"L": {"S": [{"exists": False}]}}), "at dynamodb.NewImage.l.L, a list or a set", id="list of S"
    ),
    pytest.param(image(l={"L": [{"exists": False}]}), "NewImage.l.L, a list or a set", id="absence of a list"),
    pytest.param(image(tags={"SS": ["a"]}), "NewImage.tags.SS, a list or a set", id="SS"),
    pytest.param(image(tags={"NS": ["1"]}), "NewImage.tags.NS, a list or a set", id="NS"),
    pytest.param(image(tags={"BS": ["AP8="]}), "NewImage.tags.BS, a list or a set", id="BS"),
    pytest.param(
        {"dynamodb": {"NewImage": {"in": {"M": {"l": {"L": {"S": ["x"]}}}}}}}, "in.M.l.L, a list", id="in a map"
    ),
    # Conditions.
    pytest.param(image(status={"S": "x"}), 'NewImage.status.S, "x" is not a list', id="bare value"),
    pytest.param({"eventName": "INSERT"}, 'at eventName, "INSERT" is not a list', id="bare value at the top"),
    pytest.param(status(), "NewImage.status.S, [] is not a list", id="empty list"),
    pytest.param(status(5), "5 is not a condition", id="number"),
    pytest.param(status(1e400), "Infinity is not a condition", id="infinity"),
    pytest.param(status(["x"]), '["x"] is not a condition', id="list in a list"),
    pytest.param(status({}), "{} is not a condition", id="empty condition"),
    pytest.param(
        status({"prefix": "a", "suffix": "b"}), '{"prefix": "a", "suffix": "b"} is not', id="two conditions in one"
    ),
    pytest.param(status({"prefix": 5}), '{"prefix": 5} is no', id="prefix that is a number"),
    pytest.param(status({"prefix": {"equals-ignore-case": "a"}}), "is not a condition", id="prefix ignoring case"),
    pytest.param(status({"suffix": {"equals-ignore-case": "a"}}), "is not a condition", id="suffix ignoring case"),
    pytest.param(status({"exists": "yes"}), '{"exists": "yes"} is no', id="existence as a text"),
    pytest.param(status({"exists": 0}), '{"exists": 0} is no', id="existence as a number"),
    pytest.param(status({"numeric": [">", 5]}), "is not a condition", id="numeric"),
    pytest.param(status({"cidr": "10.0.0.0/8"}), "is not a condition", id="cidr"),
    pytest.param(status({"wildcard": "P*"}), "is not a condition", id="wildcard"),
    pytest.param(status({"exactly": "P"}), "is not a condition", id="exactly"),
    pytest.param(status({"anything-but": []}), '{"anything-but": []} is no', id="anything but nothing"),
    pytest.param(status({"anything-but": ["a", 5]}), "is not a condition", id="anything but mixed"),
    pytest.param(status({"anything-but": [500]}), "is not a condition", id="anything but a number"),
    pytest.param(status({"anything-but": None}), "is not a condition", id="anything but null"),
    pytest.param(status({"anything-but": {"prefix": "a"}}), "is not a condition", id="anything but a prefix"),
    pytest.param(status({"equals-ignore-case": 5}), "is not a condition", id="a number ignoring case"),
    pytest.param(status({"equals-ignore-case": "😀"}), "is not a condition", id="a surrogate pair ignoring case"),
    pytest.param(status({"equals-ignore-case": "ა"}), "is not a condition", id="a case that is younger than Java's"),
    pytest.param(status({"equals-ignore-case": "ẞ"}), "is not a condition", id="a letter that is younger"),
    pytest.param(status("10.0.0.1"), '"10.0.0.1" is not a condition', id="IPv4 address"),
    pytest.param(status("::1"), '"::1" is not a condition', id="IPv6 address"),
    pytest.param(status("0:0:0:0:0:0:0:1"), '"0:0:0:0:0:0:0:1" is not a condition', id="long IPv6 address"),
    pytest.param('{"dynamodb": {"NewImage": {"a": {"S": ["\\ud800"]}}}}', "is not a condition", id="half a pair"),
    pytest.param(status({"wildcard": "x" * 5000}), 'status.S, {"wildcard": "xxx', id="what is long is cut"),
    pytest.param(image(**{"x" * 5000: {"S": ["x"]}}), "at dynamodb.NewImage.xxx", id="a name that is long is cut"),
    # $or.
    pytest.param({"$or": [INSERTS]}, "at $or, not a list of two or more", id="$or of one"),
    pytest.param({"$or": INSERTS}, "at $or, not a list of two or more", id="$or of an object"),
    pytest.param({"$or": ["x", "y"]}, "at $or, not a list of two or more", id="$or of texts"),
    pytest.param(image(**{"$or": ["x"]}), "at dynamodb.NewImage.$or, not a list", id="$or as an attribute"),
    pytest.param({"$or": [INSERTS, {}]}, "at the top, an empty object", id="$or of nothing"),
    pytest.param({"$or": [INSERTS, image(exists={"S": ["x"]})]}, "an operator inside $or", id="reserved in $or"),
    pytest.param(
        {**INSERTS, "$or": [INSERTS, status("x")]}, "at eventName, a field both inside", id="inside and beside"
    ),
    pytest.param(
        '{"dynamodb": {"NewImage": ' + '{"a": {"M": ' * 100 + '{"b": {"S": ["x"]}}' + "}}" * 100 + "}}",
        "more levels than an item can have",
        id="deep map",
    ),
    pytest.param(
        '{"$or": [' * 300 + '{"eventName": ["x"]}' + ', {"eventName": ["x"]}]}' * 300,
        "at the top, more levels than an item can have",
        id="deep $or of two",
    ),
]


@pytest.mark.parametrize(("pattern", "is_through"), SUPPORTED)
def test_a_pattern_is_evaluated_as_aws_does(pattern: object, *, is_through: bool) -> None:
    """Sources: those of event_filter/pattern.py."""
    assert is_let_through(pattern) is is_through


@pytest.mark.parametrize(("pattern", "reason"), REFUSED)
def test_an_unsupported_pattern_is_refused(pattern: object, reason: str) -> None:
    """The error names the function, the place and what to do, and shows only the part of the pattern that is needed."""
    with pytest.raises(ExplainedError, match=re.escape(reason)) as refusal:
        is_let_through(INSERTS, pattern)
    text = str(refusal.value)
    assert text.startswith("Pattern 2 in the event filter of function orders cannot be evaluated here: ")
    assert "Nothing was compared. Use a pattern that filter_patterns of modules/scavenger accepts" in text
    assert "\n" not in text
    assert len(text) < 300 + 2 * MOST_CHARACTERS_SHOWN
    text.encode()


@pytest.mark.parametrize("unread", [{}, {"Pattern": None}, {"Pattern": 5}])
def test_a_filter_without_a_pattern_is_refused(unread: dict[str, Any]) -> None:
    """AWS does not document what passes it."""
    with pytest.raises(ExplainedError, match=r"Pattern 1 in the event filter of function orders .*: it has no pattern"):
        read_filter([unread], "orders", ["INSERT"], KEYS, has_old_image=True)


@pytest.mark.parametrize(
    "patterns", [[INSERTS], [{"eventName": ["REMOVE"]}, INSERTS], [{"eventSource": ["aws:dynamodb"]}, status("NEW")]]
)
def test_if_one_pattern_matches_every_insert_there_is_no_filter(patterns: list[object]) -> None:
    """So messages need not be read."""
    assert read(*patterns) == read() == MessageFilter()
    assert read().is_open


@pytest.mark.parametrize(
    "patterns", [[{"eventName": ["REMOVE"]}], [{"eventName": ["REMOVE"]}, {"eventName": ["MODIFY"]}]]
)
def test_if_no_pattern_matches_an_insert_no_message_passes(patterns: list[object]) -> None:
    """That differs from a filter without patterns."""
    assert not is_let_through(*patterns)
    assert is_let_through()


def test_a_pattern_that_matches_no_insert_changes_nothing() -> None:
    """It does not make every message count."""
    assert not is_let_through({"eventName": ["REMOVE"]}, status("NEW"))
    assert is_let_through({"eventName": ["REMOVE"]}, status("PROCESSED"))


def test_only_attributes_of_the_image_are_read() -> None:
    """That holds inside $or too. Keys are read in any case."""
    patterns = [status("x"), {"$or": [image(count={"N": ["1"]}), {"dynamodb": {"Keys": {"id": {"S": ["1"]}}}}]}]
    assert read(*patterns, {"dynamodb": {"NewImage": [{"exists": True}]}}).attributes() == {"status", "count"}


def test_a_keys_only_stream_has_no_image_to_match() -> None:
    """So the function gets no record."""
    assert not read(status("PROCESSED")).counts(KEYS, None)
    assert read(status({"exists": False})).counts(KEYS, None)


def old(**attributes: object) -> dict[str, Any]:
    """Return a pattern of the old image."""
    return {"dynamodb": {"OldImage": attributes}}


def both(before: object, after: object) -> dict[str, Any]:
    """Return a pattern of the status in both images."""
    return {"dynamodb": {"OldImage": {"status": {"S": [before]}}, "NewImage": {"status": {"S": [after]}}}}


def both_or_none(after: object) -> dict[str, Any]:
    """Return the pattern of a transition, and of an insert with the same status, as in examples/status-updates."""
    before = {"status": {"S": [{"exists": False}, {"anything-but": after}]}}
    return {"dynamodb": {"OldImage": before, **status(after)["dynamodb"]}}


MODIFIES = {"eventName": ["MODIFY"]}
WAS_NEW = old(status={"S": ["NEW"]})
BECAME_PROCESSED = both({"anything-but": "PROCESSED"}, "PROCESSED")
BOTH = ("INSERT", "MODIFY")

EVENTS = [
    pytest.param(MODIFIES, ["INSERT"], False, id="updates, of inserts"),
    pytest.param({**MODIFIES, **status("PROCESSED")}, ["MODIFY"], True, id="updates, of updates"),
    pytest.param(INSERTS, ["MODIFY"], False, id="inserts, of updates"),
    pytest.param({"eventName": ["REMOVE"]}, BOTH, False, id="removals"),
    pytest.param({"eventName": ["REMOVE", "MODIFY"], **status("PROCESSED")}, BOTH, True, id="updates or removals"),
    pytest.param({**MODIFIES, **status("NEW")}, BOTH, False, id="updates of another status"),
    pytest.param({"$or": [{**INSERTS, **status("PROCESSED")}, MODIFIES]}, ["INSERT"], True, id="inserts in $or"),
    pytest.param({"$or": [{**INSERTS, **status("NEW")}, MODIFIES]}, ["INSERT"], False, id="other inserts in $or"),
    pytest.param(
        {"$or": [{**INSERTS, **status("NEW")}, {**MODIFIES, **status("PROCESSED")}]}, BOTH, True, id="updates in $or"
    ),
    pytest.param(
        {"userIdentity": {"type": [{"exists": False}]}, **status("PROCESSED")},
        ["MODIFY"],
        True,
        id="what TTL did not delete",
    ),
]


@pytest.mark.parametrize(("pattern", "event_names", "is_through"), EVENTS)
def test_a_pattern_counts_for_the_events_that_the_function_handles(
    pattern: object, event_names: Sequence[str], *, is_through: bool
) -> None:
    """As the message is now, it is the new image of each of them."""
    assert read(pattern, event_names=event_names).counts(KEYS, MESSAGE) is is_through


OLD_IMAGES = [
    pytest.param(BECAME_PROCESSED, BOTH, True, True, id="became processed"),
    pytest.param(both("NEW", "DONE"), BOTH, False, True, id="became something else"),
    pytest.param(both({"exists": False}, "PROCESSED"), ["MODIFY"], True, True, id="became processed, from nothing"),
    pytest.param(
        {"dynamodb": {"$or": [WAS_NEW["dynamodb"], old(x={"S": ["y"]})["dynamodb"]], **status("NEW")["dynamodb"]}},
        ["MODIFY"],
        False,
        True,
        id="$or of old images",
    ),
    pytest.param({"$or": [BECAME_PROCESSED, status("NEW")]}, ["MODIFY"], True, True, id="in $or"),
    pytest.param(
        {"$or": [both("NEW", "DONE"), {"dynamodb": {"Keys": {"id": {"S": ["1"]}}}}]},
        ["MODIFY"],
        True,
        True,
        id="in $or, beside a key",
    ),
    # No insert has an old image, so nothing is left out.
    pytest.param(BECAME_PROCESSED, ["INSERT"], False, False, id="inserts that became processed"),
    pytest.param(both({"exists": False}, "PROCESSED"), ["INSERT"], True, False, id="inserts without an old image"),
    pytest.param({**MODIFIES, **WAS_NEW}, ["INSERT"], False, False, id="updates of an old image, of inserts"),
    pytest.param({"eventName": ["REMOVE"], **WAS_NEW}, BOTH, False, False, id="removals of an old image"),
    pytest.param(
        {"$or": [{"eventName": ["REMOVE"], **WAS_NEW}, status("PROCESSED")]}, BOTH, True, False, id="removals in $or"
    ),
]


@pytest.mark.parametrize(("pattern", "event_names", "is_through", "is_omitted"), OLD_IMAGES)
def test_conditions_on_the_old_image_are_left_out(
    pattern: object, event_names: Sequence[str], *, is_through: bool, is_omitted: bool
) -> None:
    """No table keeps old images, so the present state must pass the rest of the filter."""
    found = read(pattern, event_names=event_names)
    assert (found.counts(KEYS, MESSAGE), found.omits_old_image) == (is_through, is_omitted)


@pytest.mark.parametrize(
    "patterns",
    [[both_or_none("PROCESSED")], [BECAME_PROCESSED, {**INSERTS, **status("PROCESSED")}], [BECAME_PROCESSED, INSERTS]],
    ids=["one pattern", "another pattern", "every insert"],
)
def test_the_old_image_is_left_out_of_updates_whatever_inserts_count(patterns: list[object]) -> None:
    """An insert that passes does not show that an update does."""
    found = read(*patterns, event_names=BOTH)
    assert found.omits_old_image
    assert any_of([found, read()]).omits_old_image


def test_a_stream_without_old_images_has_none_to_match() -> None:
    """So the function gets no update that asks for one."""
    found = read(BECAME_PROCESSED, event_names=BOTH, has_old_image=False)
    assert (found.counts(KEYS, MESSAGE), found.omits_old_image) == (False, False)
    absent = both({"exists": False}, "PROCESSED")
    assert read(absent, event_names=["MODIFY"], has_old_image=False).patterns == [status("PROCESSED")]


UNCHECKED = [
    pytest.param(BECAME_PROCESSED, [], id="the same attribute"),
    pytest.param(
        {"dynamodb": {**WAS_NEW["dynamodb"], **image(count={"N": ["300"]})["dynamodb"]}}, ["status"], id="another"
    ),
    pytest.param(
        {"$or": [{"dynamodb": {**WAS_NEW["dynamodb"], **image(count={"N": ["1"]})["dynamodb"]}}, status("A")]},
        ["status"],
        id="in a branch of $or",
    ),
    pytest.param({"$or": [BECAME_PROCESSED, status("NEW")]}, [], id="the same in a branch of $or"),
    pytest.param(
        {
            "dynamodb": {
                "OldImage": {"x": {"S": ["y"]}},
                "NewImage": {"x": {"S": ["z"]}},
                "$or": [WAS_NEW["dynamodb"], image(a={"S": ["b"]})["dynamodb"]],
            }
        },
        ["status"],
        id="beside $or",
    ),
    pytest.param(
        {
            "dynamodb": {
                "NewImage": {"status": {"S": ["z"]}},
                "$or": [WAS_NEW["dynamodb"], image(a={"S": ["b"]})["dynamodb"]],
            }
        },
        [],
        id="the same beside $or",
    ),
    pytest.param(status("NEW"), [], id="no old image"),
]


@pytest.mark.parametrize(("pattern", "unchecked"), UNCHECKED)
def test_it_is_known_which_attributes_only_the_old_image_had_to_have(pattern: object, unchecked: list[str]) -> None:
    """A message counts whatever they are now, so a person has to confirm that it is done."""
    assert [*read(pattern, event_names=["MODIFY"]).unchecked] == unchecked
    assert [*any_of([read(status("OLD")), read(pattern, event_names=BOTH)]).unchecked] == unchecked


ONLY_OLD = [
    pytest.param(WAS_NEW, id="old image"),
    pytest.param({**MODIFIES, **WAS_NEW}, id="with its event"),
    pytest.param({"dynamodb": {"Keys": {"id": {"S": ["1"]}}, **WAS_NEW["dynamodb"]}}, id="with a key"),
    pytest.param({"dynamodb": {**image(id={"S": ["1"]})["dynamodb"], **WAS_NEW["dynamodb"]}}, id="with a key's image"),
    pytest.param(
        {"dynamodb": {"NewImage": {"$or": [{"id": {"S": ["1"]}}, {"status": {"S": ["x"]}}]}, **WAS_NEW["dynamodb"]}},
        id="with a key in $or",
    ),
    pytest.param({"$or": [WAS_NEW, status("PROCESSED")]}, id="branch of $or"),
    pytest.param({"$or": [{**MODIFIES, **WAS_NEW}, status("PROCESSED")]}, id="branch of $or with its event"),
    pytest.param({"dynamodb": {"$or": [WAS_NEW["dynamodb"], status("NEW")["dynamodb"]]}}, id="$or inside"),
    pytest.param(old(status={"S": [{"exists": False}]}), id="its absence"),
    pytest.param({"dynamodb": {"OldImage": [{"exists": True}]}}, id="its existence"),
]


@pytest.mark.parametrize("pattern", ONLY_OLD)
def test_a_pattern_of_nothing_but_the_old_image_is_refused(pattern: object) -> None:
    """Every message would count, whether it is done or not."""
    with pytest.raises(ExplainedError, match=r"Pattern 2 in the event filter of .* by OldImage alone .* NewImage"):
        read(status("PROCESSED"), pattern, event_names=BOTH)


EVERY_UPDATE = [
    pytest.param([], ["MODIFY"], id="no filter"),
    pytest.param([MODIFIES], ["MODIFY"], id="updates"),
    pytest.param([{**INSERTS, **status("NEW")}, MODIFIES], ["MODIFY"], id="beside inserts that are not handled"),
    pytest.param([MODIFIES], BOTH, id="inserts are handled, but do not pass"),
    pytest.param([{**INSERTS, **status("DONE")}, MODIFIES], BOTH, id="only some inserts pass"),
]


@pytest.mark.parametrize(("patterns", "event_names"), EVERY_UPDATE)
def test_a_function_of_every_update_is_refused(patterns: list[object], event_names: Sequence[str]) -> None:
    """A message that was only inserted would count, and no table shows which ones these are."""
    with pytest.raises(ExplainedError, match=r"Function orders counts every update, but not every .* filter_patterns"):
        read(*patterns, event_names=event_names)


REMOVED = {
    "dynamodb": {**old(pending=[{"exists": True}])["dynamodb"], **image(pending=[{"exists": False}])["dynamodb"]}
}
BECAME_OR_IS_PROCESSED = {
    "dynamodb": {
        "OldImage": {"status": {"S": [{"exists": False}, {"anything-but": "PROCESSED"}]}},
        **status("PROCESSED")["dynamodb"],
    }
}
ONLY_UPDATES = [
    pytest.param([status("PROCESSED")], ["MODIFY"], True, id="inserts are not handled"),
    pytest.param([status("PROCESSED")], BOTH, False, id="inserts pass too"),
    pytest.param([status("PROCESSED")], ["INSERT"], False, id="only inserts"),
    pytest.param([REMOVED], BOTH, True, id="an attribute is removed"),
    pytest.param([REMOVED, status("PROCESSED")], BOTH, True, id="and another pattern for inserts"),
    pytest.param([REMOVED, INSERTS], BOTH, False, id="and every insert"),
    pytest.param([BECAME_PROCESSED], BOTH, True, id="the old image must be there"),
    pytest.param([BECAME_OR_IS_PROCESSED], BOTH, False, id="the old image may be missing"),
    pytest.param([BECAME_PROCESSED, {**INSERTS, **status("PROCESSED")}], BOTH, False, id="inserts in the same state"),
    pytest.param([BECAME_PROCESSED, {**INSERTS, **status("NEW")}], BOTH, True, id="inserts in another state"),
    pytest.param([{**MODIFIES, **status("PROCESSED")}], BOTH, True, id="the filter names updates"),
    pytest.param(
        [{"$or": [MODIFIES, INSERTS], **status("PROCESSED")}], BOTH, False, id="the filter names both, by $or"
    ),
]


@pytest.mark.parametrize(("patterns", "event_names", "is_so"), ONLY_UPDATES)
def test_it_is_known_whether_messages_count_only_by_an_update(
    patterns: list[object], event_names: Sequence[str], *, is_so: bool
) -> None:
    """One such function is enough, also beside one for which every message counts."""
    found = read(*patterns, event_names=event_names)
    assert found.counts_never_updated is is_so
    assert any_of([read(status("OLD")), found]).counts_never_updated is is_so
    assert any_of([found, read()]).counts_never_updated is is_so


def test_one_of_several_filters_is_enough() -> None:
    """If one of them takes every message, the others do not matter."""
    processed, became = read(status("PROCESSED")), read(BECAME_PROCESSED, event_names=BOTH)
    assert any_of([read(status("NEW")), processed]).counts(KEYS, MESSAGE)
    assert not any_of([read({"eventName": ["REMOVE"]}), read(status("NEW"))]).counts(KEYS, MESSAGE)
    assert any_of([processed, became]).omits_old_image
    assert any_of([processed, read()]) == MessageFilter()
    assert any_of([became, read()]).is_open


# Mostly parts of real patterns, so that some are supported.
NAMES = st.sampled_from(
    [
        "eventName",
        "eventID",
        "dynamodb",
        "Keys",
        "NewImage",
        "OldImage",
        "status",
        "l",
        "S",
        "L",
        "M",
        "SS",
        "$or",
        "a.b",
        "",
    ]
) | st.text(max_size=3)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.characters()
OPERATORS = ["prefix", "suffix", "equals-ignore-case", "anything-but", "exists", "numeric", "cidr", "wildcard"]
CONDITIONS = VALUES | st.dictionaries(st.sampled_from(OPERATORS), VALUES | st.lists(VALUES, max_size=2), max_size=2)
ANYTHING = st.recursive(
    st.lists(CONDITIONS, max_size=3) | VALUES,
    lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=12,
)
LIKELY = st.builds(
    lambda name, kind, conditions: image(**{name: {kind: conditions}}),
    st.sampled_from([*MESSAGE, "error"]),
    st.sampled_from(["S", "N", "B", "BOOL", "NULL", "M", "L"]),
    st.lists(CONDITIONS, min_size=1, max_size=3),
)


@settings(max_examples=500)
@given(st.text(max_size=30) | (ANYTHING | LIKELY).map(json.dumps))
def test_no_pattern_causes_a_traceback(text: str) -> None:
    """It is refused at the start, or evaluated for every message."""
    with suppress(ExplainedError):
        found = read(text, event_names=BOTH)
        found.attributes()
        for each in (MESSAGE, KEYS, None):
            assert isinstance(found.counts(KEYS, each), bool)


EVENT = st.sampled_from([{}, INSERTS, MODIFIES, {"eventName": ["REMOVE"]}])
IMAGES = st.builds(
    lambda name, conditions: {"dynamodb": {name: {"status": {"S": conditions}}}},
    st.sampled_from(["NewImage", "OldImage"]),
    st.lists(st.sampled_from(["NEW", "PROCESSED", {"exists": False}, {"anything-but": "NEW"}]), min_size=1, max_size=2),
)
BRANCH = st.builds(lambda event, part: {**event, **part}, EVENT, IMAGES | LIKELY)
WHOLE = BRANCH | st.lists(BRANCH, min_size=2, max_size=3).map(lambda branches: {"$or": branches})


def record(event_name: str, old_status: str) -> dict[str, Any]:
    """Return the whole record of the message's insert, or of an update from another status."""
    images = {"Keys": KEYS, "NewImage": {**MESSAGE, "seal": {"B": "AP8="}}}
    before = {"OldImage": {**KEYS, "status": {"S": old_status}}} if event_name == "MODIFY" else {}
    return {"eventName": event_name, "dynamodb": {**images, **before}}


@settings(max_examples=500)
@given(st.lists(WHOLE, min_size=1, max_size=2), st.sampled_from([("INSERT",), ("MODIFY",), BOTH]))
def test_every_message_counts_that_a_record_may_let_through(patterns: list[Any], event_names: Sequence[str]) -> None:
    """If no condition on the old image is left out, no other message counts."""
    with suppress(ExplainedError):
        found = read(*patterns, event_names=event_names)
        is_through = any(passes(patterns, record(event, old)) for event in event_names for old in ("NEW", "PROCESSED"))
        assert found.counts(KEYS, MESSAGE) >= is_through
        assert found.omits_old_image or found.counts(KEYS, MESSAGE) == is_through
