"""How far the function is behind, and whether it catches up: a pure function of the lag of the last 15 minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from scavenger_ops.status.series import ARRIVAL, MINUTE, MetricSeries
from scavenger_ops.status.thresholds import LAG_DECREASE_S, LAG_S


@dataclass(frozen=True, slots=True)
class LagMeasurement:
    """How far the function is behind.

    `latest` is the lag now, `earliest` that of 15 minutes ago, `maximum` the highest between them. `age` is the age of
    the newest point. Up to `current_age`, that point still shows the lag of now.
    """

    latest: timedelta
    earliest: timedelta
    maximum: timedelta
    age: timedelta
    current_age: timedelta

    @property
    def is_current(self) -> bool:
        """Whether the newest point is young enough to show the lag of now."""
        return self.age <= self.current_age

    @property
    def is_shrinking(self) -> bool:
        """Whether the function catches up. A single point, or an old one, cannot show it."""
        return self.is_current and self.earliest - self.latest > timedelta(seconds=LAG_DECREASE_S)

    @property
    def is_long(self) -> bool:
        """Whether the function is behind by more than the threshold."""
        return self.latest > timedelta(seconds=LAG_S)


def measure_lag(lag_ms: MetricSeries | None, at: datetime, timeout_s: int) -> LagMeasurement | None:
    """Return the lag at a moment, or None if it is not known or nothing was invoked.

    The newest point shows the lag of now for the time that a point needs to arrive plus two invocations: the point
    comes after the first, and the second is in progress.
    """
    if lag_ms is None or not lag_ms.points:
        return None
    points = [(time, timedelta(milliseconds=value)) for time, value in lag_ms.points]
    current_age = ARRIVAL + 2 * timedelta(seconds=timeout_s)
    oldest_at, newest_at = points[0][0], points[-1][0]
    # The metric mixes all shards: a minute in which the shard that is behind was not invoked shows only the others.
    span = current_age if _has_several_shards(points) else timedelta(0)
    return LagMeasurement(
        latest=max(lag for time, lag in points if newest_at - time <= span),
        earliest=max(lag for time, lag in points if time - oldest_at <= span),
        maximum=max(lag for _, lag in points),
        age=at - newest_at,
        current_age=current_age,
    )


def _has_several_shards(points: list[tuple[datetime, timedelta]]) -> bool:
    """Return whether the lag rises faster than time passes. The lag of a single shard, in order, cannot."""
    return any(later - lag > later_at - time + MINUTE for (time, lag), (later_at, later) in pairwise(points))
