"""What each fault comes to, from the insert to the end, for the real function behind its mapping."""

from random import Random
from typing import Any

import pytest
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulation import Simulation
from support.events import key, record
from support.failure_bucket import FakeBucket

from model.real_function import Event, RealFunction
from model.simulated_clock import SimulatedClock
from model.staging_table import StagingTable, identity

HOUR_S = 3600.0


class PipelineInWeather:
    """A table in some weather, and the function and mapping with this project's defaults."""

    def __init__(self, *, poison: tuple[int, ...] = (), weather: str = "fine", lasts_s: float = 0.0) -> None:
        self.simulation = Simulation()
        clock = SimulatedClock(self.simulation)
        fine_at = clock.monotonic() + lasts_s
        self.table = StagingTable(
            clock,
            Random(1),  # noqa: S311 - the same each time
            poison=[key(number) for number in poison],
            weather=lambda: weather if clock.monotonic() < fine_at else "fine",
        )
        self.bucket = FakeBucket()
        self.function = RealFunction(clock, self.table, self.bucket, timeout_s=60.0, max_in_flight=8)
        self.mapping = EventSourceMapping(self.simulation, MappingSettings(), self._invoke)
        self.dies_after_s: list[float] = []

    def run(self, *records: dict[str, Any]) -> None:
        """Put these records into a shard, and let everything happen."""

        def insert() -> None:
            for each in records:
                self.mapping.put("shard-0", each)

        self.simulation.spawn(insert)
        with self.function.in_place():
            self.simulation.run()

    def deleted(self) -> set[str]:
        """Give the rows that are gone, made-up ones left out."""
        return {row for row in self.table.deletes if "made-up" not in row}

    def outcomes(self) -> list[str]:
        """Say how the invocations ended."""
        return [invocation.status for invocation in self.mapping.invocations]

    def _invoke(self, event: Event) -> object:
        return self.function.invoke(event, self.dies_after_s.pop(0) if self.dies_after_s else float("inf"))


def rows(*numbers: int) -> set[str]:
    """Give the rows of these messages."""
    return {identity(key(number)) for number in numbers}


def test_bad_records_hold_nobody_up() -> None:
    """Of 300 records one is malformed, one is refused and one is of another table: three invocations do for all."""
    pipeline = PipelineInWeather(poison=(50,))
    records = [record(number) for number in range(300)]
    records[10] = record(10, Keys={"id": {"S": "of another table"}})
    records[150] = record(150, Keys={**key(150), "createdAt": {"N": "yesterday"}})
    pipeline.run(*records)
    assert pipeline.outcomes() == ["success"] * 3
    assert pipeline.deleted() == rows(*set(range(300)) - {10, 50, 150})
    assert [each["dynamodb"]["SequenceNumber"] for each in pipeline.bucket.records()] == ["1010", "1050", "1150"]
    assert pipeline.mapping.discarded == []


def test_a_shard_of_nothing_but_bad_records_is_not_held_up_either() -> None:
    """Each batch is quarantined as it comes."""
    pipeline = PipelineInWeather(poison=tuple(range(0, 200, 2)))
    pipeline.run(*(record(number, Keys=None if number % 2 else key(number)) for number in range(200)))
    assert pipeline.outcomes() == ["success"] * 2
    assert len(pipeline.bucket.records()) == 200


@pytest.mark.parametrize("weather", ["denied", "missing", "of_another_key"])
def test_what_fails_at_once_is_kept_whole_when_the_retries_are_used_up(weather: str) -> None:
    """By Lambda: the function has thrown nothing away, and quarantined nothing."""
    pipeline = PipelineInWeather(weather=weather, lasts_s=24 * HOUR_S)
    pipeline.run(*(record(number) for number in range(30)))
    assert set(pipeline.outcomes()) == {"error"}
    assert len(pipeline.mapping.discarded) == 30
    assert pipeline.deleted() == set()
    assert pipeline.bucket.objects == {}


@pytest.mark.parametrize("weather", ["throttled", "throttled_in_other_words", "failing", "dropping", "silent"])
def test_what_passes_within_minutes_costs_nothing_but_time(weather: str) -> None:
    """An invocation keeps trying for most of its minute, so five minutes are within ten retries."""
    pipeline = PipelineInWeather(weather=weather, lasts_s=300.0)
    pipeline.run(*(record(number) for number in range(100)))
    assert pipeline.deleted() == rows(*range(100))
    assert pipeline.mapping.discarded == []


def test_a_function_that_dies_again_and_again_loses_nothing() -> None:
    """At whatever moment: before its first request, with requests under way, before its answer."""
    pipeline = PipelineInWeather(weather="slow", lasts_s=HOUR_S)
    pipeline.dies_after_s = [0.0, 0.5, 1.0, 2.0, 2.5]
    pipeline.run(*(record(number) for number in range(100)))
    assert pipeline.outcomes().count("error") == 5
    assert pipeline.deleted() == rows(*range(100))
    assert pipeline.mapping.discarded == []
