"""A row that is staged again is kept, whenever that happens: the real function with a match attribute, step by step."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulation import START, Simulation
from support.events import key, record
from support.failure_bucket import FakeBucket

from model.item_identity import identity
from model.real_function import RealFunction
from model.redriving import Redriving
from model.simulated_clock import SimulatedClock
from model.staging_table import StagingTable

ROWS = 30
STAGED_AGAIN = 7
# A batch is invoked when its window ends.
FIRST_INVOCATION_S = MappingSettings().maximum_batching_window_in_seconds


def version(number: int) -> dict[str, Any]:
    """Return the attribute in which two stagings of a row differ."""
    return {"receivedAt": {"N": str(number)}}


class RestagedPipeline:
    """Rows of version 1, all reported by the stream, and one that is staged again with version 2."""

    def __init__(self, *, behaviour: str = "working", lasts_s: float = 0.0, poison: Sequence[int] = ()) -> None:
        self.simulation = Simulation()
        clock = SimulatedClock(self.simulation)
        self.table = StagingTable(
            clock,
            Random(1),  # noqa: S311 - the same each time
            poison=map(key, poison),
            behaviour=lambda: behaviour if self.simulation.now < START + lasts_s else "working",
        )
        self.bucket = FakeBucket()
        self.function = RealFunction(
            clock,
            self.table,
            self.bucket,
            timeout_s=60.0,
            max_in_flight=8,
            match_attributes={"receivedAt": "receivedAt"},
        )
        self.mapping = EventSourceMapping(self.simulation, MappingSettings(), self.function.invoke)
        for number in range(ROWS):
            self.table.rows.stage(key(number), version(1))
            self.report(number, 1)

    def report(self, number: int, in_version: int, sequence_number: int = 0) -> None:
        """Put the message of a row into the stream."""
        image = {**key(number), **version(in_version)}
        changes = {"SequenceNumber": str(sequence_number)} if sequence_number else {}
        self.mapping.put("shard-0", record(number, NewImage=image, **changes))

    def run(self, staged_again_at_s: float) -> None:
        """Run to the end, and stage the row again so many seconds after the start."""
        self.simulation.spawn(lambda: self._stage_again(staged_again_at_s))
        with self.function.in_place():
            self.simulation.run()

    def redrive(self) -> list[dict[str, Any]]:
        """Send what was kept through the function again, and return the records that are not done."""
        kept = [*self.bucket.records(), *self.mapping.discarded]
        redriving = Redriving({"object": kept}, self.function.invoke)
        self.simulation.spawn(redriving.run)
        with self.function.in_place():
            self.simulation.run()
        return [each for records in redriving.left.values() for each in records]

    def left(self) -> dict[int, Any]:
        """Return the attributes of the rows that are still there."""
        rows = {number: self.table.rows.get(identity(key(number))) for number in range(ROWS)}
        return {number: row.attributes for number, row in rows.items() if row}

    def total(self, figure: str) -> int:
        """Return the sum of a figure in the summary lines."""
        return sum(summary[figure] for summary in self.function.summaries())

    def _stage_again(self, at_s: float) -> None:
        self.simulation.sleep(at_s)
        self.table.rows.stage(key(STAGED_AGAIN), version(2))


def test_a_row_staged_again_before_the_delivery_is_kept() -> None:
    """It is superseded in the first invocation, which deletes the others."""
    pipeline = RestagedPipeline()
    pipeline.run(staged_again_at_s=1.0)
    assert pipeline.left() == {STAGED_AGAIN: version(2)}
    assert (pipeline.total("deleted"), pipeline.total("superseded")) == (ROWS - 1, 1)
    assert [invocation.status for invocation in pipeline.mapping.invocations] == ["success"]


@pytest.mark.parametrize("behaviour", ["throttled", "failing", "dropping", "cut_short", "silent", "killing"])
def test_a_row_staged_again_between_delivery_and_retry_is_kept(behaviour: str) -> None:
    """The first delete may have been carried out without an answer. Nothing is retried after the refusal."""
    pipeline = RestagedPipeline(behaviour=behaviour, lasts_s=FIRST_INVOCATION_S + 300.0)
    pipeline.run(staged_again_at_s=FIRST_INVOCATION_S + 100.0)
    assert pipeline.left() == {STAGED_AGAIN: version(2)}
    assert pipeline.total("superseded") == 1
    assert pipeline.mapping.discarded == []


def test_a_row_staged_again_before_a_redrive_is_kept() -> None:
    """The redrive deletes what it names and has not changed, and counts the record of the other row as done."""
    pipeline = RestagedPipeline(behaviour="denied", lasts_s=24 * 3600.0)
    pipeline.run(staged_again_at_s=24 * 3600.0)
    assert len(pipeline.mapping.discarded) == ROWS
    assert pipeline.redrive() == []
    assert pipeline.left() == {STAGED_AGAIN: version(2)}
    assert (pipeline.total("deleted"), pipeline.total("superseded")) == (ROWS - 1, 1)


def test_a_row_that_is_gone_counts_as_deleted_and_not_as_superseded() -> None:
    """Otherwise each delete that is sent again would be counted wrong."""
    pipeline = RestagedPipeline()
    pipeline.table.rows.remove(key(0))
    pipeline.run(staged_again_at_s=24 * 3600.0)
    assert (pipeline.total("deleted"), pipeline.total("superseded")) == (ROWS, 0)


def test_a_row_staged_again_is_deleted_when_it_is_reported_again() -> None:
    """Both messages are in one batch: the second is no duplicate of the first."""
    pipeline = RestagedPipeline()
    pipeline.report(STAGED_AGAIN, 2, sequence_number=5000)
    pipeline.run(staged_again_at_s=1.0)
    assert pipeline.left() == {}
    assert pipeline.total("duplicates") == 0


def test_a_quarantined_record_is_redriven_with_what_its_row_is_compared_with() -> None:
    """DynamoDB rejects two keys for a while. One of the rows is staged again before the redrive."""
    pipeline = RestagedPipeline(poison=(0, STAGED_AGAIN))
    pipeline.run(staged_again_at_s=24 * 3600.0)
    assert pipeline.total("quarantined") == 2
    pipeline.table.accept_every_key()
    assert pipeline.redrive() == []
    assert pipeline.left() == {STAGED_AGAIN: version(2)}


def test_a_redrive_that_is_denied_keeps_every_record() -> None:
    """Nothing is done before the table accepts a delete."""
    pipeline = RestagedPipeline(behaviour="denied", lasts_s=72 * 3600.0)
    pipeline.run(staged_again_at_s=1.0)
    assert len(pipeline.redrive()) == ROWS
    assert len(pipeline.left()) == ROWS
