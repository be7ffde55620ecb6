"""For any JSON event, each record is deleted, ignored or quarantined, or the function raises a clear error."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scavenger import failure_bucket
from scavenger.handler import make_handler
from scavenger.keys import key_identity
from scavenger.records import EventError, change_of
from scavenger.settings import KeyedTable, Settings
from support.context import make_context
from support.dynamodb import FakeDynamoDB
from support.events import KEY_TYPES, event, quarantined, record
from support.failure_bucket import FakeBucket

SETTINGS = Settings(KeyedTable("staging", KEY_TYPES), "failures", 2)

# With halves of surrogate pairs: JSON can have them.
TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
# Values that are likely to be valid somewhere in a record.
LIKELY = st.sampled_from(["INSERT", "MODIFY", "REMOVE", "S", "N", "B", "1001", "", "1e400", "AP8=", {"S": "1"}, {}])


@st.composite
def damaged_records(draw: st.DrawFn) -> Any:
    """Draw a valid record in which a few values are replaced, removed or added."""
    damaged = copy.deepcopy(draw(st.integers(0, 5).map(record)))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = damaged
        while place and draw(st.booleans()) and (inside := [each for each in place.values() if isinstance(each, dict)]):
            place = draw(st.sampled_from(inside))
        name = draw(st.sampled_from(sorted(place)) if place else TEXT)
        if draw(st.booleans()):
            place[name] = copy.deepcopy(draw(LIKELY | JSON))
        else:
            place.pop(name, None)
            place[draw(TEXT)] = draw(JSON)
    return damaged


EVENTS = JSON | st.lists(damaged_records() | JSON, max_size=40).map(lambda records: event(*records))


def is_of_a_stream(candidate: Any) -> bool:
    """Return whether something looks like a record of a DynamoDB stream, which may be damaged."""
    if not isinstance(candidate, dict):
        return False
    source = candidate.get("eventSource", candidate.get("EventSource"))
    return source == "aws:dynamodb" or (source is None and isinstance(candidate.get("dynamodb"), dict))


def is_processed(candidate: Any, deleted: list[Any], kept: list[Any]) -> bool:
    """Return whether a record's row was deleted, or the record is quarantined, ignored or has no change."""
    change = change_of(candidate)
    if change is None:
        return True
    if candidate.get("eventName") in ("MODIFY", "REMOVE"):
        return True
    return quarantined(candidate) in kept or key_identity(change["Keys"]) in map(key_identity, deleted)


@given(EVENTS)
def test_any_event_is_processed_completely_or_raises_a_clear_error(anything: Any) -> None:
    """Nothing else is raised, every record is accounted for, and every request is valid."""
    arrived = json.loads(json.dumps(anything))
    fake, bucket = FakeDynamoDB(), FakeBucket()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failure_bucket, "s3_client", lambda: bucket)
        try:
            response = make_handler(SETTINGS, fake.client)(arrived, make_context())
        except EventError:
            records = arrived.get("Records") if isinstance(arrived, dict) else None
            assert not isinstance(records, list) or not any(is_of_a_stream(each) for each in records)
            return
    assert response == {"batchItemFailures": []}
    kept = bucket.records()
    without_change = [each for each in arrived["Records"] if change_of(each) is None]
    assert len([each for each in kept if "dynamodb" not in each]) == len(without_change)
    assert all(is_processed(each, fake.deleted, kept) for each in arrived["Records"])
