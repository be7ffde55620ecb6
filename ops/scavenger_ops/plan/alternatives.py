"""What the same load takes with the article's two designs, and with TTL alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scavenger_ops.plan.cost import (
    GB,
    LAMBDA_LOG_BYTES_AN_INVOCATION,
    Item,
    deletes_and_function,
    log,
    monthly_cost,
    total_usd,
)
from scavenger_ops.plan.design import Design
from scavenger_ops.plan.estimate import estimate
from scavenger_ops.plan.function_cost import FunctionCost, Measured
from scavenger_ops.plan.pipeline import Load, Settings
from scavenger_ops.plan.stream import record_bytes
from scavenger_ops.text import figure

# How late TTL typically is. Source: API_UpdateTimeToLive.html.
TTL_LAG_S = 2 * 24 * 3600
# What DynamoDB adds to an item when it counts what is stored. Source: CapacityUnitCalculations.html.
STORED_OVERHEAD_BYTES = 100


@dataclass(frozen=True)
class Alternative:
    """A design, its steady figures and its cost, and what it loses; a lag of None grows. It may not keep up at peak."""

    name: str
    requests_a_second: float
    invocations_a_second: float
    concurrent_invocations: float
    lag_s: float | None
    keeps_up_at_peak: bool
    items: tuple[Item, ...]
    loses: str

    @property
    def usd_a_month(self) -> float:
        """Give what it costs."""
        return total_usd(self.items)


def compare(design: Design, figures: Measured) -> tuple[Alternative, ...]:
    """Put this design beside the article's, the sequel's and TTL alone."""
    return tuple(_compare(design, figures))


def _compare(design: Design, figures: Measured) -> Iterator[Alternative]:
    yield _of("this", design, monthly_cost(design, estimate(design).steady), "nothing")
    yield _article(_as_in_the_article(design, figures.article))
    yield _sequel(_as_in_the_article(design, figures.sequel))
    yield _ttl(design.pipeline.load)


def _article(design: Design) -> Alternative:
    """Give the article's first design, which logs each record as it is."""
    steady = estimate(design).steady
    own_bytes_a_second = steady.deletes_a_second * record_bytes(design.pipeline)
    lambda_bytes_a_second = steady.invocations_a_second * LAMBDA_LOG_BYTES_AN_INVOCATION
    items = (*deletes_and_function(design, steady), log(own_bytes_a_second + lambda_bytes_a_second))
    return _of("the article", design, items, "what is throttled or fails")


def _sequel(design: Design) -> Alternative:
    """Give the second design, of whose own log nothing is known."""
    steady = estimate(design).steady
    items = (*deletes_and_function(design, steady), log(steady.invocations_a_second * LAMBDA_LOG_BYTES_AN_INVOCATION))
    return _of("its sequel", design, items, "what comes back unprocessed")


def _as_in_the_article(design: Design, cost: FunctionCost) -> Design:
    """Give the article's mapping, before the same table and with the same memory, of which it says nothing."""
    settings: Settings = replace(
        design.pipeline.settings,
        stream_view_type="NEW_AND_OLD_IMAGES",
        batch_size=100,
        maximum_batching_window_in_seconds=60,
        parallelization_factor=1,
    )
    return replace(design, pipeline=replace(design.pipeline, settings=settings), function=cost)


def _of(name: str, design: Design, items: tuple[Item, ...], loses: str) -> Alternative:
    result = estimate(design)
    steady = result.steady
    left = steady.inserts_a_second - steady.deletes_a_second
    return Alternative(
        name=name,
        requests_a_second=steady.requests_a_second,
        invocations_a_second=steady.invocations_a_second,
        concurrent_invocations=steady.concurrent_invocations,
        lag_s=steady.lag_s,
        keeps_up_at_peak=result.peak.keeps_up,
        items=items,
        loses=f"{loses}; {figure(left)} rows a second are left" if left else loses,
    )


def _ttl(load: Load) -> Alternative:
    """Give TTL: it takes no write units and no function, but what it is late with is stored, paid for and read."""
    rows = load.inserts_a_second * TTL_LAG_S
    stored = Item("storage", rows * (load.item_bytes + STORED_OVERHEAD_BYTES) / GB, "table_gb_month")
    return Alternative(
        name="TTL alone",
        requests_a_second=0.0,
        invocations_a_second=0.0,
        concurrent_invocations=0.0,
        lag_s=TTL_LAG_S,
        keeps_up_at_peak=True,
        items=(stored,),
        loses="nothing; rows stay readable",
    )
