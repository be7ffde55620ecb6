"""`scavenger verify` makes a row and a message on which the function acts, or says that there are none."""

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reconciler.event_filter.matching import passes
from reconciler.event_filter.pattern import FilterPatternError, check
from reconciler.explained_error import RefusedError
from scavenger.settings import KeyedTable
from scavenger_ops.toolchain import ROOT
from scavenger_ops.verify.deployment import Deleter, VerifiedDeployment
from scavenger_ops.verify.items import MARKER, VerifiedItems, make_items
from scavenger_ops.verify.record import deleted_row, is_deleted, make_record
from support.verified_deployment import MARKER_ID, STREAM, verified


def make(deployment: VerifiedDeployment) -> VerifiedItems:
    """Return the items that are made, after a check that the function acts on them."""
    items = make_items(deployment, MARKER_ID)
    assert is_acted_on(deployment, items)
    for item in (items.row, items.message, *([items.before] if items.before else [])):
        assert item[MARKER] == {"S": MARKER_ID}
    return items


def is_acted_on(deployment: VerifiedDeployment, items: VerifiedItems) -> bool:
    """Return whether the deployment's function deletes the row because of the message."""
    record = make_record(deployment.tables.messages, items.message, items.before)
    return is_deleted(deleted_row(deployment.deleter, record), items.row)


def image(**attributes: Any) -> dict[str, Any]:
    """Return a pattern of the new image."""
    return {"dynamodb": {"NewImage": attributes}}


def test_without_a_filter_the_key_is_enough() -> None:
    """Both items have the same unique key, and nothing but the marker."""
    items = make(verified())
    assert items.row == items.message
    assert items.row.keys() == {"id", MARKER}
    assert MARKER_ID in items.row["id"]["S"]
    assert items.before is None


@pytest.mark.parametrize("kinds", [*itertools.product("SNB"), *itertools.product("SNB", repeat=2)])
def test_each_type_of_key_is_made(kinds: Sequence[str]) -> None:
    """Each attribute has its type, as boto3 takes it."""
    items = make(verified(staging=dict(zip(("id", "at"), kinds, strict=False))))
    for name, kind in zip(("id", "at"), kinds, strict=False):
        ((found, content),) = items.row[name].items()
        assert found == kind
        assert isinstance(content, bytes if kind == "B" else str)


MAPPINGS: list[dict[str, Any]] = [
    {},
    {"messages": {"mid": "S"}, "mapping": {"id": "origin"}},
    {"messages": {"mid": "S", "at": "N"}, "mapping": {"id": "mid"}},
    {"staging": {"id": "S", "at": "B"}, "messages": {"mid": "S"}, "mapping": {"id": "mid", "at": "when"}},
    {"staging": {"id": "N", "at": "N"}, "messages": {"mid": "S"}, "mapping": {"id": "same", "at": "same"}},
]


@pytest.mark.parametrize("mapped", MAPPINGS)
@pytest.mark.parametrize("match", [{}, {"version": "version"}, {"version": "revision", "other": "revision"}])
@pytest.mark.parametrize("events", [("INSERT",), ("MODIFY",), ("INSERT", "MODIFY")])
@pytest.mark.parametrize("pattern", [{}, image(status={"S": ["DONE"]})])
def test_each_combination_of_settings_is_met(
    mapped: dict[str, Any], match: dict[str, str], events: Sequence[str], pattern: dict[str, Any]
) -> None:
    """An insert is preferred to an update, which takes two writes."""
    items = make(verified(pattern, match=match, events=events, **mapped))
    assert (items.before is None) == ("INSERT" in events)
    assert items.before != items.message
    assert {name: items.row[name] for name in match} == {name: items.message[source] for name, source in match.items()}


