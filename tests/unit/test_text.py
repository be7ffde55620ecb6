"""Numbers, times and amounts of money are written with the digits that tell the reader something."""

import pytest
from scavenger_ops.text import count, duration, estimate, figure, seconds, usd


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1234.5, "1,234"),
        (40.0, "40"),
        (4.26, "4.3"),
        (0.0123, "0.012"),
        (99.6, "100"),
        (1, "1"),
        (1e6, "1,000,000"),
    ],
)
def test_a_figure_has_two_digits_that_say_something(number: float, text: str) -> None:
    """If it has more than two before the point, it has all of those."""
    assert figure(number) == text


def test_times_and_money_are_written_in_units_that_fit() -> None:
    """Times are in milliseconds, seconds and hours. Amounts below a thousand dollars have cents."""
    assert [seconds(0.0395), seconds(4.26), seconds(60.3), seconds(72_000)] == ["40 ms", "4.3 s", "60 s", "20 h"]
    assert [usd(0.5), usd(18.966), usd(1705.96)] == ["$0.50", "$18.97", "$1,706"]


def test_a_duration_is_in_the_largest_unit_that_fits_twice() -> None:
    """A time below zero comes from a clock that is ahead."""
    times_s = (-3, 0, 119, 120, 7199, 7200, 172_799, 172_800)
    assert [duration(time_s) for time_s in times_s] == [
        "0 s",
        "0 s",
        "119 s",
        "2 min",
        "119 min",
        "2 h",
        "47 h",
        "2 days",
    ]


def test_a_count_has_its_noun_in_the_singular_for_one() -> None:
    """Any other number has the plural, zero too."""
    assert [count(0, "row"), count(1, "row"), count(1234, "row")] == ["0 rows", "1 row", "1,234 rows"]


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0.5, "0.5 s"), (28, "28 s"), (119, "119 s"), (264, "4.4 min"), (34_000, "9.4 h"), (3e5, "3.5 days")],
)
def test_an_estimate_has_two_digits(time_s: float, text: str) -> None:
    """A run of 3.9 days is not one of three."""
    assert estimate(time_s) == text
