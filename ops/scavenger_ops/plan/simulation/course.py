"""What a simulation has shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scavenger_ops.plan.simulation.arrivals import Disturbance, Scenario

# Lag is normal again where it is hardly above the highest of before.
HARDLY = 1.1


class Point(NamedTuple):
    """A moment, in seconds since the start, and the highest lag and backlog since the moment before.

    The lag is the age of the oldest record that is neither deleted nor kept, 0 without one. The backlog is the number
    of such records.
    """

    time_s: float
    lag_s: float
    backlog: int


@dataclass(frozen=True)
class Course:
    """The course of lag and backlog, and what became of the records of the whole stream.

    Most concurrent invocations is the highest mean between two moments. Given up is what Lambda puts into the failure
    bucket, undeleted. Recovered after is the time from the end of the disturbance until the lag is normal again: None
    if there is no disturbance, or no end of the lag.
    """

    scenario: Scenario
    points: tuple[Point, ...]
    disturbance: Disturbance | None
    inserted: int
    deleted: int
    quarantined: int
    given_up: int
    invocations: int
    most_concurrent_invocations: int
    backlog_at_the_end: int
    lag_at_the_end_s: float
    recovered_after_s: float | None

    @property
    def max_lag_s(self) -> float:
        """Give the highest lag."""
        return max(point.lag_s for point in self.points)


def recovered_after_s(points: Sequence[Point], disturbance: Disturbance | None) -> float | None:
    """Give the time from a disturbance's end until the lag is as before it, None if it never is."""
    if disturbance is None:
        return None
    normal_s = HARDLY * max(point.lag_s for point in points if point.time_s <= disturbance.begins_s)
    above = [point for point in points if point.time_s > disturbance.begins_s and point.lag_s > normal_s]
    if above and above[-1] is points[-1]:
        return None
    return max(0.0, above[-1].time_s - disturbance.ends_s) if above else 0.0
