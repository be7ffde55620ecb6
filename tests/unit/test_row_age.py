"""A row's age is read from every usual form of time."""

from typing import Any

import pytest
from reconciler.row_age import RowAge, age_class, age_of
from scavenger_ops.duration import parse_duration

# 2026-11-25, 12:00 UTC.
NOW = 1_795_608_000.0
HOUR_S, DAY_S = 3600, 86_400


@pytest.mark.parametrize(
    "value",
    [
        {"N": "1795604400"},
        {"N": "1795604400000"},
        {"N": "1795604400000000"},
        {"N": "1.7956044E+9"},
        {"S": "1795604400"},
        {"S": "1795604400.0"},
        {"S": "1795604400000"},
        {"S": "2026-11-25T11:00:00Z"},
        {"S": "2026-11-25T11:00Z"},
        {"S": "2026-11-25 11:00:00.000+00:00"},
        {"S": "20261125T110000Z"},
        {"S": "2026-11-25T12:00:00+01:00"},
        {"S": "2026-11-25T11:00:00.123456789Z"},
    ],
)
def test_every_usual_form_of_time_is_read(value: Any) -> None:
    """The forms are seconds, milliseconds, microseconds, numbers as strings, and ISO 8601 with a zone."""
    age = age_of({"createdAt": value}, "createdAt", NOW)
    assert age is not None
    assert age.seconds == pytest.approx(HOUR_S, abs=0.2)
    assert age.has_zone


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        ("2026-11-25T11:00:00", -11 * HOUR_S),
        ("2026-11-24T11:00:00", 13 * HOUR_S),
        ("2026-11-25", -24 * HOUR_S),
        ("2026-11-01", 23 * DAY_S),
    ],
)
def test_a_time_without_a_zone_is_read_as_the_latest_possible(text: str, expected_s: float) -> None:
    """It may be of the zone that reaches that time last; and a date may mean the last moment of the day."""
    assert age_of({"createdAt": {"S": text}}, "createdAt", NOW) == RowAge(expected_s, has_zone=False)


NO_TIMES: dict[str, Any] = {
    "nothing": {},
    "another attribute": {"other": {"N": "1795604400"}},
    "a word": {"createdAt": {"S": "yesterday"}},
    "an empty text": {"createdAt": {"S": ""}},
    "not a number": {"createdAt": {"S": "nan"}},
    "infinity": {"createdAt": {"S": "inf"}},
    "below zero": {"createdAt": {"N": "-5"}},
    "the greatest number": {"createdAt": {"N": "9E+125"}},
    "binary": {"createdAt": {"B": b"1795604400"}},
    "a boolean": {"createdAt": {"BOOL": True}},
    "not an attribute value": {"createdAt": "1795604400"},
    "the year 1": {"createdAt": {"S": "0001-01-01T00:00:00+14:00"}},
    "the year 9999": {"createdAt": {"S": "9999-12-31T23:59:59-23:59"}},
    "two days ahead": {"createdAt": {"N": str(int(NOW) + 2 * DAY_S)}},
    "two days ahead, ISO": {"createdAt": {"S": "2026-11-27T13:00:00Z"}},
    "before September 2001": {"createdAt": {"N": "999999999"}},
    "a day as a number": {"createdAt": {"N": "20261125"}},
    "a day as digits": {"createdAt": {"S": "20261125"}},
    "YYYYMMDDHHMM": {"createdAt": {"N": "202611250146"}},
    "YYYYMMDDHHMM, text": {"createdAt": {"S": "202611250146"}},
    "YYYYMMDDHHMMSS": {"createdAt": {"N": "20261125014600"}},
    "YYMMDDHHMMSS": {"createdAt": {"N": "261125014600"}},
    "YYMMDDHHMM": {"createdAt": {"N": "2611250146"}},
    "YYYYMMDDHH": {"createdAt": {"S": "2026112501"}},
    "hundredths of seconds": {"createdAt": {"N": "179560440000"}},
    "tenths of seconds": {"createdAt": {"N": "17956044000"}},
    "tenths of milliseconds": {"createdAt": {"N": "17956044000000"}},
    "nanoseconds": {"createdAt": {"N": "1795604400000000000"}},
    "a counter of 12 digits": {"createdAt": {"N": "100000000017"}},
    "a telephone number": {"createdAt": {"S": "4915112345678"}},
    "another telephone number": {"createdAt": {"N": "15551234567"}},
    "with a zero before it": {"createdAt": {"S": "01795604400"}},
    "with underscores": {"createdAt": {"S": "1_795_604_400"}},
    "with spaces": {"createdAt": {"S": " 1795604400 "}},
    "other digits": {"createdAt": {"S": "\u0661\u0667\u0669\u0665\u0666\u0660\u0664\u0664\u0660\u0660"}},
    "a week": {"createdAt": {"S": "2026-W48-3"}},
    "a time of day": {"createdAt": {"S": "11:00:00Z"}},
    "a month": {"createdAt": {"S": "2026-11"}},
    "a day that does not exist": {"createdAt": {"S": "2026-02-30T11:00:00Z"}},
}


@pytest.mark.parametrize("row", NO_TIMES.values(), ids=NO_TIMES)
def test_other_values_have_no_age(row: Any) -> None:
    """The age is not guessed: a row of unknown age is not deleted by default."""
    assert age_of(row, "createdAt", NOW) is None


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
def test_each_age_has_a_class(age: float | None, expected: str) -> None:
    """The limits belong to the older class."""
    assert age_class(None if age is None else RowAge(age)) == expected


def test_durations_are_read() -> None:
    """They have the forms that people write."""
    assert [parse_duration(text) for text in ("0", "90s", "15m", "1h", "2d")] == [0, 90, 900, 3600, 172_800]


@pytest.mark.parametrize("text", ["", "1", "h", "-1h", "1.5h", "1 h", "1w", "1h30m"])
def test_another_duration_is_an_error_with_the_accepted_forms(text: str) -> None:
    """Nobody should have to guess a unit that decides what is deleted."""
    with pytest.raises(ValueError, match=r"is not a duration\. Use a whole number and s, m, h or d"):
        parse_duration(text)
