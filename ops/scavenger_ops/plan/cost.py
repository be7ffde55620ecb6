"""The fourth stage: what a month costs, and what other designs cost for the same load.

The average rate is the month's average, and nothing is free.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from scavenger_ops.plan.capacity import find_capacity
from scavenger_ops.plan.function_cost import FunctionCost
from scavenger_ops.plan.lag import PlannedLag, find_lag
from scavenger_ops.plan.load import PipelineSettings, PlannedLoad, PlannedPipeline

# A month as AWS's own calculator has it.
HOURS_A_MONTH = 730
SECONDS_A_MONTH = HOURS_A_MONTH * 3600

# The function's two lines, which tests/unit/test_plan_cost.py counts, and Lambda's own two (start and report, with the
# trace), as public logs have them.
OWN_LINES_BYTES = 1250
LAMBDA_LINES_BYTES = 700
# CloudWatch adds to each line. Source: API_PutLogEvents.html.
OVERHEAD_A_LINE_BYTES = 26
LAMBDA_LOG_BYTES_AN_INVOCATION = LAMBDA_LINES_BYTES + 2 * OVERHEAD_A_LINE_BYTES
LOG_BYTES_AN_INVOCATION = LAMBDA_LOG_BYTES_AN_INVOCATION + OWN_LINES_BYTES + 2 * OVERHEAD_A_LINE_BYTES

# The invocations that X-Ray traces: one a second, and one in twenty of the rest. Source: python-tracing.html.
TRACES_A_SECOND = 1.0
SHARE_TRACED_BEYOND = 0.05

# METRICS of lambda_src/scavenger/metric_names.py; with match attributes, there is another one.
OWN_METRICS = 10
# Those of EventCount that a mapping of a stream has. Source: monitoring-metrics-types.html.
MAPPING_METRICS = 6
# Of eight alarms, one of which compares two metrics: modules/monitoring/alarms.tf.
ALARM_METRICS = 9

# How late TTL typically is. Source: API_UpdateTimeToLive.html.
TTL_LAG_S = 2 * 24 * 3600
# What DynamoDB adds to an item when it counts what is stored. Source: CapacityUnitCalculations.html.
STORED_OVERHEAD_BYTES = 100

GB = 1e9
MB_A_GB = 1024


@dataclass(frozen=True)
class Price:
    """What one unit costs, without free tiers and discounts, and what is in doubt about it, if anything."""

    usd: float
    unit: str
    source: str
    doubt: str | None


@dataclass(frozen=True)
class PriceTable:
    """The prices of a Region on a day, by name."""

    region: str
    as_of: str
    prices: dict[str, Price]


@cache
def price_table() -> PriceTable:
    """Read the prices, which are all in prices.json."""
    table = json.loads((Path(__file__).parent / "prices.json").read_text())
    prices = {name: Price(**price) for name, price in table.pop("prices").items()}
    return PriceTable(**table, prices=prices)


@dataclass(frozen=True)
class BillItem:
    """A line of the bill: so many units a month, by the name of their price."""

    name: str
    units: float
    price: str

    @property
    def usd(self) -> float:
        """Return what it comes to."""
        return self.units * price_table().prices[self.price].usd


def total_usd(items: Iterable[BillItem]) -> float:
    """Add up what the items come to."""
    return sum(item.usd for item in items)


@dataclass(frozen=True)
class MonthlyCost:
    """A planned lag, and the bill of a month with it."""

    lag: PlannedLag
    items: tuple[BillItem, ...]
    usd_a_month: float

    @property
    def settings(self) -> PipelineSettings:
        """Return the settings."""
        return self.lag.capacity.settings


@dataclass(frozen=True)
class Alternative:
    """A design with its average figures and its bill; a lag of None grows.

    `loses` are the records or items whose rows it does not delete, if any, even where it keeps up. Where it does not,
    `rows_left_a_second` are not deleted either.
    """

    name: str
    requests_a_second: float
    invocations_a_second: float
    concurrent_invocations: float
    lag_s: float | None
    keeps_up_at_peak: bool
    items: tuple[BillItem, ...]
    loses: str | None
    rows_left_a_second: float


def find_cost(lag: PlannedLag) -> MonthlyCost:
    """Return all that is paid for because of the deletes, this deployment's log and monitoring included."""
    items = (
        *_deletes_and_function(lag),
        _log(lag.steady.invocations_a_second * LOG_BYTES_AN_INVOCATION),
        BillItem("own_metrics", OWN_METRICS + lag.capacity.settings.match_attributes, "custom_metric_month"),
        BillItem("mapping_metrics", MAPPING_METRICS, "mapping_metric_month"),
        BillItem("alarms", ALARM_METRICS, "alarm_metric_month"),
        BillItem("dashboard", 1, "dashboard_month"),
    )
    return MonthlyCost(lag, items, total_usd(items))


