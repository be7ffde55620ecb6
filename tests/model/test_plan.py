"""What `scavenger plan --simulate` reckons agrees with the real function behind the same mapping."""

from collections.abc import Collection
from random import Random
from typing import NamedTuple

import pytest
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulation import START, Simulation
from scavenger_ops.plan.pipeline import Load, Pipeline, Settings
from scavenger_ops.plan.simulation.simulate import simulate
from support.events import key, record
from support.failure_bucket import FakeBucket

from model.clock import Clock
from model.pipeline import Function
from model.staging_table import StagingTable, identity

HOUR_S = 3600.0
INSERTS_A_SECOND = 10
# Half of those that come in the ten minutes of the scenario.
BAD = range(9000, 15_000, 2)
RECORDS = int(INSERTS_A_SECOND * HOUR_S)


class Totals(NamedTuple):
    """What an hour came to."""

    invocations: int
    deleted: int
    quarantined: int
    given_up: int
    lag_s: float


def run_really(units_a_second: float, kept: float, mapping_settings: MappingSettings, bad: Collection[int]) -> Totals:
    """Let the real function run for an hour, with so many write units for deletes, and so many of them kept."""
    simulation, bucket = Simulation(), FakeBucket()
    clock = Clock(simulation)
    table = StagingTable(
        clock,
        Random(1),  # noqa: S311 - the same each time
        write_units=units_a_second,
        kept_s=kept / units_a_second,
        poison=map(key, bad),
    )
    function = Function(clock, table, bucket, timeout_s=60.0, max_in_flight=8)
    mapping = EventSourceMapping(simulation, mapping_settings, function.invoke)

    def insert() -> None:
        for number in range(RECORDS):
            simulation.sleep_until(START + number / INSERTS_A_SECOND)
            mapping.put("shard-0", record(number))

    simulation.spawn(insert)
    with function.in_place():
        simulation.run(until=START + HOUR_S)
        simulation.close()
    rows = [identity(key(number)) for number in range(RECORDS)]
    deleted = {row for row in rows if row in table.deletes}
    done = deleted | {identity(each["dynamodb"]["Keys"]) for each in [*bucket.records(), *mapping.given_up]}
    oldest = next((number for number, row in enumerate(rows) if row not in done), RECORDS)
    return Totals(
        invocations=len(mapping.invocations),
        deleted=len(deleted),
        quarantined=len(bucket.records()),
        given_up=len(mapping.given_up),
        lag_s=HOUR_S - oldest / INSERTS_A_SECOND,
    )


@pytest.mark.parametrize(
    ("write_capacity", "batch_size", "bad"), [(50, 100, BAD), (50, 1000, ()), (15, 100, ()), (15, 1000, BAD)]
)
def test_a_simulated_hour_is_as_with_the_real_function(
    write_capacity: int, batch_size: int, bad: Collection[int]
) -> None:
    """The API's puts take ten units a second; what is left of 50 suffices, of 15 for every other delete."""
    settings = Settings(
        stream_view_type="NEW_AND_OLD_IMAGES",
        billing_mode="PROVISIONED",
        write_capacity=write_capacity,
        batch_size=batch_size,
        maximum_batching_window_in_seconds=60,
        parallelization_factor=1,
        memory_size=1769,
        max_requests_in_flight=8,
        timeout=60,
    )
    pipeline = Pipeline(Load(INSERTS_A_SECOND, INSERTS_A_SECOND, 500, 60), settings)
    course = simulate(pipeline, shards=1, scenario="poison" if bad else "steady", hours=1)
    real = run_really(
        write_capacity - INSERTS_A_SECOND, 300.0 * write_capacity, MappingSettings(batch_size=batch_size), bad
    )
    assert course.invocations == pytest.approx(real.invocations, rel=0.05)
    assert course.deleted == pytest.approx(real.deleted, rel=0.02)
    assert course.quarantined == pytest.approx(real.quarantined, rel=0.02)
    assert course.given_up == real.given_up == 0
    assert course.lag_at_the_end_s == pytest.approx(real.lag_s, rel=0.05, abs=5)
