"""Which records the filter lets through. Source: invocation-eventfiltering.html."""

from typing import Any

import pytest
from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import FilterPatternError, check
from support.events import record

from model.mapping_scenario import MappingScenario

INSERTS = {"eventName": ["INSERT"]}
REMOVALS = {"eventName": ["REMOVE"]}


def one_of(*conditions: Any) -> dict[str, Any]:
    """Return a pattern that matches if one of these conditions on the message's id holds."""
    return {"dynamodb": {"Keys": {"messageId": {"S": [*conditions]}}}}


def test_records_that_do_not_match_are_dropped_without_an_invocation() -> None:
    """The mapping continues after them. Source: invocation-eventfiltering.html."""
    scenario = MappingScenario()
    scenario.put(1, event_name="REMOVE")
    scenario.put(2, event_name="MODIFY")
    scenario.run()
    assert not scenario.mapping.invocations
    assert scenario.mapping.filtered_out == 2
    assert scenario.mapping.idle


def test_only_matching_records_are_in_the_batch() -> None:
    """Dropped records neither reach the function nor fill its batch. Source: Streams.Lambda.Tutorial2.html."""
    scenario = MappingScenario(batch_size=2)
    scenario.put(1)
    scenario.put(2, event_name="REMOVE")
    scenario.put(3)
    scenario.put(4, event_name="REMOVE")
    scenario.put(5)
    scenario.run()
    assert scenario.batches == [[1, 3], [5]]
    assert scenario.began_s == [0, 60]
    assert scenario.mapping.filtered_out == 2


@pytest.mark.parametrize(
    ("patterns", "is_match"),
    [
        pytest.param((), True, id="no pattern"),
        pytest.param((INSERTS,), True, id="equal"),
        pytest.param((REMOVALS,), False, id="another value"),
        pytest.param((REMOVALS, INSERTS), True, id="either pattern"),
        pytest.param(({"eventName": ["MODIFY", "INSERT"]},), True, id="either value"),
        pytest.param(({"dynamodb": {"Keys": {"createdAt": {"N": ["7"]}}}},), True, id="nested"),
        pytest.param(({"dynamodb": {"Keys": {"createdAt": {"N": ["7.0"]}}}},), False, id="numbers are texts"),
        pytest.param(({**INSERTS, "dynamodb": {"Keys": {"createdAt": {"N": ["8"]}}}},), False, id="both fields"),
        pytest.param(({"userIdentity": {"type": ["Service"]}},), False, id="a field that is not there"),
        pytest.param(({"eventName": {"S": ["INSERT"]}},), False, id="deeper than the record"),
        pytest.param((one_of({"prefix": "message-"}),), True, id="prefix"),
        pytest.param((one_of({"prefix": "essage-"}),), False, id="another prefix"),
        pytest.param((one_of({"suffix": "-7"}),), True, id="suffix"),
        pytest.param((one_of({"suffix": "-8"}),), False, id="another suffix"),
        pytest.param((one_of({"equals-ignore-case": "MESSAGE-7"}),), True, id="equal but for case"),
        pytest.param((one_of("MESSAGE-7"),), False, id="not equal for case"),
        pytest.param((one_of({"anything-but": ["message-8", "message-9"]}),), True, id="anything but others"),
        pytest.param((one_of({"anything-but": "message-7"}),), False, id="anything but this"),
        pytest.param((one_of({"exists": True}),), True, id="exists"),
        pytest.param((one_of({"exists": False}),), False, id="exists although it should not"),
        pytest.param((one_of({"prefix": "x"}, "message-7"),), True, id="a condition or a value"),
        pytest.param(({"dynamodb": {"NewImage": {"error": {"S": [{"exists": False}]}}}},), True, id="does not exist"),
        pytest.param(({"dynamodb": {"NewImage": {"error": {"S": [{"exists": True}]}}}},), False, id="should exist"),
        pytest.param(({"dynamodb": {"NewImage": {"error": {"S": [{"anything-but": "x"}]}}}},), False, id="of nothing"),
        pytest.param(({"dynamodb": {"NewImage": {"open": {"BOOL": [True]}}}},), True, id="true"),
        pytest.param(({"dynamodb": {"NewImage": {"open": {"BOOL": ["true"]}}}},), False, id="true is no text"),
        pytest.param(({"dynamodb": {"NewImage": {"in": {"M": {"a": {"S": ["x"]}}}}}},), True, id="in a map"),
        pytest.param(({"dynamodb": {"NewImage": {"in": {"M": {"b": {"S": ["x"]}}}}}},), False, id="not in a map"),
        pytest.param(({"dynamodb": {"NewImage": {"in": {"M": [{"exists": True}]}}}},), False, id="a map is no field"),
        pytest.param(
            ({"dynamodb": {"NewImage": {"tags": [{"exists": True}]}}},), False, id="a set's attribute is none"
        ),
        pytest.param(({"dynamodb": {"NewImage": {"tags": [{"exists": False}]}}},), True, id="so it does not exist"),
        pytest.param(({"dynamodb": {"NewImage": {"list": ["x", {"anything-but": "x"}]}}},), False, id="untyped list"),
        pytest.param(({"dynamodb": {"NewImage": [{"exists": False}]}},), True, id="an image is no field"),
        pytest.param(({"dynamodb": {"NewImage": {"open": {"S": [{"exists": False}]}}}},), True, id="of another type"),
        pytest.param(({"dynamodb": {"NewImage": {"open": {"BOOL": [{"anything-but": "true"}]}}}},), True, id="no text"),
        pytest.param(
            ({"dynamodb": {"NewImage": {"open": {"BOOL": [{"prefix": ""}]}}}},), False, id="prefix of a truth"
        ),
        pytest.param((one_of({"prefix": ""}),), True, id="the empty prefix"),
        pytest.param((one_of(""),), False, id="the empty text"),
        pytest.param((one_of(None),), False, id="null"),
        pytest.param(({"$or": [REMOVALS, INSERTS]},), True, id="one of $or"),
        pytest.param(({"$or": [REMOVALS, {"eventName": ["MODIFY"]}]},), False, id="none of $or"),
        pytest.param(({**INSERTS, "$or": [one_of("x"), {"eventSource": ["aws:s3"]}]},), False, id="$or and another"),
        pytest.param(
            ({"dynamodb": {"$or": [one_of("x")["dynamodb"], {"SequenceNumber": ["1007"]}]}},), True, id="below"
        ),
    ],
)
def test_a_record_passes_if_all_fields_of_a_pattern_match(
    patterns: tuple[dict[str, Any], ...], *, is_match: bool
) -> None:
    """It is enough if one of several patterns matches."""
    image = {"open": {"BOOL": True}, "in": {"M": {"a": {"S": "x"}}}, "tags": {"SS": ["x"]}, "list": {"L": []}}
    for pattern in patterns:
        check(pattern)
    assert passes(patterns, record(7, NewImage=image)) is is_match