SATISFIED: list[dict[str, Any]] = [
    image(status={"S": ["DONE", "FAILED"]}),
    image(status={"S": [{"anything-but": ["NEW"]}]}),
    image(status={"S": [{"exists": True}]}),
    image(status={"S": [{"exists": False}]}),
    image(status={"S": [{"prefix": "DO"}, {"suffix": "X"}]}),
    image(status={"S": [{"equals-ignore-case": "Straße"}]}),
    image(open={"BOOL": [False]}, none={"NULL": [True]}, count={"N": ["12"]}),
    image(seal={"B": ["AP8="]}),
    image(empty={"S": [""]}),
    image(detail={"M": {"state": {"S": ["DONE"]}, "sub": {"M": {"n": {"N": ["1"]}}}}}),
    image(detail={"M": {"state": {"S": [{"exists": False}]}}}),
    image(id={"S": [{"prefix": "order#"}]}),
    {"dynamodb": {"Keys": {"id": {"S": [{"prefix": "a"}]}}, "NewImage": {"id": {"S": [{"suffix": "z"}]}}}},
    {"$or": [image(id={"S": [{"exists": False}]}), image(status={"S": ["DONE"]})]},
    {"dynamodb": {"NewImage": {"$or": [{"a": {"S": ["x"]}}, {"a": {"N": ["1"]}}], "b": {"S": ["y"]}}}},
    {"dynamodb": {"OldImage": {"status": {"S": [{"exists": False}]}}}},
    {"dynamodb": {"OldImage": [{"exists": False}]}},
    {"userIdentity": {"type": [{"exists": False}]}},
    {"eventSource": ["aws:dynamodb"], "awsRegion": ["us-east-1"], "eventSourceARN": [STREAM], "eventVersion": ["1.1"]},
    {"eventID": [{"exists": True}], "dynamodb": {"StreamViewType": [{"prefix": "NEW_"}]}},
    {"dynamodb": {"SizeBytes": [{"exists": True}], "ApproximateCreationDateTime": [{"anything-but": "x"}]}},
]


@pytest.mark.parametrize("pattern", SATISFIED, ids=json.dumps)
def test_a_filter_is_met(pattern: dict[str, Any]) -> None:
    """The record passes, and its function deletes the row."""
    make(verified(pattern))


CONTRADICTIONS: list[dict[str, Any]] = [
    image(id={"S": [{"exists": False}]}),
    image(id={"N": ["1"]}),
    image(status={"S": ["DONE"], "N": ["1"]}),
    image(status={"N": ["1.0"]}),
    image(status={"N": ["-0"]}),
    image(status={"N": ["many"]}),
    image(seal={"B": ["no base64"]}),
    image(none={"NULL": [False]}),
    image(status=["DONE"]),
    image(status={"S": {"deeper": ["DONE"]}}),
    image(detail={"S": ["x"], "M": {"state": {"S": ["DONE"]}}}),
    image(**{MARKER: {"S": ["x"]}}),
    {"dynamodb": {"Keys": {"id": {"S": [{"prefix": "a"}]}}, "NewImage": {"id": {"S": [{"prefix": "b"}]}}}},
    {"dynamodb": {"Keys": {"other": {"S": ["x"]}}}},
    {"dynamodb": {"OldImage": {"status": {"S": ["NEW"]}}}},
    {"eventName": ["REMOVE"]},
    {"userIdentity": {"type": ["Service"]}},
    {"eventID": ["1"]},
    {"awsRegion": ["eu-central-1"]},
]


@pytest.mark.parametrize("pattern", CONTRADICTIONS, ids=json.dumps)
def test_a_filter_that_nothing_meets_is_refused(pattern: dict[str, Any]) -> None:
    """The reason names the pattern, and the way out."""
    with pytest.raises(RefusedError, match=r"pattern 1 .*Nothing was written\..*--message FILE"):
        make_items(verified(pattern), MARKER_ID)


def test_one_pattern_of_several_is_enough() -> None:
    """Others may contradict themselves, or be unknown."""
    deployment = verified(CONTRADICTIONS[0], SATISFIED[0], unknown_patterns=["Pattern 3: at dynamodb, ..."])
    assert make(deployment).message["status"] == {"S": "DONE"}


