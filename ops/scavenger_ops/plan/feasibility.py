"""Whether settings can take a load: they keep up with its peak, in time and with memory, and within AWS's quotas."""

from dataclasses import dataclass
from math import ceil

from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.plan.lag import MAXIMUM_RECORD_AGE_S, PlannedLag

# A fifth is left for what comes unevenly, and for what is sent again.
HEADROOM = 1.25
# Of the memory that was measured, half as much again is left for what other records and libraries take.
MEMORY_MARGIN = 1.5
# Of the time that a batch has, and of what its invocations delete, so much is left for other faults.
WORK_SHARE = 0.5

# What AWS allows, and raises when it is asked to. Write units of a table, in either mode. Source: ServiceQuotas.html of
# DynamoDB. Invocations of all functions of an account. Source: gettingstarted-limits.html.
WRITE_UNITS_QUOTA = 40_000
CONCURRENCY_QUOTA = 1_000


@dataclass(frozen=True)
class Quota:
    """A quota of AWS that is too low, and what is needed at peak with room to spare."""

    what: str
    default: float
    needed: float


def is_feasible(capacity: Capacity) -> bool:
    """Return whether it keeps up at peak with room to spare, finishes its batches in time, and has memory for them."""
    return has_headroom(capacity) and is_done_in_time(capacity) and has_memory(capacity)


def has_headroom(capacity: Capacity) -> bool:
    """Return whether there is room to spare at peak: in the lanes, and in the table for puts and deletes together."""
    has_units = capacity.write_units_a_second >= needed_write_capacity(capacity)
    return has_units and capacity.lane_deletes_a_second >= HEADROOM * capacity.load.peak_inserts_a_second


def needed_write_capacity(capacity: Capacity) -> int:
    """Return the write units a second that puts and deletes need at peak, with room to spare."""
    return ceil(2 * HEADROOM * capacity.load.write_units(capacity.load.peak_inserts_a_second))


def is_done_in_time(capacity: Capacity) -> bool:
    """Return whether a full batch is done in one invocation or, by the table's write units, well before it is too old.

    At peak, in all lanes, and even if the table has saved no write units up. Each invocation has to delete something:
    one that does not uses up a retry.
    """
    if capacity.settings.is_provisioned:
        load = capacity.load
        left = capacity.write_units_a_second - load.write_units(load.peak_inserts_a_second)
        deletes_a_second = WORK_SHARE * left / (capacity.lanes * load.write_units_an_item)
        makes_progress = deletes_a_second * capacity.time_to_work_s >= 1
        if not makes_progress or capacity.full_batch > deletes_a_second * MAXIMUM_RECORD_AGE_S:
            return False
    return capacity.full_batch_s <= capacity.time_to_work_s


def needed_memory_mb(capacity: Capacity) -> float:
    """Return the memory that an invocation needs, with room to spare."""
    return MEMORY_MARGIN * capacity.memory_mb


def has_memory(capacity: Capacity) -> bool:
    """Return whether a full batch fits into the memory with room to spare."""
    return capacity.settings.memory_size >= needed_memory_mb(capacity)


def quotas_to_raise(lag: PlannedLag) -> tuple[Quota, ...]:
    """Return the quotas of AWS that are too low for the load and the settings."""
    settings, invocations = lag.capacity.settings, HEADROOM * lag.peak.concurrent_invocations
    units = needed_write_capacity(lag.capacity)
    if settings.is_provisioned:
        units = max(units, settings.write_capacity)
    quotas = (
        Quota("write units a second for a table", WRITE_UNITS_QUOTA, units),
        Quota("invocations at the same time", CONCURRENCY_QUOTA, ceil(invocations)),
    )
    return tuple(quota for quota in quotas if quota.needed > quota.default)
