"""The fifth stage: better settings, which are feasible, cost next to the least and change the fewest settings."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

from scavenger_ops.plan.capacity import Capacity, find_capacity
from scavenger_ops.plan.cost import HOURS_A_MONTH, SECONDS_A_MONTH, MonthlyCost, find_cost, price_table
from scavenger_ops.plan.feasibility import (
    has_headroom,
    has_memory,
    is_done_in_time,
    is_feasible,
    needed_memory_mb,
    needed_write_capacity,
)
from scavenger_ops.plan.lag import find_lag
from scavenger_ops.plan.load import PipelineSettings
from scavenger_ops.text import figure, seconds, usd

# The default's window of a minute, and what poll and invocation add. Longer only if the settings already allow it.
LAG_S = 65.0
# What has to be saved a month for a change of settings to be worth it: a share of the cost, and as much at least.
WORTH_SHARE = 0.01
WORTH_USD = 1.0
# A provisioned table throttles what goes beyond, and in the root configuration the messages table gets as many units,
# of which it needs half: what is provisioned has to be this much cheaper than on demand.
WORTH_PROVISIONING = 0.7

# A grid that has a value near each best one: cost and lag change little between two neighbours.
MEMORY_SIZES = (128, 256, 512, 1024, 1769)
BATCH_SIZES = (100, 250, 500, 1000, 2500, 5000, 10_000)
WINDOWS_S = (5, 20, 60)
FACTORS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Advice:
    """What was asked for, and what is better: the same if nothing is, None if no settings keep up.

    The lag of what is better is no longer than `longest_lag_s`.
    """

    asked: MonthlyCost
    better: MonthlyCost | None
    longest_lag_s: float

    @property
    def changes(self) -> tuple[str, ...]:
        """Return the names of the settings that differ."""
        return () if self.better is None else changes(self.asked.settings, self.better.settings)


def find_advice(asked: MonthlyCost) -> Advice:
    """Find better settings for the load, if there are any."""
    longest_lag_s = max(asked.lag.worst_lag_s or 0.0, LAG_S)
    feasible = (capacity for capacity in _candidates(asked) if is_feasible(capacity))
    costs = (find_cost(find_lag(capacity)) for capacity in feasible)
    return Advice(asked, _best([cost for cost in costs if is_prompt(cost, longest_lag_s)], asked), longest_lag_s)


def is_prompt(cost: MonthlyCost, longest_lag_s: float) -> bool:
    """Return whether the lag is no longer than that."""
    lag_s = cost.lag.worst_lag_s
    return lag_s is not None and lag_s <= longest_lag_s


def changes(before: PipelineSettings, after: PipelineSettings) -> tuple[str, ...]:
    """Return the names of the settings that differ, write_capacity only where it has an effect."""
    names = [name for name, value in asdict(before).items() if value != getattr(after, name)]
    return tuple(name for name in names if name != "write_capacity" or after.is_provisioned)


def find_rationale(advice: Advice, better: MonthlyCost, name: str) -> str:
    """Return the reason for one change of the better settings: what would be lost without it."""
    without = _change(better.lag.capacity, **{name: getattr(advice.asked.settings, name)})
    other = find_cost(find_lag(without))
    return _necessity(better, other, advice, name) or _saving(better, other)


def _best(costs: list[MonthlyCost], asked: MonthlyCost) -> MonthlyCost | None:
    """Choose, of those that cost next to the least, by changes, then memory if it changes, then lag, then cost."""
    if not costs:
        return None
    least_usd = min(cost.usd_a_month for cost in costs)
    most_usd = least_usd + max(WORTH_USD, WORTH_SHARE * least_usd)

    def rank(cost: MonthlyCost) -> tuple[int, int, float, float]:
        names = changes(asked.settings, cost.settings)
        memory_size = cost.settings.memory_size if "memory_size" in names else 0
        return len(names), memory_size, cost.lag.worst_lag_s or 0.0, cost.usd_a_month

    return min((cost for cost in costs if cost.usd_a_month <= most_usd), key=rank)


def _candidates(asked: MonthlyCost) -> Iterator[Capacity]:
    """Return a grid of capacities in which each setting has what was asked for among its values."""
    settings = asked.settings
    grid = product(
        _tables(asked),
        _with(settings.memory_size, MEMORY_SIZES),
        _with(settings.batch_size, BATCH_SIZES),
        _with(settings.maximum_batching_window_in_seconds, WINDOWS_S),
        _with(settings.parallelization_factor, FACTORS),
    )
    for table, memory_size, batch_size, window_s, factor in grid:
        yield _change(
            asked.lag.capacity,
            **table,
            memory_size=memory_size,
            batch_size=batch_size,
            maximum_batching_window_in_seconds=window_s,
            parallelization_factor=factor,
        )


def _change(capacity: Capacity, **settings: Any) -> Capacity:  # noqa: ANN401 - values of any setting
    """Return the capacity with other settings."""
    pipeline = replace(capacity.pipeline, settings=replace(capacity.settings, **settings))
    return find_capacity(pipeline, capacity.figures, capacity.function)


def _with(asked: int, values: Iterable[int]) -> list[int]:
    return sorted({asked, *values})


def _tables(asked: MonthlyCost) -> list[dict[str, Any]]:
    """Return the ways to pay for the table: as asked, on demand, and with the provisioned units that are needed."""
    needed: dict[str, Any] = {
        "billing_mode": "PROVISIONED",
        "write_capacity": needed_write_capacity(asked.lag.capacity),
    }
    is_worth_it = asked.settings.is_provisioned or _provisioned_share(asked.lag.capacity) <= WORTH_PROVISIONING
    return [{}, {"billing_mode": "PAY_PER_REQUEST"}, *([needed] if is_worth_it else [])]


def _provisioned_share(capacity: Capacity) -> float:
    """Return what the needed units cost provisioned, as a share of what the deletes cost on demand.

    Half of the needed units are for the puts.
    """
    load, prices = capacity.load, price_table().prices
    provisioned = needed_write_capacity(capacity) / 2 * HOURS_A_MONTH * prices["write_capacity_unit_hour"].usd
    units_a_second = load.write_units(load.inserts_a_second)
    return provisioned / (units_a_second * SECONDS_A_MONTH * prices["write_request_unit"].usd)


def _necessity(better: MonthlyCost, without: MonthlyCost, advice: Advice, name: str) -> str | None:
    """Return why settings are not feasible without a change; None if they are."""
    if not has_headroom(without.lag.capacity):
        if name == "write_capacity" and not advice.asked.settings.is_provisioned:
            return "what puts and deletes need at peak, with a fifth to spare"
        possible, impossible = (figure(cost.lag.peak.most_deletes_a_second) for cost in (better, without))
        what = "has a fifth to spare" if without.lag.peak.keeps_up else "keeps up with the peak"
        return f"{what}: {possible} deletes a second are possible, not {impossible}"
    if not has_memory(without.lag.capacity):
        needed = figure(needed_memory_mb(without.lag.capacity))
        return f"room for a full batch, which takes {needed} MB with some to spare"
    if not is_done_in_time(without.lag.capacity):
        return "a full batch is done in time"
    if not is_prompt(without, advice.longest_lag_s):
        return _shorter_lag(better, without)
    return None


def _saving(better: MonthlyCost, without: MonthlyCost) -> str:
    saved = without.usd_a_month - better.usd_a_month
    return f"{usd(saved)} a month less" if saved > 0 else _shorter_lag(better, without)


def _shorter_lag(better: MonthlyCost, without: MonthlyCost) -> str:
    lags_s = (better.lag.worst_lag_s, without.lag.worst_lag_s)
    short, long = ("one that grows" if lag_s is None else seconds(lag_s) for lag_s in lags_s)
    return f"a lag of {short} at most, not {long}"
