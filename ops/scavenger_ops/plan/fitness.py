"""Whether settings are able to take a load: that they keep up with its peak, with room to spare, and finish in time."""

from dataclasses import dataclass
from math import ceil

from scavenger_ops.plan.cost import monthly_cost, total_usd
from scavenger_ops.plan.design import DEFAULT_QUOTAS, Design
from scavenger_ops.plan.estimate import Estimate, estimate
from scavenger_ops.plan.limits import find_limits, put_units
from scavenger_ops.plan.pipeline import Settings
from scavenger_ops.plan.stream import units_an_item

# A fifth is left for what comes unevenly, and for what is sent again.
HEADROOM = 1.25


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
    """Say whether a design keeps up at peak with room to spare, and does its batches in time."""
    return has_headroom(design) and is_done_in_time(design)


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
    """Say whether a full batch is done in one invocation, at peak, even if the table has saved no write units up."""
    settings, load = design.pipeline.settings, design.pipeline.load
    if settings.billing_mode == "PROVISIONED":
        left = settings.write_capacity - put_units(design, load.peak_inserts_a_second)
        if design.full_batch * units_an_item(load) > left * design.time_to_work_s:
            return False
    return design.duration_s(design.full_batch) <= design.time_to_work_s


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
