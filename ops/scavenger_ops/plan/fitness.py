"""Whether settings are able to take a load: that they keep up with its peak, and have room and time enough."""

from dataclasses import dataclass
from math import ceil

from scavenger_ops.plan.cost import monthly_cost, total_usd
from scavenger_ops.plan.design import DEFAULT_QUOTAS, Design
from scavenger_ops.plan.estimate import MAXIMUM_RECORD_AGE_S, Estimate, estimate
from scavenger_ops.plan.limits import find_limits, put_units
from scavenger_ops.plan.pipeline import Settings
from scavenger_ops.plan.stream import units_an_item

# A fifth is left for what comes unevenly, and for what is sent again.
HEADROOM = 1.25
# Of the memory that was measured, half as much again is left for what other records and libraries take.
MEMORY_MARGIN = 1.5
# Of the time that a batch has, and of what its invocations delete, so much is left for other faults.
WORK_SHARE = 0.5


@dataclass(frozen=True)
class Plan:
    """A design, and what it leads to."""

    design: Design
    estimate: Estimate
    usd_a_month: float

    @property
    def settings(self) -> Settings:
        """Give the settings."""
        return self.design.pipeline.settings


@dataclass(frozen=True)
class Quota:
    """A quota of AWS that is too low, and what is needed at peak with room to spare."""

    what: str
    default: float
    needed: float


def plan(design: Design) -> Plan:
    """Work out what a design leads to."""
    result = estimate(design)
    return Plan(design, result, total_usd(monthly_cost(design, result.steady)))


def is_able(design: Design) -> bool:
    """Say whether a design keeps up at peak with room to spare, does its batches in time, and has memory for them."""
    return has_headroom(design) and is_done_in_time(design) and has_memory(design)


def has_headroom(design: Design) -> bool:
    """Say whether there is room to spare at peak: in the lanes, and in the table for puts and deletes together."""
    settings, peak = design.pipeline.settings, design.pipeline.load.peak_inserts_a_second
    limits = [limit for limit in find_limits(design, peak) if limit.name != "write_capacity"]
    has_units = settings.billing_mode == "PAY_PER_REQUEST" or settings.write_capacity >= needed_write_capacity(design)
    return has_units and limits[0].deletes_a_second >= HEADROOM * peak


def needed_write_capacity(design: Design) -> int:
    """Give the write units a second that puts and deletes need at peak, with room to spare."""
    return ceil(2 * HEADROOM * put_units(design, design.pipeline.load.peak_inserts_a_second))


def is_done_in_time(design: Design) -> bool:
    """Return whether a full batch is done in one invocation or, by the table's write units, well before it is too old.

    At peak, in all lanes, and even if the table has saved no write units up. Each invocation has to delete something:
    one that does not uses up a retry.
    """
    settings, load = design.pipeline.settings, design.pipeline.load
    if settings.billing_mode == "PROVISIONED":
        left = settings.write_capacity - put_units(design, load.peak_inserts_a_second)
        deletes_a_second = WORK_SHARE * left / (design.lanes * units_an_item(load))
        makes_progress = deletes_a_second * design.time_to_work_s >= 1
        if not makes_progress or design.full_batch > deletes_a_second * MAXIMUM_RECORD_AGE_S:
            return False
    return design.duration_s(design.full_batch) <= design.time_to_work_s


def needed_memory_mb(design: Design) -> float:
    """Give the memory that an invocation needs, with room to spare."""
    return MEMORY_MARGIN * design.memory_mb


def has_memory(design: Design) -> bool:
    """Say whether a full batch fits into the memory with room to spare."""
    return design.pipeline.settings.memory_size >= needed_memory_mb(design)


def quotas_to_raise(candidate: Plan) -> tuple[Quota, ...]:
    """Give the quotas of AWS that are too low for the load and the settings."""
    settings, invocations = candidate.settings, HEADROOM * candidate.estimate.peak.concurrent_invocations
    units = needed_write_capacity(candidate.design)
    if settings.billing_mode == "PROVISIONED":
        units = max(units, settings.write_capacity)
    quotas = (
        Quota("write units a second for a table", DEFAULT_QUOTAS.write_units_a_second, units),
        Quota("invocations at the same time", DEFAULT_QUOTAS.concurrent_invocations, ceil(invocations)),
    )
    return tuple(quota for quota in quotas if quota.needed > quota.default)
