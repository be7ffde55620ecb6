"""An hour of the real function behind the mapping, and the same hour as `scavenger plan --simulate` has it."""

from collections.abc import Collection
from random import Random
from typing import NamedTuple

import pytest
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulation import START, Simulation
from scavenger_ops.plan.capacity import find_capacity
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.load import PipelineSettings, PlannedLoad, PlannedPipeline
from scavenger_ops.plan.simulate import simulate
from support.events import key, record
from support.failure_bucket import FakeBucket

from model.item_identity import identity
from model.real_function import RealFunction
from model.simulated_clock import SimulatedClock
from model.staging_table import StagingTable

HOUR_S = 3600


class HourTotals(NamedTuple):
    """The totals of an hour."""

    invocations: int
    deleted: int
    quarantined: int
    retries_exhausted: int
    lag_s: float


def run_really(
    inserts_a_second: int,
    units_a_second: float,
    kept: float,
    mapping_settings: MappingSettings,
    malformed: Collection[int],
) -> HourTotals:
    """Run the real function for an hour, with so many write units for deletes, and so many of them kept."""
    count = inserts_a_second * HOUR_S
    simulation, bucket = Simulation(), FakeBucket()
    clock = SimulatedClock(simulation)
    table = StagingTable(
        clock,
        Random(1),  # noqa: S311 - the same each time
        write_units=units_a_second,
        kept_s=kept / units_a_second,
        poison=map(key, malformed),
    )
    function = RealFunction(clock, table, bucket, timeout_s=60.0, max_in_flight=8)
    mapping = EventSourceMapping(simulation, mapping_settings, function.invoke)

    def insert() -> None:
        for number in range(count):
            simulation.sleep_until(START + number / inserts_a_second)
            mapping.put("shard-0", record(number))

    simulation.spawn(insert)
    with function.in_place():
        simulation.run(until=START + HOUR_S)
        simulation.close()
    rows = [identity(key(number)) for number in range(count)]
    deleted = {row for row in rows if row in table.deletes}
    done = deleted | {identity(each["dynamodb"]["Keys"]) for each in [*bucket.records(), *mapping.discarded]}
    oldest = next((number for number, row in enumerate(rows) if row not in done), count)
    return HourTotals(
        invocations=len(mapping.invocations),
        deleted=len(deleted),
        quarantined=len(bucket.records()),
        retries_exhausted=len(mapping.discarded),
        lag_s=HOUR_S - oldest / inserts_a_second,
    )


def check_hour(inserts_a_second: int, write_capacity: int, batch_size: int, *, is_poisoned: bool) -> None:
    """Check that both agree; in the ten minutes of the poison scenario, half of the records are malformed."""
    settings = PipelineSettings(write_capacity=write_capacity, batch_size=batch_size, memory_size=1769)
    pipeline = PlannedPipeline(PlannedLoad(inserts_a_second, inserts_a_second, 500, 60), settings)
    timeline = simulate(find_capacity(pipeline, measured()), "poison" if is_poisoned else "steady", hours=1)
    malformed = range(900 * inserts_a_second, 1500 * inserts_a_second, 2) if is_poisoned else ()
    left, kept = write_capacity - inserts_a_second, 300.0 * write_capacity
    real = run_really(inserts_a_second, left, kept, MappingSettings(batch_size=batch_size), malformed)
    assert timeline.invocations == pytest.approx(real.invocations, rel=0.05)
    assert timeline.deleted == pytest.approx(real.deleted, rel=0.02)
    assert timeline.quarantined == pytest.approx(real.quarantined, rel=0.02)
    assert timeline.retries_exhausted == real.retries_exhausted == 0
    assert timeline.lag_at_the_end_s == pytest.approx(real.lag_s, rel=0.05, abs=5)
