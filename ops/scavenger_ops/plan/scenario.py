"""What happens at which time of a simulation: inserts, malformed records, and the deletes that the table can take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.plan.load import ScenarioName

# What the mapping's filter sees of a record. A malformed one is recognized by being this object.
WELL_FORMED: dict[str, Any] = {"eventName": "INSERT"}
MALFORMED: dict[str, Any] = {"eventName": "INSERT"}
MALFORMED_SHARE = 0.5

# The same for every duration, so that timelines can be compared.
DISTURBANCE_S = 600.0
LONGEST_BURST_S = 3600.0
BURST_SHARE = 1 / 6
# By then the normal lag has shown, and there is time left to recover.
BEGINS_AFTER_SHARE = 1 / 4

# How long a table keeps unused write units. On demand there is no limit, so it makes no difference.
# Source: burst-adaptive-capacity.html.
KEPT_S = 300.0
# Where there is no limit: more than any load, and a number that can be multiplied by any time.
NO_LIMIT = 1e15
# While it is throttled, the share of the average deletes that the table takes.
THROTTLED_SHARE = 0.1


@dataclass(frozen=True)
class Disturbance:
    """When something is out of the ordinary, in seconds since the start."""

    begins_s: float
    ends_s: float

    def is_on(self, time_s: float) -> bool:
        """Return whether it lasts at a moment."""
        return self.begins_s <= time_s < self.ends_s


def find_disturbance(scenario: ScenarioName, duration_s: float) -> Disturbance | None:
    """Return when a scenario departs from the steady load."""
    if scenario == "steady":
        return None
    begins_s = duration_s * BEGINS_AFTER_SHARE
    lasts_s = min(LONGEST_BURST_S, duration_s * BURST_SHARE) if scenario == "burst" else DISTURBANCE_S
    return Disturbance(begins_s, begins_s + lasts_s)


@dataclass(frozen=True)
class ScenarioRates:
    """The rates of a pipeline in a scenario, of all shards together."""

    capacity: Capacity
    scenario: ScenarioName
    disturbance: Disturbance | None

    def inserts_a_second(self, time_s: float) -> float:
        """Return the inserts a second at a moment."""
        load = self.capacity.load
        return load.peak_inserts_a_second if self._is_now("burst", time_s) else load.inserts_a_second

    def malformed_share(self, time_s: float) -> float:
        """Return the share of the records at a moment for which no row can be deleted."""
        return MALFORMED_SHARE if self._is_now("poison", time_s) else 0.0

    def is_throttled(self, time_s: float) -> bool:
        """Return whether the staging table takes less at a moment than it has write units for."""
        return self._is_now("throttled", time_s)

    def deletes_a_second(self, time_s: float) -> float:
        """Return the deletes a second that there are write units for at a moment, after the API's puts.

        Below zero, the puts take more than there is, and use up what was kept.
        """
        load = self.capacity.load
        puts = load.write_units(self.inserts_a_second(time_s))
        left = (self._write_units_a_second() - puts) / load.write_units_an_item
        return min(left, THROTTLED_SHARE * load.inserts_a_second) if self.is_throttled(time_s) else left

    def most_kept_deletes(self) -> float:
        """Return for how many deletes the table keeps unused write units, at most."""
        return KEPT_S * self._write_units_a_second() / self.capacity.load.write_units_an_item

    def _write_units_a_second(self) -> float:
        return min(NO_LIMIT, self.capacity.write_units_a_second)

    def _is_now(self, scenario: ScenarioName, time_s: float) -> bool:
        return self.scenario == scenario and self.disturbance is not None and self.disturbance.is_on(time_s)


def count_malformed(runs: Sequence[RecordRun]) -> int:
    """Count the records for which no row can be deleted."""
    return sum(run.count for run in runs if run.body is MALFORMED)
