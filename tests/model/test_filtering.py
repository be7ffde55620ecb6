"""Which records the filter lets through. Source: invocation-eventfiltering.html."""

from typing import Any

import pytest
from scavenger_ops.mapping_model.filtering import passes
from support.events import record

from model.scenario import Scenario

INSERTS = {"eventName": ["INSERT"]}
REMOVALS = {"eventName": ["REMOVE"]}


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
    ],
)
def test_a_pattern_names_values_of_fields(patterns: tuple[dict[str, Any], ...], *, through: bool) -> None:
    """All fields of one pattern must match, and one pattern of all."""
    assert passes(patterns, record(7)) is through


def test_other_operators_are_not_modelled() -> None:
    """A test must not take silence for a match."""
    with pytest.raises(NotImplementedError, match="equality only"):
        passes([{"eventName": [{"prefix": "INS"}]}], record(1))
