"""A run of equal records is delivered just as its records would be one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from scavenger_ops.mapping_model.batch_buffer import MAX_PAYLOAD_BYTES
from scavenger_ops.mapping_model.delivery import Condition, Delivery
from scavenger_ops.mapping_model.invocation_result import InvocationResult, InvocationStatus
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import RecordRun, count_records, split
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.shard import Shard
from scavenger_ops.mapping_model.simulation import START, Simulation
from scavenger_ops.mapping_model.stream import Stream

GOOD: dict[str, Any] = {"eventName": "INSERT", "is": "good"}
BAD: dict[str, Any] = {"eventName": "INSERT", "is": "bad"}
REMOVAL: dict[str, Any] = {"eventName": "REMOVE"}

STATUSES: list[InvocationStatus] = ["success", "partial", "failure", "error", "throttled"]


@dataclass
class ShardLoad:
    """The records that are put into a shard, and how the function ends."""

    mapping: MappingSettings
    puts: list[tuple[float, int, dict[str, Any], int]]
    """Each: seconds since the last put, number of records, body, and size of one record in bytes."""
    endings: list[tuple[InvocationStatus, float]]
    """How the invocations end, in turn and again from the first, and how many seconds they take."""
    off_s: float
    """How many seconds the mapping is disabled."""

    def run(self, *, one_by_one: bool) -> list[object]:
        """Return everything that happened, record by record."""
        happened: list[object] = []
        simulation, calls = Simulation(), iter(range(1_000_000))

        def invoke(_: str, runs: Sequence[RecordRun]) -> InvocationResult:
            status, takes_s = self.endings[next(calls) % len(self.endings)]
            began, count = simulation.now, count_records(runs)
            simulation.sleep(takes_s)
            happened.append((began - START, simulation.now - START, status, list(each_of(runs))))
            return InvocationResult(status, {"success": count, "partial": count // 3}.get(status, 0))

        def discard(_: str, batch: RecordBatch, condition: Condition) -> None:
            happened.append((simulation.now - START, condition, batch.counted_failures, list(each_of(batch.runs))))

        stream = Stream(simulation)
        shard = Shard("shard-0", Delivery(simulation, self.mapping, stream, invoke, discard))

        def insert() -> None:
            for wait_s, count, body, size_bytes in self.puts:
                simulation.sleep(wait_s)
                run = RecordRun(body, simulation.now, size_bytes, count)
                for each in [replace(run, count=1)] * count if one_by_one else [run]:
                    shard.put(each)

        def switch_off() -> None:
            simulation.sleep(30)
            shard.disable()
            simulation.sleep(self.off_s)
            shard.enable()

        simulation.spawn(insert)
        simulation.spawn(switch_off)
        simulation.run()
        assert shard.idle
        return [*happened, shard.filtered_out, list(each_of(stream.trimmed))]


def each_of(runs: Sequence[RecordRun]) -> Iterator[tuple[float, object, int]]:
    """Yield the records of runs one by one."""
    for run in runs:
        yield from [(run.arrived - START, run.body.get("is"), run.size_bytes)] * run.count


LOADS = st.builds(
    ShardLoad,
    mapping=st.builds(
        MappingSettings,
        batch_size=st.sampled_from([1, 2, 7, 30, 1000]),
        maximum_batching_window_in_seconds=st.sampled_from([0, 1, 60]),
        parallelization_factor=st.integers(1, 4),
        maximum_retry_attempts=st.sampled_from([-1, 0, 1, 5]),
        # Always a limit, so that retries end.
        maximum_record_age_in_seconds=st.sampled_from([60, 600, 72_000]),
        bisect_batch_on_function_error=st.booleans(),
    ),
    puts=st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.1, 1.0, 100.0]),
            st.integers(1, 40),
            st.sampled_from([GOOD, GOOD, BAD, REMOVAL]),
            st.sampled_from([100, 100, 400_000, MAX_PAYLOAD_BYTES // 3, MAX_PAYLOAD_BYTES]),
        ),
        max_size=8,
    ),
    endings=st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from([0.0, 0.3, 20.0])), min_size=1, max_size=6),
    off_s=st.sampled_from([0.0, 0.0, 500.0, 100_000.0]),
)


@given(LOADS)
def test_runs_are_delivered_as_their_records_would_be(load: ShardLoad) -> None:
    """They are in the same batches at the same times, and are retried, discarded, trimmed and filtered alike."""
    assert load.run(one_by_one=False) == load.run(one_by_one=True)


def test_a_run_takes_no_more_work_than_a_record() -> None:
    """A hundred million records are split into batches at once."""
    load = ShardLoad(MappingSettings(batch_size=10_000), [(0.0, 100_000_000, GOOD, 100)], [("success", 0.0)], 0.0)
    simulation = Simulation()
    batches: list[Sequence[RecordRun]] = []

    def invoke(_: str, runs: Sequence[RecordRun]) -> InvocationResult:
        batches.append(runs)
        return InvocationResult("success", count_records(runs))

    delivery = Delivery(simulation, load.mapping, Stream(simulation), invoke, lambda *_: None)
    Shard("shard-0", delivery).put(RecordRun(GOOD, simulation.now, 100, 100_000_000))
    simulation.run()
    assert len(batches) == 10_000
    assert {len(runs) for runs in batches} == {1}


def test_the_remainder_of_a_run_goes_to_the_lanes_after_those_of_the_last_run() -> None:
    """Otherwise the first lanes would get more records than the last ones."""
    simulation = Simulation()
    counts: list[int] = []

    def invoke(_: str, runs: Sequence[RecordRun]) -> InvocationResult:
        counts.append(count_records(runs))
        return InvocationResult("success", counts[-1])

    mapping = MappingSettings(parallelization_factor=4)
    shard = Shard("shard-0", Delivery(simulation, mapping, Stream(simulation), invoke, lambda *_: None))
    for _ in range(4):
        shard.put(RecordRun(GOOD, simulation.now, 100, 7))
    simulation.run()
    assert counts == [7, 7, 7, 7]


def test_runs_are_split_after_any_record() -> None:
    """They are split between two runs, within one, before the first and after the last."""
    first, last = RecordRun(GOOD, START, 100, 2), RecordRun(BAD, START, 100, 3)
    assert split((first, last), 0) == ((), (first, last))
    assert split((first, last), 2) == ((first,), (last,))
    assert split((first, last), 4) == ((first, last.part(2)), (last.part(1),))
    assert split((first, last), 5) == ((first, last), ())
