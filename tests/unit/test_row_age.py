"""A row's age is read from whatever form of time people keep in it."""

from typing import Any

import pytest
from scavenger_ops.reconcile.duration import parse_duration
from scavenger_ops.reconcile.row_age import age_class, age_s

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    "value",
    [
        {"N": "1699996400"},
        {"N": "1699996400000"},
        {"N": "1699996400000000"},
        {"N": "1.6999964E+9"},
        {"S": "1699996400"},
        {"S": "2023-11-14T21:13:20Z"},
        {"S": "2023-11-14T21:13:20"},
        {"S": "2023-11-14T22:13:20+01:00"},
    ],
)
def test_every_usual_form_of_an_hour_ago_is_an_hour_ago(value: Any) -> None:
    """Seconds, milliseconds, microseconds, numbers as strings, and ISO 8601."""
    assert age_s({"createdAt": value}, "createdAt", NOW) == pytest.approx(3600)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"other": {"N": "1"}},
        *(
            {"createdAt": value}
            for value in (
                {"S": "yesterday"},
                {"S": ""},
                {"S": "nan"},
                {"S": "inf"},
                {"N": "-5"},
                {"N": "9E+125"},
                {"B": b"1699996400"},
                {"BOOL": True},
                {"S": "0001-01-01T00:00:00+14:00"},
            )
        ),
    ],
)
def test_whatever_is_no_time_has_no_age(row: Any) -> None:
    """It is not guessed: a row of unknown age is not deleted by default."""
    assert age_s(row, "createdAt", NOW) is None


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (None, "age unknown"),
        (-5, "under 1h"),
        (3599, "under 1h"),
        (3600, "1h to 1d"),
        (86_400, "1d to 7d"),
        (604_800, "over 7d"),
    ],
)
def test_ages_are_counted_in_classes(age: float | None, expected: str) -> None:
    """The limits belong to the older class."""
    assert age_class(age) == expected


def test_durations_are_read() -> None:
    """As people write them."""
    assert [parse_duration(text) for text in ("0", "90s", "15m", "1h", "2d")] == [0, 90, 900, 3600, 172_800]


@pytest.mark.parametrize("text", ["", "1", "h", "-1h", "1.5h", "1 h", "1w", "1h30m"])
def test_what_is_no_duration_is_an_error_that_says_what_is(text: str) -> None:
    """Nobody should have to guess a unit that decides what is deleted."""
    with pytest.raises(ValueError, match="is no duration: write a whole number and s, m, h or d"):
        parse_duration(text)
