"""The points of a metric, and what they say of now: the newest may be missing, and a quiet table has few."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

MINUTE = timedelta(minutes=1)
# What tells of now.
RECENT = timedelta(minutes=15)
# How late a point may arrive: AWS promises no time. Lambda sends its metrics in intervals of a minute, and CloudWatch
# aggregates DynamoDB's in the same (monitoring-metrics.html, metrics-dimensions.html): a minute to end, one to be sent,
# and one to spare. What is missing for longer than that is silence.
ARRIVAL = timedelta(minutes=3)
# AWS ends an invocation then, and what an invocation tells comes when it ends.
LONGEST_INVOCATION = timedelta(minutes=15)
# How long a fault must be followed by zeros to be over: one of an invocation that is under way may still come.
OVER = LONGEST_INVOCATION


@dataclass(frozen=True, slots=True)
class Series:
    """The points of a metric that there are, oldest first: when each period begins, and its value.

    Those of several tables or mappings are added up, and each one's are its part, by its name.
    """

    points: tuple[tuple[datetime, float], ...] = ()
    parts: Mapping[str, "Series"] = field(default_factory=dict)

    def of(self, name: str) -> "Series":
        """Return the part of a table or a mapping; the whole, where it is of one alone."""
        return self.parts.get(name, Series()) if self.parts else self

    @property
    def total(self) -> float | None:
        """The sum of all values."""
        return sum(value for _, value in self.points) if self.points else None

    @property
    def maximum(self) -> float | None:
        """The highest value."""
        return max((value for _, value in self.points), default=None)

    @property
    def latest(self) -> float | None:
        """The newest value."""
        return self.points[-1][1] if self.points else None

    @property
    def latest_at(self) -> datetime | None:
        """When the newest period begins."""
        return self.points[-1][0] if self.points else None

    @property
    def fault_times(self) -> tuple[datetime, ...]:
        """When the periods with a value above zero begin, oldest first."""
        return tuple(time for time, value in self.points if value > 0)

    @property
    def is_over(self) -> bool:
        """Whether only zeros follow the newest value above zero, for OVER and for longer than between any two of these.

        A missing point is no zero.
        """
        faults = self.fault_times
        if not faults:
            return False
        longest_pause = max((later - time for time, later in pairwise(faults)), default=timedelta(0))
        silence = self.points[-1][0] - faults[-1]
        return silence >= OVER and silence > longest_pause

    def since(self, start: datetime) -> "Series":
        """Return the part that begins then."""
        parts = {name: part.since(start) for name, part in self.parts.items()}
        return Series(tuple(point for point in self.points if point[0] >= start), parts)

    def rate_a_minute(self, start: datetime, at: datetime) -> float | None:
        """Return the average of a minute from `start` to `at`; None without points, of which there is one a minute.

        The end that has not arrived is left out: what comes after the newest point, if it is younger than ARRIVAL.
        """
        if not self.points:
            return None
        arrived = min(max(self.points[-1][0] + MINUTE, _minute_of(at - ARRIVAL)), at)
        # A point lies at the beginning of its minute, so the first is of the first whole one.
        first = start if start == _minute_of(start) else _minute_of(start) + MINUTE
        return sum(value for _, value in self.points) / ((arrived - first) / MINUTE)


def _minute_of(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)
