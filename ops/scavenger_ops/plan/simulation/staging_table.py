"""How many deletes the staging table takes in a scenario."""

from scavenger_ops.plan.design import Design
from scavenger_ops.plan.limits import put_units
from scavenger_ops.plan.simulation.arrivals import Arrivals
from scavenger_ops.plan.stream import units_an_item

# How long a provisioned table keeps unused write units. Source: burst-adaptive-capacity.html.
KEPT_S = 300.0
# A table on demand keeps none beyond the second that its quota is for.
KEPT_ON_DEMAND_S = 1.0
# Where there is no quota: more than any load, and a number that can be multiplied by no time.
NO_LIMIT = 1e15
# In the scenario of throttling, the share of the steady deletes that the table takes.
THROTTLED_SHARE = 0.1


def deletes_a_second(design: Design, arrivals: Arrivals, time_s: float) -> float:
    """Give the deletes a second that there are write units for at a moment, when the API's puts have taken theirs.

    Below zero, the puts take more than there is, and use up what was kept.
    """
    load = design.pipeline.load
    puts = put_units(design, arrivals.inserts_a_second(time_s))
    left = (_units_a_second(design) - puts) / units_an_item(load)
    return min(left, THROTTLED_SHARE * load.inserts_a_second) if arrivals.is_throttled(time_s) else left


def most_kept_deletes(design: Design) -> float:
    """Give for how many deletes a table has units that it kept, at most."""
    is_provisioned = design.pipeline.settings.billing_mode == "PROVISIONED"
    kept_s = KEPT_S if is_provisioned else KEPT_ON_DEMAND_S
    return kept_s * _units_a_second(design) / units_an_item(design.pipeline.load)


def _units_a_second(design: Design) -> float:
    settings = design.pipeline.settings
    if settings.billing_mode == "PROVISIONED":
        return settings.write_capacity
    return min(NO_LIMIT, design.quotas.write_units_a_second)
