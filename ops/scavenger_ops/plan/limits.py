"""What limits the deletes a second, and by which setting."""

from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from scavenger_ops.plan.design import Design
from scavenger_ops.plan.stream import units_an_item
from scavenger_ops.text import count, figure, seconds


@dataclass(frozen=True)
class Limit:
    """How many deletes a second something allows, the setting or quota that would have to be raised, and why."""

    name: str
    deletes_a_second: float
    reason: str


class _Parts(NamedTuple):
    """What the time of a full batch goes to."""

    overhead_s: float
    records_cpu_s: float
    waiting_s: float


def find_limits(design: Design, inserts_a_second: float) -> tuple[Limit, ...]:
    """Find what limits the deletes while so many items are inserted a second, the tightest first.

    The API puts as many items into the staging table as are inserted, and what it takes of the table comes first.
    """
    limits = (_lanes(design), _write_units(design, inserts_a_second), _concurrency(design))
    limiting = (limit for limit in limits if isfinite(limit.deletes_a_second))
    return tuple(sorted(limiting, key=lambda limit: limit.deletes_a_second))


def most_deletes_a_second(design: Design, inserts_a_second: float) -> float:
    """Return how many deletes a second the tightest of these limits allows, without its words."""
    return min(_of_lanes(design), _of_write_units(design, inserts_a_second), _of_concurrency(design))


def put_units(design: Design, inserts_a_second: float) -> float:
    """Give the write units a second that the API's puts take."""
    return inserts_a_second * units_an_item(design.pipeline.load)


def _write_units(design: Design, inserts_a_second: float) -> Limit:
    settings, puts = design.pipeline.settings, put_units(design, inserts_a_second)
    if settings.billing_mode == "PROVISIONED":
        name, units = "write_capacity", float(settings.write_capacity)
        what = f"the staging table has {count(units, 'write unit')} a second"
    else:
        name, units = "the quota of write units", design.quotas.write_units_a_second
        what = f"AWS's quota is {figure(units)} write units a second for a table"
    left = _of_write_units(design, inserts_a_second)
    return Limit(name, left, f"{what}, of which the API's puts need {figure(puts)}")


def _of_write_units(design: Design, inserts_a_second: float) -> float:
    settings = design.pipeline.settings
    is_provisioned = settings.billing_mode == "PROVISIONED"
    units = float(settings.write_capacity) if is_provisioned else design.quotas.write_units_a_second
    return max(0.0, units - put_units(design, inserts_a_second)) / units_an_item(design.pipeline.load)


def _lanes(design: Design) -> Limit:
    duration_s = design.duration_s(design.full_batch)
    settings = design.pipeline.settings
    lanes = f"{count(design.lanes, 'lane')} (shards x parallelization_factor {settings.parallelization_factor})"
    reason = f"{lanes} with batches of {count(design.full_batch, 'record')}, each in {seconds(duration_s)}"
    return Limit(_slowest_part(design), _of_lanes(design), reason)


def _of_lanes(design: Design) -> float:
    return design.lanes * design.full_batch / design.duration_s(design.full_batch)


def _slowest_part(design: Design) -> str:
    """Name the setting that the time of a full batch hangs on most."""
    parts = _parts_of(design)
    largest = max(parts)
    if largest == parts.overhead_s and design.full_batch == design.pipeline.settings.batch_size:
        return "batch_size"
    if largest == parts.waiting_s and design.function.requests_in_flight is None:
        return "max_requests_in_flight"
    return "memory_size" if design.cpu_share < 1.0 else "parallelization_factor"


def _parts_of(design: Design) -> _Parts:
    overhead_s = design.request_s + design.cpu_s(0)
    records_cpu_s = design.cpu_s(design.full_batch) - design.cpu_s(0)
    # What there is to wait beyond the first request, with the CPU idle.
    waiting_s = design.duration_s(design.full_batch) - overhead_s - records_cpu_s
    return _Parts(overhead_s, records_cpu_s, waiting_s)


def _concurrency(design: Design) -> Limit:
    quota = design.quotas.concurrent_invocations
    duration_s = design.duration_s(design.full_batch)
    reason = f"AWS's quota is {figure(quota)} invocations at the same time, here each of {seconds(duration_s)}"
    return Limit("the quota of concurrency", _of_concurrency(design), reason)


def _of_concurrency(design: Design) -> float:
    return design.quotas.concurrent_invocations * design.full_batch / design.duration_s(design.full_batch)