def test_what_is_unknown_is_named() -> None:
    """A message of the user's own may pass."""
    with pytest.raises(RefusedError, match="Pattern 2: it has a regex; it cannot be known"):
        make_items(
            verified(CONTRADICTIONS[0], unknown_patterns=["Pattern 2: it has a regex; it cannot be known"]), "a" * 32
        )


def test_a_change_of_state_takes_an_update() -> None:
    """The message is in another state before, in which it does not count."""
    pattern = {"dynamodb": {"OldImage": {"status": {"S": ["NEW"]}}, "NewImage": {"status": {"S": ["DONE"]}}}}
    items = make(verified(pattern, events=["INSERT", "MODIFY"]))
    assert items.before
    assert (items.before["status"], items.message["status"]) == ({"S": "NEW"}, {"S": "DONE"})
    assert items.before["id"] == items.message["id"]


def test_the_rest_of_a_key_is_unique_if_a_part_is_fixed() -> None:
    """A tenant's key is one."""
    items = make(verified(image(tenant={"S": ["acme"]}), staging={"tenant": "S", "id": "S"}))
    assert items.message["tenant"] == {"S": "acme"}
    assert MARKER_ID in items.message["id"]["S"]


@pytest.mark.parametrize("mapped", [{}, {"messages": {"mid": "S"}, "mapping": {"id": "id"}}])
def test_a_key_that_is_fixed_is_refused(mapped: dict[str, Any]) -> None:
    """Somebody's item may have it."""
    with pytest.raises(RefusedError, match="leaves no choice of the key"):
        make_items(verified(image(id={"S": ["one"]}), **mapped), MARKER_ID)


def test_another_way_is_tried_if_the_first_fixes_the_key() -> None:
    """The branches of $or may differ in that."""
    pattern = {"$or": [image(id={"S": ["one"]}), image(status={"S": ["DONE"]})]}
    assert make(verified(pattern)).message["status"] == {"S": "DONE"}


@pytest.mark.parametrize(
    "options",
    [
        {"messages_options": {"attribute_types": {"id": "S", "version": "N"}}},
        {"staging_options": {"attribute_types": {"id": "S", "row_version": "N"}}},
    ],
)
def test_an_index_decides_the_type(options: dict[str, Any]) -> None:
    """DynamoDB refuses an item that has another one."""
    items = make(verified(match={"row_version": "version"}, **options))
    assert items.row["row_version"].keys() == {"N"}


def test_two_indexes_that_differ_are_refused() -> None:
    """No row of any message can equal it."""
    options = {"attribute_types": {"id": "S", "version": "N"}}
    others = {"attribute_types": {"id": "S", "version": "S"}}
    with pytest.raises(RefusedError, match=r"\(at dynamodb\.NewImage\.version\)"):
        make_items(verified(match={"version": "version"}, staging_options=options, messages_options=others), MARKER_ID)


