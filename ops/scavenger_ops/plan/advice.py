"""Looks for better settings: of those that fit and cost next to the least, the ones with the fewest changes."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

from scavenger_ops.plan.design import RAISED_QUOTAS, Design
from scavenger_ops.plan.estimate import design_of
from scavenger_ops.plan.fitness import Plan, is_able, needed_write_capacity, plan
from scavenger_ops.plan.function_cost import Measured
from scavenger_ops.plan.pipeline import Pipeline, Settings
from scavenger_ops.plan.prices import HOURS_A_MONTH, SECONDS_A_MONTH, price_table
from scavenger_ops.plan.stream import units_an_item

# The default's window of a minute, and what poll and invocation add; a longer lag is for whoever has asked for it.
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
    """The settings asked for, and better ones: the same if there are none, None if none would keep up.

    Both are worked out as if AWS had raised every quota. The lag of better ones is no longer than the longest.
    """

    asked: Plan
    better: Plan | None
    longest_lag_s: float

    @property
    def changes(self) -> tuple[str, ...]:
        """Name the settings that differ."""
        return () if self.better is None else changes(self.asked.settings, self.better.settings)


def advise(pipeline: Pipeline, figures: Measured) -> Advice:
    """Find better settings for a load, if there are any."""
    asked = plan(replace(design_of(pipeline, figures), quotas=RAISED_QUOTAS))
    longest_lag_s = max(asked.estimate.worst_lag_s or 0.0, LAG_S)
    able = (design for design in _candidates(asked) if is_able(design))
    fitting = [candidate for candidate in map(plan, able) if is_prompt(candidate, longest_lag_s)]
    return Advice(asked, _best(fitting, asked), longest_lag_s)


def is_prompt(candidate: Plan, longest_lag_s: float) -> bool:
    """Say whether the lag is no longer than that."""
    lag_s = candidate.estimate.worst_lag_s
    return lag_s is not None and lag_s <= longest_lag_s


def changes(before: Settings, after: Settings) -> tuple[str, ...]:
    """Name the settings that differ, write_capacity only where it has an effect."""
    names = [name for name, value in asdict(before).items() if value != getattr(after, name)]
    return tuple(name for name in names if name != "write_capacity" or after.billing_mode == "PROVISIONED")


def changed(design: Design, **settings: Any) -> Design:  # noqa: ANN401 - values of any setting
    """Give a design with other settings."""
    pipeline = design.pipeline
    return replace(design, pipeline=replace(pipeline, settings=replace(pipeline.settings, **settings)))


def _best(fitting: list[Plan], asked: Plan) -> Plan | None:
    """Choose, of those that cost next to the least, by changes, then memory if it changes, then lag, then cost."""
    if not fitting:
        return None
    least_usd = min(candidate.usd_a_month for candidate in fitting)
    most_usd = least_usd + max(WORTH_USD, WORTH_SHARE * least_usd)

    def rank(candidate: Plan) -> tuple[int, int, float, float]:
        names = changes(asked.settings, candidate.settings)
        memory_size = candidate.settings.memory_size if "memory_size" in names else 0
        return len(names), memory_size, candidate.estimate.worst_lag_s or 0.0, candidate.usd_a_month

    return min((candidate for candidate in fitting if candidate.usd_a_month <= most_usd), key=rank)


def _candidates(asked: Plan) -> Iterator[Design]:
    """Give a grid of designs in which each setting has what was asked for among its values."""
    grid = product(
        _tables(asked),
        _with(asked.settings.memory_size, MEMORY_SIZES),
        _with(asked.settings.batch_size, BATCH_SIZES),
        _with(asked.settings.maximum_batching_window_in_seconds, WINDOWS_S),
        _with(asked.settings.parallelization_factor, FACTORS),
    )
    for table, memory_size, batch_size, window_s, factor in grid:
        yield changed(
            asked.design,
            **table,
            memory_size=memory_size,
            batch_size=batch_size,
            maximum_batching_window_in_seconds=window_s,
            parallelization_factor=factor,
        )


def _with(asked: int, values: Iterable[int]) -> list[int]:
    return sorted({asked, *values})


def _tables(asked: Plan) -> list[dict[str, Any]]:
    """Give the ways to pay for the table: as asked, with the units that are needed, and on demand."""
    was_provisioned = asked.settings.billing_mode == "PROVISIONED"
    needed: dict[str, Any] = {"billing_mode": "PROVISIONED", "write_capacity": needed_write_capacity(asked.design)}
    is_worth_it = was_provisioned or _cost_beside_on_demand(asked) <= WORTH_PROVISIONING
    return [{}, {"billing_mode": "PAY_PER_REQUEST"}, *([needed] if is_worth_it else [])]


def _cost_beside_on_demand(asked: Plan) -> float:
    """Give what the units that are needed cost, provisioned, in parts of what the same cost on demand.

    Half of them are for the puts.
    """
    load, prices = asked.design.pipeline.load, price_table().prices
    provisioned = needed_write_capacity(asked.design) / 2 * HOURS_A_MONTH * prices["write_capacity_unit_hour"].usd
    units_a_second = load.inserts_a_second * units_an_item(load)
    return provisioned / (units_a_second * SECONDS_A_MONTH * prices["write_request_unit"].usd)