def find_alternatives(cost: MonthlyCost) -> tuple[Alternative, ...]:
    """Return this design beside the article's two and TTL alone."""
    figures, load = cost.lag.capacity.figures, cost.lag.capacity.load
    article, sequel = _as_in_the_article(cost, figures.article), _as_in_the_article(cost, figures.sequel)
    # The article's first design logs each record as it is. Of the second one's own log nothing is known.
    article_log = article.steady.deletes_a_second * article.capacity.record_bytes + _lambda_log(article)
    article_items = (*_deletes_and_function(article), _log(article_log))
    sequel_items = (*_deletes_and_function(sequel), _log(_lambda_log(sequel)))
    return (
        _of("this", cost.lag, cost.items, None),
        _of("the article", article, article_items, "records that are throttled or fail"),
        _of("its sequel", sequel, sequel_items, "unprocessed items"),
        _ttl(load),
    )


def _deletes_and_function(lag: PlannedLag) -> tuple[BillItem, ...]:
    """Return what any traced function costs that deletes: write units, time by its memory, invocations, traces."""
    steady, memory_gb = lag.steady, lag.capacity.settings.memory_size / MB_A_GB
    return (
        _deletes(lag),
        BillItem("function", steady.concurrent_invocations * memory_gb * SECONDS_A_MONTH, "function_gb_second"),
        BillItem("invocations", steady.invocations_a_second * SECONDS_A_MONTH, "invocation"),
        BillItem("traces", _traces_a_second(steady.invocations_a_second) * SECONDS_A_MONTH, "trace"),
    )


def _deletes(lag: PlannedLag) -> BillItem:
    """Return the write units of the deletes; of provisioned ones it is half, since the API's puts need as many."""
    settings = lag.capacity.settings
    if settings.is_provisioned:
        return BillItem("deletes", settings.write_capacity / 2 * HOURS_A_MONTH, "write_capacity_unit_hour")
    units_a_second = lag.capacity.load.write_units(lag.steady.deletes_a_second)
    return BillItem("deletes", units_a_second * SECONDS_A_MONTH, "write_request_unit")


def _traces_a_second(invocations_a_second: float) -> float:
    first = min(invocations_a_second, TRACES_A_SECOND)
    return first + SHARE_TRACED_BEYOND * (invocations_a_second - first)


def _log(bytes_a_second: float) -> BillItem:
    """Return the cost of a log; its storage, compressed, is next to nothing beside its ingestion."""
    return BillItem("log", bytes_a_second * SECONDS_A_MONTH / GB, "log_gb")


def _lambda_log(lag: PlannedLag) -> float:
    """Return the bytes a second that Lambda itself logs."""
    return lag.steady.invocations_a_second * LAMBDA_LOG_BYTES_AN_INVOCATION


def _as_in_the_article(cost: MonthlyCost, function: FunctionCost) -> PlannedLag:
    """Return what the article's mapping makes of the same load, table and memory, of which the article says nothing."""
    capacity = cost.lag.capacity
    settings = replace(
        capacity.settings,
        stream_view_type="NEW_AND_OLD_IMAGES",
        batch_size=100,
        maximum_batching_window_in_seconds=60,
        parallelization_factor=1,
    )
    return find_lag(find_capacity(PlannedPipeline(capacity.load, settings), capacity.figures, function))


def _of(name: str, lag: PlannedLag, items: tuple[BillItem, ...], loses: str | None) -> Alternative:
    steady = lag.steady
    return Alternative(
        name=name,
        requests_a_second=steady.requests_a_second,
        invocations_a_second=steady.invocations_a_second,
        concurrent_invocations=steady.concurrent_invocations,
        lag_s=steady.lag_s,
        keeps_up_at_peak=lag.peak.keeps_up,
        items=items,
        loses=loses,
        rows_left_a_second=steady.inserts_a_second - steady.deletes_a_second,
    )


def _ttl(load: PlannedLoad) -> Alternative:
    """Return TTL alone: it takes no write units and no function, but rows that it has not deleted yet are stored."""
    rows = load.inserts_a_second * TTL_LAG_S
    stored = BillItem("storage", rows * (load.item_bytes + STORED_OVERHEAD_BYTES) / GB, "table_gb_month")
    return Alternative(
        name="TTL alone",
        requests_a_second=0.0,
        invocations_a_second=0.0,
        concurrent_invocations=0.0,
        lag_s=TTL_LAG_S,
        keeps_up_at_peak=True,
        items=(stored,),
        loses=None,
        rows_left_a_second=0.0,
    )
