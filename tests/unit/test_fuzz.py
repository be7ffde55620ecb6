"""For any JSON event, each record is deleted, ignored or quarantined, or the function raises a clear error."""

import copy
import json
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model.delete_calls import DeleteItemCall
from model.item_identity import identity
from model.staged_rows import StagedRows
from scavenger import failure_bucket
from scavenger.handler import make_handler
from scavenger.keys import key_identity
from scavenger.records import EventError, change_of
from scavenger.settings import KeyedTable, Settings
from scavenger_ops.plan.write_capacity import WriteCapacity
from support.context import make_context
from support.dynamodb import FakeDynamoDB, client_error
from support.events import KEY_TYPES, event, key, quarantined, record
from support.failure_bucket import FakeBucket

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SETTINGS = Settings(KeyedTable("staging", KEY_TYPES), "failures", 2)
MATCHING = replace(SETTINGS, match_attributes={"receivedAt": "arrivedAt"})

# With halves of surrogate pairs: JSON can have them.
TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
# Values that are likely to be valid somewhere in a record.
LIKELY = st.sampled_from(["INSERT", "MODIFY", "REMOVE", "S", "N", "B", "1001", "", "1e400", "AP8=", {"S": "1"}, {}])

INTACT = st.integers(0, 5).map(record)


@st.composite
def damaged_records(draw: st.DrawFn, records: st.SearchStrategy[Any] = INTACT) -> Any:
    """Draw a valid record in which a few values are replaced, removed or added."""
    damaged = copy.deepcopy(draw(records))
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

# Values that a row may have, in the form of an event and in that of a request.
ROW_VALUES = ({"S": "1"}, {"S": ""}, {"N": "1"}, {"B": "MQ=="}, {"BOOL": False}, {"NULL": True})
SENT_VALUES = ({"S": "1"}, {"S": ""}, {"N": "1"}, {"B": b"1"}, {"BOOL": False}, {"NULL": True})
# What a message may have where the value is that its row must equal.
TYPES = st.sampled_from(["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"])
MATCH_VALUES = st.sampled_from([*ROW_VALUES, {"N": "01.0"}]) | st.dictionaries(TYPES, LIKELY | JSON, max_size=2) | JSON
REPORTS = st.builds(
    lambda number, value: record(number, NewImage={**key(number), "arrivedAt": value}), st.integers(0, 5), MATCH_VALUES
)


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


class MatchingTable:
    """A table whose rows have a value that a message's value must equal."""

    def __init__(self, values: list[int]) -> None:
        """Stage a row for each value, which is named by its place in SENT_VALUES."""
        self.flaws: list[AssertionError] = []
        self.rows = StagedRows(lambda: 0.0, WriteCapacity(lambda: 0.0, 1e9, 1e9))
        for number, value in enumerate(values):
            self.rows.stage(key(number), {"receivedAt": SENT_VALUES[value]})

    def delete_item(self, **request: Any) -> dict[str, Any]:
        """Check that a request is valid, and answer it."""
        try:
            call = DeleteItemCall(self.rows, Random(1), **request)  # noqa: S311 - no chance is involved
        except AssertionError as flaw:
            # Not raised: the function would take it for an error of the network, and try again for a minute.
            self.flaws.append(flaw)
            return {"ConsumedCapacity": {"TableName": "staging", "CapacityUnits": 1.0}}
        if call.is_rejected():
            raise client_error("ValidationException")
        return call.carry_out()


def is_equal(message_value: Any, row_value: dict[str, Any]) -> bool:
    """Return whether the two are equal for DynamoDB: type and value, numbers by value."""
    if isinstance(message_value, dict) and message_value.keys() == row_value.keys() == {"N"}:
        with suppress(ArithmeticError, TypeError, ValueError):
            return Decimal(message_value["N"]) == Decimal(row_value["N"])
    # Not the values themselves: to Python, False is 0.
    return json.dumps(message_value) == json.dumps(row_value)


def reports(candidate: Any, number: int, row_value: dict[str, Any]) -> bool:
    """Return whether a record reports the row with this number, and this value."""
    with suppress(AttributeError, KeyError, TypeError):
        change = candidate["dynamodb"]
        is_key = key_identity(change["Keys"]) == key_identity(key(number))
        return is_key and is_equal(change["NewImage"]["arrivedAt"], row_value)
    return False


def is_compared(candidate: Any, table: MatchingTable, kept: list[Any]) -> bool:
    """Return whether a record's row was compared, or the record is quarantined, ignored or has no change."""
    change = change_of(candidate)
    if change is None or candidate.get("eventName") in ("MODIFY", "REMOVE"):
        return True
    return quarantined(candidate, "arrivedAt") in kept or identity(change["Keys"]) in {
        one for one, _ in table.rows.checks
    }


@given(
    st.lists(REPORTS | damaged_records(REPORTS) | JSON, min_size=10, max_size=40),
    st.lists(st.integers(0, len(ROW_VALUES) - 1), min_size=6, max_size=6),
)
def test_whatever_a_message_has_to_compare_only_an_equal_row_is_deleted(anything: list[Any], values: list[int]) -> None:
    """No value raises anything else than a clear error, and every record is accounted for."""
    arrived = json.loads(json.dumps(event(*anything)))
    table, bucket = MatchingTable(values), FakeBucket()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failure_bucket, "s3_client", lambda: bucket)
        try:
            response = make_handler(MATCHING, cast("DynamoDBClient", table))(arrived, make_context())
        except EventError:
            assert not any(is_of_a_stream(each) for each in arrived["Records"])
            return
    assert response == {"batchItemFailures": []}
    assert table.flaws == []
    assert all(is_compared(each, table, bucket.records()) for each in arrived["Records"])
    removed = {each.key for each in table.rows.removed}
    for number, value in enumerate(values):
        is_reported = any(reports(each, number, ROW_VALUES[value]) for each in arrived["Records"])
        assert (identity(key(number)) in removed) <= is_reported
