"""Which records the filter lets through. Source: invocation-eventfiltering.html."""

from typing import Any

import pytest
from scavenger_ops.mapping_model.filtering import check, passes
from support.events import record

from model.scenario import Scenario

INSERTS = {"eventName": ["INSERT"]}
REMOVALS = {"eventName": ["REMOVE"]}


def one_of(*conditions: Any) -> dict[str, Any]:
    """Make a pattern of conditions on the message's id, of which one is enough."""
    return {"dynamodb": {"Keys": {"messageId": {"S": [*conditions]}}}}


def test_what_does_not_match_is_dropped_without_an_invocation() -> None:
    """The mapping goes past it. Source: invocation-eventfiltering.html."""
    scenario = Scenario()
    scenario.put(1, event_name="REMOVE")
    scenario.put(2, event_name="MODIFY")
    scenario.run()
    assert not scenario.mapping.invocations
    assert scenario.mapping.filtered_out == 2
    assert scenario.mapping.idle


def test_only_what_matches_joins_the_batch() -> None:
    """Dropped records neither reach the function nor fill its batch. Source: Streams.Lambda.Tutorial2.html."""
    scenario = Scenario(batch_size=2)
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
    ("patterns", "through"),
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
    ],
)
def test_a_pattern_names_values_of_fields(patterns: tuple[dict[str, Any], ...], *, through: bool) -> None:
    """All fields of one pattern must match, and one pattern of all."""
    image = {"open": {"BOOL": True}, "in": {"M": {"a": {"S": "x"}}}}
    assert passes(patterns, record(7, NewImage=image)) is through


@pytest.mark.parametrize(
    "wanted",
    [
        "INSERT",
        [{"numeric": [">", 1]}],
        [5],
        [["INSERT"]],
        [{"prefix": 5}],
        [{"prefix": "I", "suffix": "T"}],
        [{"anything-but": {"prefix": "I"}}],
        [{"anything-but": [500]}],
        [{"exists": "yes"}],
    ],
)
def test_what_is_no_pattern_of_a_stream_is_not_modelled(wanted: object) -> None:
    """What is silently taken for a match would be deleted by reconcile."""
    for ask in (lambda: passes([{"eventName": wanted}], record(1)), lambda: check({"eventName": wanted})):
        with pytest.raises(NotImplementedError, match=r"no condition|no list"):
            ask()


@pytest.mark.parametrize("value", [{"SS": ["a"]}, {"M": {"a": {"S": "x"}}}, {"L": [{"S": "x"}]}])
@pytest.mark.parametrize("condition", ["a", {"exists": True}, {"anything-but": "b"}])
def test_what_a_filter_makes_of_lists_and_objects_is_not_modelled(value: dict[str, Any], condition: object) -> None:
    """AWS says little of it, and exists is for leaves alone."""
    (kind,) = value
    with pytest.raises(NotImplementedError, match="not known here"):
        passes([{"dynamodb": {"NewImage": {"x": {kind: [condition]}}}}], record(7, NewImage={"x": value}))
