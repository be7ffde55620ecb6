"""The local AWS filters records as AWS does, as far as that is known."""

import json
from typing import Any

import pytest
from scavenger_ops.local.record_filter import wanted_records

PROCESSED = {"dynamodb": {"NewImage": {"status": {"S": ["PROCESSED"]}}}}
ANY_CASE = {"dynamodb": {"NewImage": {"status": {"S": [{"equals-ignore-case": "processed"}]}}}}
NOT_NEW = {"dynamodb": {"NewImage": {"status": {"S": [{"anything-but": ["NEW"]}]}}}}
INSERTED = {"eventName": ["INSERT"]}
EITHER = {"$or": [PROCESSED, {"eventName": ["MODIFY"]}]}
# It is not known how AWS compares numbers.
OF_NUMBERS = {"dynamodb": {"NewImage": {"total": {"N": [{"numeric": [">", 5]}]}}}}


def record(status: str | None, event: str = "INSERT", total: str = "0") -> dict[str, Any]:
    """Return a record of a message, perhaps with a status."""
    image = {"total": {"N": total}} | ({"status": {"S": status}} if status else {})
    return {"eventName": event, "dynamodb": {"NewImage": image}}


RECORDS = [record("PROCESSED"), record("processed", total="6"), record("NEW", "MODIFY"), record(None)]


def mapping(*patterns: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping with a filter, or with an empty one, as Terraform's provider sends it."""
    return {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]}}


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ((), [0, 1, 2, 3]),
        ((PROCESSED,), [0]),
        ((PROCESSED, {"eventName": ["MODIFY"]}), [0, 2]),
        ((ANY_CASE,), [0, 1]),
        ((EITHER,), [0, 2]),
        ((NOT_NEW,), [0, 1]),
        ((INSERTED,), [0, 1, 3]),
        ((OF_NUMBERS,), [1]),
    ],
)
def test_records_that_match_a_pattern_are_wanted(patterns: tuple[dict[str, Any], ...], expected: list[int]) -> None:
    """An attribute that is not there is not anything but a value."""
    assert wanted_records(RECORDS, mapping(*patterns)) == [RECORDS[place] for place in expected]


# As in docs/reference/inputs-and-outputs.md: only the change to PROCESSED, and inserts.
TRANSITION = {
    "dynamodb": {
        "NewImage": {"status": {"S": ["PROCESSED"]}},
        "OldImage": {"status": {"S": [{"anything-but": ["PROCESSED"]}, {"exists": False}]}},
    }
}


@pytest.mark.parametrize(
    ("old", "is_wanted"),
    [
        (None, True),
        ({"status": {"S": "RECEIVED"}}, True),
        ({"status": {"S": "PROCESSED"}}, False),
        ({"total": {"N": "0"}}, True),
        ({"status": {"N": "5"}}, True),
    ],
    ids=["an insert", "the change", "a later touch", "a status that is new", "a status that was a number"],
)
def test_a_later_touch_of_a_message_is_no_transition(old: dict[str, Any] | None, is_wanted: bool) -> None:  # noqa: FBT001 - a parameter of the cases
    """The conditions of a list are alternatives. An image that is missing has no attribute."""
    touched = record("PROCESSED", "INSERT" if old is None else "MODIFY")
    if old is not None:
        touched["dynamodb"]["OldImage"] = old
    assert (wanted_records([touched], mapping(TRANSITION)) == [touched]) == is_wanted


def test_without_a_filter_all_records_are_wanted() -> None:
    """The mapping has none, or an empty one."""
    assert wanted_records(RECORDS, {}) == RECORDS
    assert wanted_records(RECORDS, {"FilterCriteria": None}) == RECORDS
