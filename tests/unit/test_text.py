"""How the commands print numbers and durations."""

import pytest
from scavenger_ops.text import count, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
    ],
)
def test_a_duration_has_the_largest_unit_of_which_it_has_two(seconds: float, text: str) -> None:
    """So rounding loses little. A negative duration, from a clock that is ahead, is zero."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 records"), (1, "1 record"), (2, "2 records"), (1234, "1,234 records")]
)
def test_a_noun_is_singular_for_one(number: float, text: str) -> None:
    """Thousands have a comma."""
    assert count(number, "record") == text
