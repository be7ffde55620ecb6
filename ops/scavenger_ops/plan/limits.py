"""What limits the deletes at peak, and which setting would have to be raised for more."""

from collections.abc import Iterator
from dataclasses import dataclass

from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.text import count, figure, seconds


@dataclass(frozen=True)
class Limit:
    """How many deletes a second something allows, the setting that would have to be raised for more, and why."""

    setting: str
    deletes_a_second: float
    reason: str


def find_limits(capacity: Capacity) -> tuple[Limit, ...]:
    """Return what limits the deletes at peak, the tightest first."""
    return tuple(sorted(_limits(capacity), key=lambda limit: limit.deletes_a_second))


def _limits(capacity: Capacity) -> Iterator[Limit]:
    factor = capacity.settings.parallelization_factor
    lanes = f"{count(capacity.lanes, 'lane')} (shards x parallelization_factor {factor})"
    each = f"batches of {count(capacity.full_batch, 'record')}, each in {seconds(capacity.full_batch_s)}"
    yield Limit(_slowest_part(capacity), capacity.lane_deletes_a_second, f"{lanes} with {each}")
    if capacity.settings.is_provisioned:
        load = capacity.load
        units = count(capacity.write_units_a_second, "write unit")
        puts = figure(load.write_units(load.peak_inserts_a_second))
        yield Limit(
            "write_capacity",
            capacity.table_deletes_a_second(load.peak_inserts_a_second),
            f"the staging table has {units} a second, of which the API's puts need {puts}",
        )


def _slowest_part(capacity: Capacity) -> str:
    """Return the setting that the time of a full batch depends on most."""
    overhead_s = capacity.figures.request_s + capacity.cpu_s(0)
    records_s = capacity.cpu_s(capacity.full_batch) - capacity.cpu_s(0)
    # The wait beyond the first request, with the CPU idle.
    waiting_s = capacity.full_batch_s - overhead_s - records_s
    largest_s = max(overhead_s, records_s, waiting_s)
    if largest_s == overhead_s and capacity.full_batch == capacity.settings.batch_size:
        return "batch_size"
    if largest_s == waiting_s and capacity.function.requests_in_flight is None:
        return "max_requests_in_flight"
    return "memory_size" if capacity.cpu_share < 1.0 else "parallelization_factor"
