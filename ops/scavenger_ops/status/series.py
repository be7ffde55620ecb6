"""The data points of a metric, and what they show about now: the newest may be missing, and a quiet table has few."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from scavenger_ops.status.thresholds import FAULT_FREE_S, RECENT_S

MINUTE = timedelta(minutes=1)
RECENT = timedelta(seconds=RECENT_S)
# How late a point may arrive: AWS promises no time. Lambda sends its metrics in intervals of a minute, and CloudWatch
# aggregates DynamoDB's in the same (monitoring-metrics.html, metrics-dimensions.html): a minute to end, one to be sent,
# and one to spare. A point that is missing for longer was never sent.
ARRIVAL = timedelta(minutes=3)
# AWS ends an invocation after this time. An invocation publishes its metrics at its end.
LONGEST_INVOCATION = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """The data points of a metric, oldest first: the begin of each period, and its value.

    The values of several tables or mappings are added up. `parts` has the series of each, by its name.
    """

    points: tuple[tuple[datetime, float], ...] = ()
    parts: Mapping[str, "MetricSeries"] = field(default_factory=dict)

    def of(self, name: str) -> "MetricSeries":
        """Return the series of one table or mapping. That is the whole series if it has no parts."""
        return self.parts.get(name, MetricSeries()) if self.parts else self

    @property
    def total(self) -> float | None:
        """The sum of all values, or None without points."""
        return sum(value for _, value in self.points) if self.points else None

    @property
    def maximum(self) -> float | None:
        """The highest value, or None without points."""
        return max((value for _, value in self.points), default=None)

    @property
    def latest(self) -> float | None:
        """The newest value, or None without points."""
        return self.points[-1][1] if self.points else None

    @property
    def latest_at(self) -> datetime | None:
        """The begin of the newest period, or None without points."""
        return self.points[-1][0] if self.points else None

    @property
    def nonzero_times(self) -> tuple[datetime, ...]:
        """The begin of each period with a value above zero, oldest first."""
        return tuple(time for time, value in self.points if value > 0)

    @property
    def is_over(self) -> bool:
        """Whether only zeros follow the newest value above zero, for as long as FAULT_FREE_S says.

        A missing point does not count as a zero.
        """
        times = self.nonzero_times
        if not times:
            return False
        longest_pause = max((later - time for time, later in pairwise(times)), default=timedelta(0))
        pause = self.points[-1][0] - times[-1]
        return pause >= timedelta(seconds=FAULT_FREE_S) and pause > longest_pause

    def since(self, start: datetime) -> "MetricSeries":
        """Return the points from `start` on."""
        parts = {name: part.since(start) for name, part in self.parts.items()}
        return MetricSeries(tuple(point for point in self.points if point[0] >= start), parts)

    def rate_a_minute(self, start: datetime, at: datetime) -> float | None:
        """Return the average per minute from `start` to `at`, or None without points. There is one point a minute.

        The average leaves out the end that has not arrived: the time after the newest point, at most ARRIVAL.
        """
        if not self.points:
            return None
        arrived = min(max(self.points[-1][0] + MINUTE, _minute_of(at - ARRIVAL)), at)
        # A point is at the begin of its minute, so the first one is that of the first whole minute.
        first = start if start == _minute_of(start) else _minute_of(start) + MINUTE
        return sum(value for _, value in self.points) / ((arrived - first) / MINUTE)


def _minute_of(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)
