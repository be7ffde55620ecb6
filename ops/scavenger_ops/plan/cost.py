"""What a design costs a month, by item: the steady rate is taken for the month's average, and nothing is free."""

from collections.abc import Iterable
from dataclasses import dataclass

from scavenger_ops.plan.design import Design
from scavenger_ops.plan.flow import Flow
from scavenger_ops.plan.prices import HOURS_A_MONTH, SECONDS_A_MONTH, price_table
from scavenger_ops.plan.stream import units_an_item

# The function's two lines, which tests/unit/test_plan_cost.py counts, and Lambda's own two (start and report, with the
# trace), as public logs have them.
OWN_LINES_BYTES = 1250
LAMBDA_LINES_BYTES = 700
# CloudWatch adds to each line. Source: API_PutLogEvents.html.
OVERHEAD_A_LINE_BYTES = 26
LAMBDA_LOG_BYTES_AN_INVOCATION = LAMBDA_LINES_BYTES + 2 * OVERHEAD_A_LINE_BYTES
LOG_BYTES_AN_INVOCATION = LAMBDA_LOG_BYTES_AN_INVOCATION + OWN_LINES_BYTES + 2 * OVERHEAD_A_LINE_BYTES

# What X-Ray takes of the invocations: one a second, and one in twenty of the rest. Source: python-tracing.html.
TRACES_A_SECOND = 1.0
SHARE_TRACED_BEYOND = 0.05

# METRICS of lambda_src/scavenger/telemetry.py.
OWN_METRICS = 10
# Those of EventCount that a mapping of a stream has. Source: monitoring-metrics-types.html.
MAPPING_METRICS = 6
# Of eight alarms, one of which compares two metrics: modules/monitoring/alarms.tf.
ALARM_METRICS = 9

GB = 1e9
MB_A_GB = 1024


@dataclass(frozen=True)
class Item:
    """A line of the bill: so many units a month, by the name of their price."""

    name: str
    units: float
    price: str

    @property
    def usd(self) -> float:
        """Give what it comes to."""
        return self.units * price_table().prices[self.price].usd


def total_usd(items: Iterable[Item]) -> float:
    """Add up what the items come to."""
    return sum(item.usd for item in items)


def monthly_cost(design: Design, steady: Flow) -> tuple[Item, ...]:
    """Give all that is paid for because of the deletes, this deployment's log and monitoring included."""
    return (
        *deletes_and_function(design, steady),
        log(steady.invocations_a_second * LOG_BYTES_AN_INVOCATION),
        Item("own_metrics", OWN_METRICS, "custom_metric_month"),
        Item("mapping_metrics", MAPPING_METRICS, "mapping_metric_month"),
        Item("alarms", ALARM_METRICS, "alarm_metric_month"),
        Item("dashboard", 1, "dashboard_month"),
    )


def deletes_and_function(design: Design, steady: Flow) -> tuple[Item, ...]:
    """Give what any traced function costs that deletes: write units, time by its memory, invocations, traces."""
    memory_gb = design.pipeline.settings.memory_size / MB_A_GB
    return (
        _deletes(design, steady),
        Item("function", steady.concurrent_invocations * memory_gb * SECONDS_A_MONTH, "function_gb_second"),
        Item("invocations", steady.invocations_a_second * SECONDS_A_MONTH, "invocation"),
        Item("traces", _traces_a_second(steady.invocations_a_second) * SECONDS_A_MONTH, "trace"),
    )


def log(bytes_a_second: float) -> Item:
    """Give a log; what is kept of it, compressed, is next to nothing beside what is taken in."""
    return Item("log", bytes_a_second * SECONDS_A_MONTH / GB, "log_gb")


def _deletes(design: Design, steady: Flow) -> Item:
    """Give the write units of the deletes; of provisioned ones it is half, since the API's puts need as many."""
    settings = design.pipeline.settings
    if settings.billing_mode == "PROVISIONED":
        return Item("deletes", settings.write_capacity / 2 * HOURS_A_MONTH, "write_capacity_unit_hour")
    units_a_second = steady.deletes_a_second * units_an_item(design.pipeline.load)
    return Item("deletes", units_a_second * SECONDS_A_MONTH, "write_request_unit")


def _traces_a_second(invocations_a_second: float) -> float:
    first = min(invocations_a_second, TRACES_A_SECOND)
    return first + SHARE_TRACED_BEYOND * (invocations_a_second - first)
