"""How far the function is behind, and whether it catches up: a pure function of the lag of the last 15 minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from scavenger_ops.status.series import ARRIVAL, MINUTE, Series

# Less than that in 15 minutes is no sign that it catches up. The alarm iterator-age in modules/monitoring/alarms.tf has
# the same limit.
LEAST_FALL = MINUTE


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the function is behind, was 15 minutes ago and was at most; how old the newest point is, and may be."""

    now: timedelta
    then: timedelta
    most: timedelta
    age: timedelta
    fresh: timedelta

    @property
    def is_of_now(self) -> bool:
        """Whether the newest point is young enough to tell of now."""
        return self.age <= self.fresh

    @property
    def is_falling(self) -> bool:
        """Whether the function catches up. Of one point alone, or an old one, it is not known."""
        return self.is_of_now and self.then - self.now > LEAST_FALL


def measure_lag(lag_ms: Series | None, at: datetime, timeout_s: int) -> Lag | None:
    """Return the lag at a moment; None if it is not known, or nothing was invoked.

    A newest point tells of now as long as, beside its time to arrive, there may be one invocation, which a point comes
    after, and another that is under way.
    """
    if lag_ms is None or not lag_ms.points:
        return None
    points = [(time, timedelta(milliseconds=value)) for time, value in lag_ms.points]
    fresh = ARRIVAL + 2 * timedelta(seconds=timeout_s)
    oldest_at, newest_at = points[0][0], points[-1][0]
    # The metric mixes all shards: a minute in which the one that is behind was not invoked shows only the others.
    span = fresh if _is_of_several_shards(points) else timedelta(0)
    return Lag(
        now=max(lag for time, lag in points if newest_at - time <= span),
        then=max(lag for time, lag in points if time - oldest_at <= span),
        most=max(lag for _, lag in points),
        age=at - newest_at,
        fresh=fresh,
    )


def _is_of_several_shards(points: list[tuple[datetime, timedelta]]) -> bool:
    """Return whether the lag rises faster than time passes. That of one shard, in order, cannot."""
    return any(later - lag > later_at - time + MINUTE for (time, lag), (later_at, later) in pairwise(points))
