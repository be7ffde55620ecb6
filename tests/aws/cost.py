"""What a run costs, estimated with the prices of `scavenger plan`: nothing is free, and each hour is paid in full."""

import math

from scavenger_ops.plan.cost import ALARM_METRICS, HOURS_A_MONTH, MAPPING_METRICS, OWN_METRICS, BillItem, total_usd

# The root twice, one example, and what the probes deploy.
DEPLOYMENTS = 4
# Of the two tables of each root together, and of the five of mappings that probes ask about.
WRITE_UNITS, READ_UNITS = 50 + 10 + 5 * 5, 50 + 50 + 5 * 1
# Of a reconciler: UnprocessedRows, OldestUnprocessedAge, FailedSegments.
RECONCILER_METRICS = 3

ITEMS = (
    BillItem(
        "custom metrics", (DEPLOYMENTS * (OWN_METRICS + 1) + RECONCILER_METRICS) / HOURS_A_MONTH, "custom_metric_month"
    ),
    BillItem("mappings' metrics", DEPLOYMENTS * MAPPING_METRICS / HOURS_A_MONTH, "mapping_metric_month"),
    BillItem("alarms", DEPLOYMENTS * ALARM_METRICS / HOURS_A_MONTH, "alarm_metric_month"),
    BillItem("dashboards", DEPLOYMENTS / HOURS_A_MONTH, "dashboard_month"),
    BillItem("write capacity of tables", WRITE_UNITS, "write_capacity_unit_hour"),
    BillItem("read capacity of tables", READ_UNITS, "read_capacity_unit_hour"),
    # The figures below are upper limits of what the tests do.
    BillItem("writes to the other tables", 10_000, "write_request_unit"),
    BillItem("reads of the other tables", 50_000, "read_request_unit"),
    # Two thousand invocations of a second, with 256 MB.
    BillItem("time of the functions", 2_000 / 4, "function_gb_second"),
    BillItem("invocations", 2_000, "invocation"),
    BillItem("traces", 2_000, "trace"),
    BillItem("logs", 0.01, "log_gb"),
    BillItem("steps of the state machine", 100, "state_transition"),
)


def estimated_cents() -> int:
    """Return what a run costs, in US cents, rounded up."""
    return math.ceil(100 * total_usd(ITEMS))
