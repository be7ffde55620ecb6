"""Whether the function catches up, by a lag whose points come late, are few, or are of several shards."""

from datetime import UTC, datetime, timedelta

import pytest
from scavenger_ops.status.lag import LagMeasurement, measure_lag
from scavenger_ops.status.series import MetricSeries

AT = datetime(2026, 11, 23, 14, 5, 40, tzinfo=UTC)


def measure(hours: dict[int, float]) -> LagMeasurement:
    """Return the lag that these hours make, by how many minutes ago their points are."""
    points = sorted((AT - timedelta(minutes=minutes), value * 3_600_000) for minutes, value in hours.items())
    lag = measure_lag(MetricSeries(tuple(points)), AT, timeout_s=60)
    assert lag is not None
    return lag


@pytest.mark.parametrize("missing", range(4))
def test_a_lag_that_shrinks_is_falling(missing: int) -> None:
    """Even where the newest points have not arrived: here a quarter of an hour takes two hours to one."""
    lag = measure({minutes: 1 + minutes / 15 for minutes in range(1 + missing, 15)})
    assert lag.is_shrinking
    assert lag.maximum == timedelta(hours=1 + 14 / 15)
    assert lag.latest == timedelta(hours=1 + (1 + missing) / 15)


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param(dict.fromkeys(range(1, 15), 2.0), id="it stays"),
        pytest.param({minutes: 2 - minutes / 60 for minutes in range(1, 15)}, id="it grows"),
        pytest.param({minutes: 2 + minutes / 60 / 14 for minutes in range(1, 15)}, id="by less than a minute"),
        pytest.param({1: 2.0}, id="one point"),
        pytest.param({14: 3.0}, id="one old point"),
        pytest.param({minutes: 1 + minutes / 15 for minutes in range(6, 15)}, id="nothing for 6 minutes"),
        pytest.param({14: 3.0, 13: 2.5, 12: 2.0}, id="nothing for 12 minutes"),
    ],
)
def test_a_lag_is_not_known_to_fall(hours: dict[int, float]) -> None:
    """What is not invoked does not catch up, whatever the points before that say."""
    assert not measure(hours).is_shrinking


def test_a_point_of_five_minutes_ago_is_still_of_now() -> None:
    """It may be that old where each invocation takes a minute and its metric three to arrive."""
    assert measure({14: 3.0, 5: 2.0}).is_current
    assert not measure({14: 3.0, 6: 2.0}).is_current


def test_a_shard_that_is_behind_is_not_hidden_by_one_that_is_not() -> None:
    """Lag that rises faster than time is of several shards; then the minutes are taken together."""
    mixed = {minutes: 2.0 if minutes % 3 == 0 else 0.0 for minutes in range(1, 15)}
    assert measure(mixed).latest == timedelta(hours=2)
    assert not measure(mixed).is_shrinking
    catching_up = {minutes: 1 + minutes / 15 if minutes % 3 == 0 else 0.0 for minutes in range(1, 15)}
    assert measure(catching_up).latest == timedelta(hours=1.4)
    assert measure(catching_up).is_shrinking


def test_a_backlog_that_one_batch_clears_is_over_at_once() -> None:
    """A lag that only falls is taken by its newest point."""
    assert measure({2: 2.0, 1: 0.01}).latest == timedelta(hours=0.01)
    # Before that it rose by ten minutes in ten, give or take the minute of a point.
    assert measure({14: 0.0, 4: 10.5 / 60, 3: 0.01}).latest == timedelta(hours=0.01)


def test_without_points_there_is_no_lag() -> None:
    """Nor where the metric is not known."""
    assert measure_lag(MetricSeries(), AT, 60) is None
    assert measure_lag(None, AT, 60) is None
