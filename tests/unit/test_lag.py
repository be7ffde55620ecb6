"""Whether the function catches up, if the points of the lag are late, few or of several shards."""

from datetime import UTC, datetime, timedelta

import pytest
from scavenger_ops.status.lag import LagMeasurement, measure_lag
from scavenger_ops.status.series import MetricSeries

AT = datetime(2026, 11, 23, 14, 5, 40, tzinfo=UTC)


def measure(hours: dict[int, float]) -> LagMeasurement:
    """Return the measurement of these lags in hours, each by how many minutes ago it was."""
    points = sorted((AT - timedelta(minutes=minutes), value * 3_600_000) for minutes, value in hours.items())
    lag = measure_lag(MetricSeries(tuple(points)), AT, timeout_s=60)
    assert lag is not None
    return lag


@pytest.mark.parametrize("missing", range(4))
def test_a_lag_that_shrinks_is_recognized(missing: int) -> None:
    """The newest points need not have arrived. Here it shrinks from two hours to one in 15 minutes."""
    lag = measure({minutes: 1 + minutes / 15 for minutes in range(1 + missing, 15)})
    assert lag.is_shrinking
    assert lag.maximum == timedelta(hours=1 + 14 / 15)
    assert lag.latest == timedelta(hours=1 + (1 + missing) / 15)


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param(dict.fromkeys(range(1, 15), 2.0), id="it stays the same"),
        pytest.param({minutes: 2 - minutes / 60 for minutes in range(1, 15)}, id="it grows"),
        pytest.param({minutes: 2 + minutes / 60 / 14 for minutes in range(1, 15)}, id="by less than a minute"),
        pytest.param({1: 2.0}, id="one point"),
        pytest.param({14: 3.0}, id="one old point"),
        pytest.param({minutes: 1 + minutes / 15 for minutes in range(6, 15)}, id="nothing for 6 minutes"),
        pytest.param({14: 3.0, 13: 2.5, 12: 2.0}, id="nothing for 12 minutes"),
    ],
)
def test_a_lag_is_not_known_to_shrink(hours: dict[int, float]) -> None:
    """A function that Lambda does not invoke does not catch up, even if earlier points say so."""
    assert not measure(hours).is_shrinking


def test_a_point_of_five_minutes_ago_is_still_current() -> None:
    """It may be that old if each invocation takes a minute, and its metric three more to arrive."""
    assert measure({14: 3.0, 5: 2.0}).is_current
    assert not measure({14: 3.0, 6: 2.0}).is_current


def test_a_shard_does_not_hide_another_that_is_behind() -> None:
    """A lag that rises faster than time passes is that of several shards. Several minutes count together then."""
    mixed = {minutes: 2.0 if minutes % 3 == 0 else 0.0 for minutes in range(1, 15)}
    assert measure(mixed).latest == timedelta(hours=2)
    assert not measure(mixed).is_shrinking
    catching_up = {minutes: 1 + minutes / 15 if minutes % 3 == 0 else 0.0 for minutes in range(1, 15)}
    assert measure(catching_up).latest == timedelta(hours=1.4)
    assert measure(catching_up).is_shrinking


def test_a_backlog_that_one_batch_clears_is_over_at_once() -> None:
    """For a lag that only shrinks, the newest point counts."""
    assert measure({2: 2.0, 1: 0.01}).latest == timedelta(hours=0.01)
    # Before that it rose by ten minutes in ten minutes. A point may be a minute off.
    assert measure({14: 0.0, 4: 10.5 / 60, 3: 0.01}).latest == timedelta(hours=0.01)


def test_without_points_there_is_no_lag() -> None:
    """There is none either if the metric is not known."""
    assert measure_lag(MetricSeries(), AT, 60) is None
    assert measure_lag(None, AT, 60) is None
