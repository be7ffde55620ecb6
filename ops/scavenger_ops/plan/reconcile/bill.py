"""The third stage: what a run uses and costs, with tables on demand and with provisioned ones."""

from dataclasses import dataclass

from scavenger_ops.plan.cost import MB_A_GB, BillItem
from scavenger_ops.plan.reconcile.pace import ReconcilePace

SECONDS_AN_HOUR = 3600
# Prepare, Segments, Summarise.
TRANSITIONS_OF_THE_RUN = 3
# Compare and IsDone.
TRANSITIONS_AN_INVOCATION = 2
# Each start of a child execution is billed as one, and its last state is one. Source: concepts-transitions.html.
TRANSITIONS_A_SEGMENT = 2
# Those of Prepare and Summarise.
INVOCATIONS_OF_THE_RUN = 2


@dataclass(frozen=True)
class ReconcileUse:
    """What a run uses: capacity units of both tables, invocations, their seconds, and state transitions."""

    scan_read_units: float
    look_up_read_units: float
    delete_write_units: float
    invocations: int
    function_s: float
    function_gb_s: float
    state_transitions: int


@dataclass(frozen=True)
class ReconcileBill:
    """What a run costs if the tables are on demand, and if they are provisioned for it."""

    on_demand: tuple[BillItem, ...]
    provisioned: tuple[BillItem, ...]


def find_use(pace: ReconcilePace) -> ReconcileUse:
    """Return what a run uses."""
    load, invocations = pace.load, pace.segments * pace.invocations_a_segment
    function_s = pace.segments * pace.busy_s_a_segment
    return ReconcileUse(
        scan_read_units=load.rows * load.scan_units_a_row,
        look_up_read_units=load.rows * load.look_up_units_a_row,
        delete_write_units=load.rows * load.write_units_a_row,
        invocations=invocations + INVOCATIONS_OF_THE_RUN,
        function_s=function_s,
        function_gb_s=function_s * pace.settings.memory_size / MB_A_GB,
        state_transitions=TRANSITIONS_OF_THE_RUN
        + pace.segments * TRANSITIONS_A_SEGMENT
        + invocations * TRANSITIONS_AN_INVOCATION,
    )


def find_bill(use: ReconcileUse) -> ReconcileBill:
    """Return what a run costs.

    Provisioned units cost as many unit-hours as are used: nothing if the table has them to spare anyway, and more if
    they are provisioned for longer.
    """
    engine = (
        BillItem("function", use.function_gb_s, "function_gb_second"),
        BillItem("invocations", use.invocations, "invocation"),
        BillItem("state_machine", use.state_transitions, "state_transition"),
    )
    units = (
        ("scan", use.scan_read_units, "read"),
        ("look_ups", use.look_up_read_units, "read"),
        ("deletes", use.delete_write_units, "write"),
    )
    return ReconcileBill(
        (*(BillItem(name, used, f"{kind}_request_unit") for name, used, kind in units), *engine),
        (
            *(BillItem(name, used / SECONDS_AN_HOUR, f"{kind}_capacity_unit_hour") for name, used, kind in units),
            *engine,
        ),
    )