@pytest.mark.parametrize(
    ("wanted", "value", "is_match"),
    [
        ("Straße", "STRASSE", True),  # upper forms in full
        ("Straße", "straße", True),
        ("Straße", "strasse", False),
        ("ß", "ss", False),
        ("ss", "ß", False),
        ("\u017f", "s", False),  # long s
        ("\u017f", "S", True),  # long s
        ("s", "\u017f", False),  # long s
        ("\u0131", "I", True),  # dotless i
        ("\u0131", "i", False),  # dotless i
        ("i", "\u0131", False),  # dotless i
        ("ǆ", "Ǆ", True),
        ("ǅ", "ǅ", False),  # neither its lower nor its upper form
        ("ﬁ", "FI", True),
        ("ﬁ", "fi", False),
        ("\u03a3", "\u03c3", True),
        ("Σ", "ς", False),
        ("é", "É", True),
        ("é", "e\u0301", False),
        ("a.b*", "A.B*", True),
        ("a.b", "axb", False),
        ("a", "a\n", False),
        ("", "", True),
        ("5", "5", True),
        ("true", True, False),
    ],
)
def test_case_is_ignored_character_by_character(wanted: str, value: object, *, is_match: bool) -> None:
    """Each character matches in both cases. Source: EqualsIgnoreCaseParser of github.com/aws/event-ruler."""
    pattern = {"dynamodb": {"NewImage": {"x": {"S": [{"equals-ignore-case": wanted}]}}}}
    check(pattern)
    assert passes([pattern], record(7, NewImage={"x": {"S": value}})) is is_match


def test_the_model_rejects_an_unknown_pattern() -> None:
    """It does so when the mapping gets its first shard, not in the middle of a batch."""
    scenario = MappingScenario(filter_patterns=({"eventName": [{"numeric": [">", 1]}]},))
    with pytest.raises(FilterPatternError, match="at eventName"):
        scenario.put(1)
