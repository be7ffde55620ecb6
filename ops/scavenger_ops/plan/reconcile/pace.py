"""The second stage: how fast the rows are compared, what bounds that, and how long the run takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Literal, NamedTuple

from reconciler.segments import choose_segments, choose_workers
from reconciler.units import UnitsASecond

from scavenger_ops.plan.capacity import WRITE_UNITS_OF_A_PARTITION
from scavenger_ops.plan.function_cost import Measured
from scavenger_ops.plan.reconcile.load import ReconcileLoad, ReconcileSettings
from scavenger_ops.plan.reconcile.worker import rows_a_second

# An invocation works for a third of the default timeout, then the next one continues: lambda_src/reconciler.
INVOCATION_S = 300
# From one invocation to the next, by assumption: the state machine's transitions, the start of Lambda, the settings.
HAND_OVER_S = 0.5
# What one partition of a table can do in a second. A segment of the scan reads few partitions at a time, by assumption
# one, and the look-ups may be in one, too. Source: bp-partition-key-design.html.
READ_UNITS_OF_A_PARTITION = 3_000

# Of a child execution: an invocation is a task with five events and a choice with two; besides, the execution begins
# and ends, and so does its last state. Source: API_HistoryEvent.html.
EVENTS_AN_INVOCATION = 7
EVENTS_BESIDES = 4
# Source: service-quotas.html of Step Functions.
MOST_EVENTS = 25_000
MOST_EXECUTION_S = 365 * 24 * 3600

BoundName = Literal["max_read_units", "max_write_units", "workers", "partitions"]


class PaceLimit(NamedTuple):
    """What bounds the rows a second of all workers together, and at how many."""

    name: BoundName
    rows_a_second: float


@dataclass(frozen=True)
class ReconcilePace:
    """How a run goes: its segments, workers, limits (the tightest first), and the invocations of a segment."""

    load: ReconcileLoad
    settings: ReconcileSettings
    segments: int
    workers: int
    limits: tuple[PaceLimit, ...]

    @property
    def rows_a_second(self) -> float:
        """Return the rows a second of all workers together, while all have a segment."""
        return self.limits[0].rows_a_second

    @property
    def busy_s_a_segment(self) -> float:
        """Return how long a worker works on a segment, which includes the time that it waits for its share of units."""
        return self.load.rows / self.segments / (self.rows_a_second / self.workers)

    @property
    def invocations_a_segment(self) -> int:
        """Return the invocations that continue each other."""
        return ceil(self.busy_s_a_segment / INVOCATION_S)

    @property
    def segment_s(self) -> float:
        """Return how long a segment takes."""
        return self.busy_s_a_segment + self.invocations_a_segment * HAND_OVER_S

    @property
    def duration_s(self) -> float:
        """Return how long the run takes: the segments one after the other, as many at a time as there are workers."""
        return ceil(self.segments / self.workers) * self.segment_s

    @property
    def has_room_for_events(self) -> bool:
        """Return whether each child execution ends before its history is full."""
        return self.invocations_a_segment * EVENTS_AN_INVOCATION + EVENTS_BESIDES <= MOST_EVENTS

    @property
    def ends(self) -> bool:
        """Return whether Step Functions lets the run come to its end."""
        return self.has_room_for_events and self.duration_s <= MOST_EXECUTION_S


def find_pace(load: ReconcileLoad, settings: ReconcileSettings, figures: Measured) -> ReconcilePace:
    """Divide the table, and find what bounds the comparison."""
    segments = choose_segments(load)
    units = UnitsASecond(settings.max_read_units, settings.max_read_units, settings.max_write_units)
    workers = choose_workers(units, segments, settings.max_concurrency, is_applied=load.obsolete_share > 0)
    limits = sorted(_limits(load, settings, workers, figures), key=lambda limit: limit.rows_a_second)
    return ReconcilePace(load, settings, segments, workers, tuple(limits))


def _limits(load: ReconcileLoad, settings: ReconcileSettings, workers: int, figures: Measured) -> Iterator[PaceLimit]:
    # The limit of read units holds for each of the two tables.
    read_units = max(load.scan_units_a_row, load.look_up_units_a_row)
    yield PaceLimit("max_read_units", settings.max_read_units / read_units)
    if load.write_units_a_row:
        yield PaceLimit("max_write_units", settings.max_write_units / load.write_units_a_row)
    yield PaceLimit("workers", workers * rows_a_second(load, settings.memory_size, figures))
    partition_share = max(read_units / READ_UNITS_OF_A_PARTITION, load.write_units_a_row / WRITE_UNITS_OF_A_PARTITION)
    yield PaceLimit("partitions", workers / partition_share)