VIEWS: Mapping[str, tuple[bool, bool]] = {
    "KEYS_ONLY": (False, False),
    "NEW_IMAGE": (True, False),
    "OLD_IMAGE": (False, True),
    "NEW_AND_OLD_IMAGES": (True, True),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("events", [["INSERT"], ["MODIFY"]])
def test_each_view_type_has_its_images(view: str, events: list[str]) -> None:
    """A condition on an image that the stream lacks is met by no record."""
    has_new, has_old = VIEWS[view]
    options = {"has_new_image": has_new, "has_old_image": has_old}
    make(verified({"dynamodb": {"StreamViewType": [view]}}, events=events, messages_options=options))
    for name, is_there in (("NewImage", has_new), ("OldImage", has_old and events == ["MODIFY"])):
        deployment = verified({"dynamodb": {name: {"a": {"S": ["x"]}}}}, events=events, messages_options=options)
        if is_there:
            make(deployment)
        else:
            with pytest.raises(RefusedError):
                make_items(deployment, MARKER_ID)


def test_a_key_from_an_image_that_the_stream_lacks_is_refused() -> None:
    """The function would quarantine each record."""
    deployment = verified(messages={"mid": "S"}, mapping={"id": "origin"}, messages_options={"has_new_image": False})
    with pytest.raises(RefusedError, match="has no new image, from which function pipeline takes origin"):
        make_items(deployment, MARKER_ID)


def other(*patterns: Any, **options: Any) -> Deleter:
    """Return another function of the same tables."""
    return verified(*patterns, **options).deleter._replace(function="second")


def test_a_row_that_another_function_deletes_proves_nothing() -> None:
    """It is named, and so it is if its filter is not known."""
    for deleter in (other(), other(image(id={"S": ["x"]}), unknown_patterns=["?"])):
        with pytest.raises(RefusedError, match="function second deletes the same row"):
            make_items(verified(other_deleters=[deleter]), MARKER_ID)


def test_a_row_that_another_function_deletes_too_early_proves_nothing() -> None:
    """Its insert is handled by another function, and its update by this one."""
    deployment = verified(events=("MODIFY",), other_deleters=[other()])
    with pytest.raises(RefusedError, match="function second deletes the same row"):
        make_items(deployment, MARKER_ID)


def test_a_row_of_others_is_not_deleted_by_another_function() -> None:
    """Its key is fixed by this function's filter. A row that only this run can have is no harm in another table."""
    done = image(status={"S": ["DONE"]})
    for source, is_harm in (("status", True), ("id", False)):
        second = other(mapping={"id": source})
        elsewhere = second._replace(settings=replace(second.settings, staging_table=KeyedTable("other", {"id": "S"})))
        deployment = verified(done, other_deleters=[elsewhere])
        if is_harm:
            with pytest.raises(RefusedError, match=r"function second would delete the row .* of table other"):
                make_items(deployment, MARKER_ID)
        else:
            make(deployment)


def test_only_a_pattern_without_a_message_is_named_as_one() -> None:
    """Otherwise the message was found, and cannot be used for another reason."""
    with pytest.raises(RefusedError) as raised:
        make_items(verified(other_deleters=[other()]), MARKER_ID)
    assert "was found that matches" not in str(raised.value)


def test_a_message_that_only_this_function_acts_on_is_preferred() -> None:
    """Two deployments of the same tables may differ in their filter."""
    deployment = verified(
        {"$or": [image(status={"S": ["DONE"]}), image(channel={"S": ["WEB"]})]},
        other_deleters=[other(image(status={"S": ["DONE"]}))],
    )
    assert "status" not in make(deployment).message


def test_the_filters_of_the_examples_are_met() -> None:
    """Each filter that people copy can be verified."""
    status = (ROOT / "examples/status-updates/main.tf").read_text("utf-8")
    assert re.search(r"OldImage|NewImage", status)
    make(verified(image(channel={"S": ["WEB"]})))
    make(verified(image(status={"S": ["PROCESSED"]}), messages={"mid": "S"}, mapping={"id": "origin"}))
    change = {
        "NewImage": {"status": {"S": ["PROCESSED"]}},
        "OldImage": {"status": {"S": [{"anything-but": "PROCESSED"}]}},
    }
    make(verified({"dynamodb": change}, events=["INSERT", "MODIFY"]))


NAMES = st.sampled_from(["id", "a", "b"])
TEXTS = st.sampled_from(["", "x", "X", "xy", "1", "1.0", "AA==", "ß"])
CONDITIONS = st.one_of(
    TEXTS,
    st.booleans(),
    st.none(),
    st.builds(lambda name, text: {name: text}, st.sampled_from(["prefix", "suffix", "equals-ignore-case"]), TEXTS),
    st.builds(lambda texts: {"anything-but": texts}, st.lists(TEXTS, min_size=1, max_size=3)),
    st.builds(lambda exists: {"exists": exists}, st.booleans()),
)
LISTS = st.lists(CONDITIONS, min_size=1, max_size=2)
VALUES = st.dictionaries(st.sampled_from(["S", "N", "B", "BOOL", "NULL", "X"]), LISTS, min_size=1, max_size=2)


def _or(fields: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of these fields, of alternatives, and of both. A field is either in $or or beside it."""
    alternatives = st.builds(lambda each: {"$or": each}, st.lists(fields, min_size=2, max_size=3))
    mixed = st.builds(lambda one, other: one if one.keys() & _names(other) else {**one, **other}, fields, alternatives)
    return st.one_of(fields, alternatives, mixed)


def _names(alternatives: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[str]:
    return {name for branch in alternatives["$or"] for name in branch}


ATTRIBUTES = _or(
    st.dictionaries(
        NAMES,
        st.one_of(VALUES, LISTS, st.builds(lambda inner: {"M": inner}, st.dictionaries(NAMES, VALUES, min_size=1))),
        min_size=1,
        max_size=3,
    )
)
CHANGES = _or(
    st.dictionaries(
        st.sampled_from(["Keys", "NewImage", "OldImage", "SequenceNumber"]), st.one_of(ATTRIBUTES, LISTS), min_size=1
    )
)
PATTERNS = _or(st.fixed_dictionaries({"dynamodb": CHANGES}, optional={"eventID": LISTS, "eventName": LISTS}))


def is_known(pattern: dict[str, Any]) -> bool:
    """Return whether it is known how AWS evaluates a pattern."""
    try:
        check(pattern)
    except FilterPatternError:
        return False
    return True


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(pattern=PATTERNS.filter(is_known), events=st.sampled_from([["INSERT"], ["MODIFY"], ["INSERT", "MODIFY"]]))
def test_any_pattern_is_met_or_refused(pattern: dict[str, Any], events: list[str]) -> None:
    """Whatever the filter is, the items pass it, or there is a reason."""
    deployment = verified(pattern, events=events)
    try:
        make(deployment)
    except RefusedError as error:
        assert "certainly acts" in str(error)  # noqa: PT017 - most are met


# All that a small message may have in an attribute, and that the patterns below tell apart.
SMALL_VALUES: list[dict[str, Any] | None] = [None, {"S": "x"}, {"S": "y"}, {"S": ""}, {"N": "1"}, {"BOOL": True}]
SMALL_CONDITIONS = st.one_of(
    st.sampled_from(["x", "y", "1", "1.0", True]),
    st.builds(lambda text: {"prefix": text}, st.sampled_from(["x", ""])),
    st.builds(lambda text: {"anything-but": text}, st.sampled_from(["x", ["x", "y"]])),
    st.builds(lambda exists: {"exists": exists}, st.booleans()),
)
SMALL_TYPES = st.dictionaries(
    st.sampled_from(["S", "N", "BOOL"]), st.lists(SMALL_CONDITIONS, min_size=1, max_size=2), min_size=1
)
SMALL_IMAGES = _or(st.dictionaries(st.sampled_from(["a", "b"]), SMALL_TYPES, min_size=1))
SMALL_PATTERNS = _or(
    st.fixed_dictionaries(
        {"dynamodb": st.dictionaries(st.sampled_from(["NewImage", "OldImage"]), SMALL_IMAGES, min_size=1)}
    )
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(pattern=SMALL_PATTERNS.filter(is_known))
def test_what_is_refused_has_no_solution(pattern: dict[str, Any]) -> None:
    """No update of small images passes a filter for which no message is found."""
    deployment = verified(pattern, events=["MODIFY"])
    try:
        make(deployment)
    except RefusedError:
        key = {"id": {"S": "1"}}
        for values in itertools.product(SMALL_VALUES, repeat=4):
            named = list(zip(("a", "b"), values[:2], strict=True)), list(zip(("a", "b"), values[2:], strict=True))
            new, old = ({**key, **{name: value for name, value in each if value}} for each in named)
            record = make_record(deployment.tables.messages, new, old)
            assert not passes(deployment.deleter.patterns, record)
