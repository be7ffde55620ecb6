"""The sentences of the plan: how long the run takes, what bounds it, and what the figures rest on."""

from collections.abc import Iterator

from reconciler.segments import READ_UNITS_A_WORKER, WRITE_UNITS_A_WORKER

from scavenger_ops.plan.capacity import PARTITIONS_ON_DEMAND, WRITE_UNITS_OF_A_PARTITION
from scavenger_ops.plan.cost import PriceTable
from scavenger_ops.plan.function_cost import MEMORY_OF_A_VCPU_MB
from scavenger_ops.plan.reconcile.pace import (
    INVOCATION_S,
    MOST_EVENTS,
    READ_UNITS_OF_A_PARTITION,
    BoundName,
    PaceLimit,
    ReconcilePace,
)
from scavenger_ops.plan.reconcile.worker import worker_cost
from scavenger_ops.text import count, estimate, figure, usd

READ_UNITS_AT_FIRST = PARTITIONS_ON_DEMAND * READ_UNITS_OF_A_PARTITION
WRITE_UNITS_AT_FIRST = PARTITIONS_ON_DEMAND * WRITE_UNITS_OF_A_PARTITION

BOUNDS: dict[BoundName, str] = {
    "max_read_units": "by its read units",
    "max_write_units": "by its write units",
    "workers": "by the CPU of its workers",
    "partitions": "by what one partition can do",
}


def verdict(pace: ReconcilePace, usd_on_demand: float) -> str:
    """Return how long the run takes, what bounds it and what it costs, or why it cannot end."""
    if not pace.has_room_for_events:
        return f"It cannot end: a segment would take {estimate(pace.segment_s)}, and fill the history of its execution."
    if not pace.ends:
        return f"It cannot end: it would take {estimate(pace.duration_s)}, and an execution lasts a year at most."
    bound = BOUNDS[pace.limits[0].name]
    return f"It takes {estimate(pace.duration_s)}, bounded {bound}, and costs {usd(usd_on_demand)} on demand."


def what_bounds(pace: ReconcilePace) -> Iterator[str]:
    """Name what bounds the run, the next bound, and what bounds the number of workers."""
    first, second = pace.limits[:2]
    yield f"{_setting(first.name)} is the first limit, at {_rows(first)} a second: {_reason(pace, first.name)}."
    yield f"{_setting(second.name)} is the next one, at {_rows(second)}: {_reason(pace, second.name)}."
    yield _what_bounds_the_workers(pace)
    if pace.settings.max_read_units > READ_UNITS_AT_FIRST or pace.settings.max_write_units > WRITE_UNITS_AT_FIRST:
        at_first = f"{figure(READ_UNITS_AT_FIRST)} read and {figure(WRITE_UNITS_AT_FIRST)} write units"
        yield f"A new on-demand table takes {at_first} a second at once. Set its warm throughput before the run."
    if not pace.has_room_for_events:
        yield f"An execution has {figure(MOST_EVENTS)} events at most. Raise the first limit."


def assumptions(table: PriceTable) -> Iterator[str]:
    """Return what the figures rest on, with the days of the measurement and the prices, and what they leave out."""
    yield "Segments are equally large. Nothing is throttled, nor repeated after a failure."
    yield "Messages are looked up by the rows' keys. If a message's key cannot be built from a row's, they are scanned."
    cost = worker_cost()
    cpu = f"{figure(1e6 * cost.row_cpu_s)} microseconds of CPU, and a delete {figure(1e3 * cost.delete_cpu_s)} ms more"
    source = f"what `make bench` measured on {cost.measured_on} ({cost.machine})"
    yield f"A row takes {cpu}: {source}; a vCPU of Lambda is assumed to be as fast."
    yield f"An invocation works for {INVOCATION_S} s, a third of the default timeout."
    yield f"Prices of {table.as_of} in {table.region}, no free tier or discount. Not counted: logs, traces, KMS keys."
    yield "Provisioned units cost only what is used: less if the table has them to spare, more if they stay longer."


def _rows(limit: PaceLimit) -> str:
    return count(limit.rows_a_second, "row")


def _setting(name: BoundName) -> str:
    """Return what would have to be raised for more."""
    return {"workers": "The CPU of the workers", "partitions": "A partition"}.get(name, name)


def _reason(pace: ReconcilePace, name: BoundName) -> str:
    load, settings = pace.load, pace.settings
    if name == "max_read_units":
        scan = f"a row takes {figure(load.scan_units_a_row)} read units of the staging table"
        look_up = f"{figure(load.look_up_units_a_row)} of the messages table"
        return f"{scan} and {look_up}, and {figure(settings.max_read_units)} of each table are allowed"
    if name == "max_write_units":
        units = figure(load.write_units_a_row)
        return f"a row takes {units} on average, and {figure(settings.max_write_units)} are allowed"
    workers = f"{count(pace.workers, 'worker')} with {figure(settings.memory_size)} MB"
    if name == "partitions":
        return f"each of {count(pace.workers, 'worker')} reads, and deletes from, one partition at a time"
    if settings.memory_size < MEMORY_OF_A_VCPU_MB:
        return f"{workers}; with up to {figure(MEMORY_OF_A_VCPU_MB)} MB they would be faster"
    return f"{workers}; more memory does not make them faster, since Python's threads share one CPU"


def _what_bounds_the_workers(pace: ReconcilePace) -> str:
    workers, settings = f"{count(pace.workers, 'worker')}, since", pace.settings
    if pace.workers == pace.segments:
        return f"{workers} there are as many segments."
    if pace.workers == settings.max_concurrency:
        return f"{workers} max_concurrency is {figure(settings.max_concurrency)}."
    each = (
        f"one for each {figure(READ_UNITS_A_WORKER)} read units or {figure(WRITE_UNITS_A_WORKER)} write units allowed"
    )
    return f"{workers} there is {each}, whichever are more."
