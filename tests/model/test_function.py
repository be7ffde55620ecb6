"""What each fault of the table leads to, from the inserts to the end, with the real function behind its mapping."""

from random import Random
from typing import Any

import pytest
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulation import Simulation
from support.events import key, record
from support.failure_bucket import FakeBucket

from model.delete_calls import PROBE
from model.item_identity import identity
from model.real_function import Event, RealFunction
from model.simulated_clock import SimulatedClock
from model.staging_table import StagingTable

HOUR_S = 3600.0


class PipelineWithFault:
    """A table that behaves badly for some seconds, and the function and mapping with this project's defaults."""

    def __init__(self, *, poison: tuple[int, ...] = (), behaviour: str = "working", lasts_s: float = 0.0) -> None:
        self.simulation = Simulation()
        clock = SimulatedClock(self.simulation)
        works_at = clock.monotonic() + lasts_s
        self.table = StagingTable(
            clock,
            Random(1),  # noqa: S311 - the same each time
            poison=[key(number) for number in poison],
            behaviour=lambda: behaviour if clock.monotonic() < works_at else "working",
        )
        self.bucket = FakeBucket()
        self.function = RealFunction(clock, self.table, self.bucket, timeout_s=60.0, max_in_flight=8)
        self.mapping = EventSourceMapping(self.simulation, MappingSettings(), self._invoke)
        self.dies_after_s: list[float] = []

    def run(self, *records: dict[str, Any]) -> None:
        """Put these records into a shard, and run to the end."""

        def insert() -> None:
            for each in records:
                self.mapping.put("shard-0", each)

        self.simulation.spawn(insert)
        with self.function.in_place():
            self.simulation.run()

    def deleted(self) -> set[str]:
        """Return the rows that were deleted, without probe keys."""
        return {row for row in self.table.deletes if PROBE not in row}

    def statuses(self) -> list[str]:
        """Return how the invocations ended."""
        return [invocation.status for invocation in self.mapping.invocations]

    def _invoke(self, event: Event) -> object:
        return self.function.invoke(event, self.dies_after_s.pop(0) if self.dies_after_s else float("inf"))


def rows(*numbers: int) -> set[str]:
    """Return the rows of these messages."""
    return {identity(key(number)) for number in numbers}


def test_bad_records_do_not_block_others() -> None:
    """Of 300 records, one is malformed, one is rejected and one is of another table: three invocations are enough."""
    pipeline = PipelineWithFault(poison=(50,))
    records = [record(number) for number in range(300)]
    records[10] = record(10, Keys={"id": {"S": "of another table"}})
    records[150] = record(150, Keys={**key(150), "createdAt": {"N": "yesterday"}})
    pipeline.run(*records)
    assert pipeline.statuses() == ["success"] * 3
    assert pipeline.deleted() == rows(*set(range(300)) - {10, 50, 150})
    assert [each["dynamodb"]["SequenceNumber"] for each in pipeline.bucket.records()] == ["1010", "1050", "1150"]
    assert pipeline.mapping.discarded == []


def test_a_shard_with_only_bad_records_is_not_blocked() -> None:
    """Each batch is quarantined in its first invocation."""
    pipeline = PipelineWithFault(poison=tuple(range(0, 200, 2)))
    pipeline.run(*(record(number, Keys=None if number % 2 else key(number)) for number in range(200)))
    assert pipeline.statuses() == ["success"] * 2
    assert len(pipeline.bucket.records()) == 200


@pytest.mark.parametrize("behaviour", ["denied", "missing", "rejecting_every_key"])
def test_a_batch_that_fails_at_once_is_kept_whole_when_its_retries_are_exhausted(behaviour: str) -> None:
    """Lambda keeps it: the function has neither dropped nor quarantined anything."""
    pipeline = PipelineWithFault(behaviour=behaviour, lasts_s=24 * HOUR_S)
    pipeline.run(*(record(number) for number in range(30)))
    assert set(pipeline.statuses()) == {"error"}
    assert len(pipeline.mapping.discarded) == 30
    assert pipeline.deleted() == set()
    assert pipeline.bucket.objects == {}


@pytest.mark.parametrize("behaviour", ["throttled", "throttled_on_demand", "failing", "dropping", "silent"])
def test_a_fault_of_a_few_minutes_only_costs_time(behaviour: str) -> None:
    """An invocation retries for most of its minute, so ten retries last longer than five minutes."""
    pipeline = PipelineWithFault(behaviour=behaviour, lasts_s=300.0)
    pipeline.run(*(record(number) for number in range(100)))
    assert pipeline.deleted() == rows(*range(100))
    assert pipeline.mapping.discarded == []


def test_a_function_that_is_killed_again_and_again_loses_nothing() -> None:
    """It is killed before its first request, with requests in flight, and before its answer."""
    pipeline = PipelineWithFault(behaviour="slow", lasts_s=HOUR_S)
    pipeline.dies_after_s = [0.0, 0.5, 1.0, 2.0, 2.5]
    pipeline.run(*(record(number) for number in range(100)))
    assert pipeline.statuses().count("error") == 5
    assert pipeline.deleted() == rows(*range(100))
    assert pipeline.mapping.discarded == []
