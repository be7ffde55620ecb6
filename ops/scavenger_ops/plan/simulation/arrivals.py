"""What comes into the stream in a scenario, and what disturbs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.plan.pipeline import Load

Scenario = Literal["steady", "burst", "throttled", "poison"]

# What the mapping's filter sees of a record. No row can be deleted for a bad one, which is told by being this object.
GOOD: dict[str, Any] = {"eventName": "INSERT"}
BAD: dict[str, Any] = {"eventName": "INSERT"}
BAD_SHARE = 0.5

# The same for every duration, so that courses can be compared.
DISTURBANCE_S = 600.0
LONGEST_BURST_S = 3600.0
BURST_SHARE = 1 / 6
# By then it is seen what is normal, and there is time left to recover.
BEGINS_AFTER_SHARE = 1 / 4


@dataclass(frozen=True)
class Disturbance:
    """When something is out of the ordinary, in seconds since the start."""

    begins_s: float
    ends_s: float

    def is_on(self, time_s: float) -> bool:
        """Say whether it lasts at a moment."""
        return self.begins_s <= time_s < self.ends_s


def find_disturbance(scenario: Scenario, duration_s: float) -> Disturbance | None:
    """Give when a scenario departs from the steady load."""
    if scenario == "steady":
        return None
    begins_s = duration_s * BEGINS_AFTER_SHARE
    lasts_s = min(LONGEST_BURST_S, duration_s * BURST_SHARE) if scenario == "burst" else DISTURBANCE_S
    return Disturbance(begins_s, begins_s + lasts_s)


@dataclass(frozen=True)
class Arrivals:
    """A load in a scenario."""

    load: Load
    scenario: Scenario
    disturbance: Disturbance | None

    def inserts_a_second(self, time_s: float) -> float:
        """Give the inserts a second at a moment, of all shards together."""
        is_peak = self.scenario == "burst" and self._is_disturbed(time_s)
        return self.load.peak_inserts_a_second if is_peak else self.load.inserts_a_second

    def bad_share(self, time_s: float) -> float:
        """Give the share of the records at a moment for which no row can be deleted."""
        return BAD_SHARE if self.scenario == "poison" and self._is_disturbed(time_s) else 0.0

    def is_throttled(self, time_s: float) -> bool:
        """Say whether the staging table takes less than it is made for at a moment."""
        return self.scenario == "throttled" and self._is_disturbed(time_s)

    def _is_disturbed(self, time_s: float) -> bool:
        return self.disturbance is not None and self.disturbance.is_on(time_s)


def count_bad(runs: Sequence[RecordRun]) -> int:
    """Count the records for which no row can be deleted."""
    return sum(run.count for run in runs if run.body is BAD)
