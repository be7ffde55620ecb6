"""What a simulation returns: how lag and backlog went over the time, and what happened to the records."""

from dataclasses import dataclass
from typing import NamedTuple

from scavenger_ops.plan.load import ScenarioName
from scavenger_ops.plan.scenario import Disturbance
from scavenger_ops.text import count, seconds

# The lag is normal again where it is hardly above the highest of before.
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
class Timeline:
    """How lag and backlog went, and what happened to the records of the whole stream; the fields are the JSON's keys.

    `most_concurrent_invocations` is the highest mean between two moments. `retries_exhausted` are the records that
    Lambda sent to the failure bucket. `recovered_after_s` is the time from the end of the disturbance until the lag is
    normal again: None if there is no disturbance, or the lag does not end.
    """

    scenario: ScenarioName
    points: tuple[Point, ...]
    disturbance: Disturbance | None
    inserted: int
    deleted: int
    quarantined: int
    retries_exhausted: int
    invocations: int
    most_concurrent_invocations: int
    backlog_at_the_end: int
    lag_at_the_end_s: float
    recovered_after_s: float | None

    @property
    def max_lag_s(self) -> float:
        """Return the highest lag."""
        return max(point.lag_s for point in self.points)

    @property
    def keeps_up(self) -> bool:
        """Return whether no record goes to the failure bucket, and the lag is normal, or normal again, at the end."""
        is_normal = not self._grows() if self.disturbance is None else self.recovered_after_s is not None
        return is_normal and not self.retries_exhausted

    @property
    def verdict(self) -> str:
        """Return how it went, in a sentence."""
        if self.retries_exhausted:
            records = count(self.retries_exhausted, "record")
            return f"{records} went to the failure bucket: retries were exhausted, or the records were too old."
        if self.disturbance is None:
            lag = f"grows: it is {seconds(self.lag_at_the_end_s)} at the end" if self._grows() else self._at_most()
            return f"The lag {lag}."
        if self.recovered_after_s is None:
            return "The lag was not normal again by the end."
        if self.recovered_after_s == 0:
            return "The lag was normal again as soon as the disturbance was over."
        return f"The lag was normal again {seconds(self.recovered_after_s)} after the disturbance."

    def _at_most(self) -> str:
        return f"is {seconds(self.max_lag_s)} at most"

    def _grows(self) -> bool:
        """Return whether the lag is higher in the second half than it was in the first."""
        half = len(self.points) // 2
        first, second = (max(point.lag_s for point in part) for part in (self.points[:half], self.points[half:]))
        return second > HARDLY * first
