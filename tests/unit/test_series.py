"""What the points of a metric say about now if the newest have not arrived or there are few."""

from datetime import UTC, datetime, timedelta

import pytest
from scavenger_ops.status.series import MetricSeries

# In the middle of a minute, like most moments. The first whole minute of the window begins at 13:51.
AT = datetime(2026, 11, 23, 14, 5, 40, tzinfo=UTC)
START = AT - timedelta(minutes=15)
LAST_MINUTE = datetime(2026, 11, 23, 14, 4, tzinfo=UTC)


def ending(minutes_ago: int, *values: float) -> MetricSeries:
    """Return a metric with these values, one a minute. The last is `minutes_ago` before the last whole minute."""
    end = LAST_MINUTE - timedelta(minutes=minutes_ago)
    times = [end - timedelta(minutes=number) for number in reversed(range(len(values)))]
    return MetricSeries(tuple(zip(times, values, strict=True))).since(START)


@pytest.mark.parametrize("missing", range(5))
def test_a_rate_is_of_the_minutes_that_have_arrived(missing: int) -> None:
    """Up to three late points do not change it, and the fourth reduces it by a tenth."""
    rate = ending(missing, *[120.0] * 20).rate_a_minute(START, AT)
    assert rate == pytest.approx(120 if missing < 4 else 120 * 10 / 11)


def test_a_rate_counts_only_the_passed_part_of_the_current_minute() -> None:
    """The point of that minute is not complete."""
    assert ending(-1, *[120.0] * 14, 80.0).rate_a_minute(START, AT) == pytest.approx(120)


@pytest.mark.parametrize(("minutes_ago", "minutes"), [(0, 14), (3, 11), (10, 11), (13, 11)])
def test_the_rate_of_a_burst_is_an_average_of_the_window(minutes_ago: int, minutes: int) -> None:
    """The minutes without points before it count, and so do those after it that are too old for late points."""
    assert ending(minutes_ago, 154.0).rate_a_minute(START, AT) == pytest.approx(154 / minutes)


def test_the_minutes_before_the_first_points_of_a_deployment_count() -> None:
    """CloudWatch does not distinguish a new deployment from a quiet table."""
    assert ending(0, *[140.0] * 2).rate_a_minute(START, AT) == pytest.approx(280 / 14)


def test_a_window_that_begins_with_a_minute_includes_it() -> None:
    """Fifteen points are divided by fifteen minutes."""
    at = LAST_MINUTE + timedelta(minutes=1)
    start = at - timedelta(minutes=15)
    assert MetricSeries(tuple((start + timedelta(minutes=n), 7.0) for n in range(15))).rate_a_minute(start, at) == 7


def test_without_points_there_is_no_rate() -> None:
    """It is not zero, because nothing was measured."""
    assert MetricSeries().rate_a_minute(START, AT) is None
