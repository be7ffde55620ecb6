"""Whatever happens to the real function and its table, each inserted key is deleted or kept, and no other key is."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st
from scavenger_ops.mapping_model.event_source_mapping import EventSourceMapping
from scavenger_ops.mapping_model.settings import MappingSettings
from scavenger_ops.mapping_model.simulated_function import InvokeThrottled
from scavenger_ops.mapping_model.simulation import Simulation
from support.events import key, record
from support.failure_bucket import FakeBucket
from support.soak import is_soak

from model.delete_calls import PROBE
from model.item_identity import identity
from model.real_function import RealFunction
from model.simulated_clock import SimulatedClock
from model.staging_table import StagingTable

BEHAVIOURS = (
    "working",
    "processing_some",
    "throttled",
    "throttled_on_demand",
    "failing",
    "dropping",
    "cut_short",
    "silent",
    "slow",
    "hanging",
    "denied",
    "missing",
    "rejecting_credentials",
    "failing_for_unknown_reasons",
    "rejecting_every_key",
    "killing",
)
# The maximum record age: this project's default in `make soak`, and a tenth of it on a push, since a batch may be
# retried all that time.
LONGEST_S = 72_000 if is_soak() else 7_200
# The kinds of records. Most are good.
KINDS = ("good", "good", "good", "good", "again", "respelled", "modify", "remove", "poison", "misfit", "keyless")


@dataclass(frozen=True)
class Schedule:
    """Everything that is decided in advance. The rest follows from the seed."""

    seed: int
    mapping: MappingSettings
    timeout_s: float
    max_in_flight: int
    write_units: float
    records: list[tuple[str, float]]
    """Each: kind, and seconds since the last record."""
    behaviours: list[tuple[str, float, float]]
    """Each: the table's behaviour, its duration in seconds, and its likelihood for a request. Then the table works."""
    trouble: float
    """How likely an invocation is throttled, killed, or followed by another one with the same records."""
    bucket_is_denied_for_s: float


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw a schedule."""
    return Schedule(
        seed=draw(st.integers(0, 2**32)),
        mapping=MappingSettings(
            batch_size=draw(st.sampled_from([1, 2, 10, 25, 26, 60, 1000])),
            maximum_batching_window_in_seconds=draw(st.sampled_from([0, 1, 60])),
            parallelization_factor=draw(st.integers(1, 3)),
            maximum_retry_attempts=draw(st.sampled_from([-1, 0, 1, 3, 10])),
            # Less than the stream's 24 hours, as this project's default: nobody can keep what the stream trims.
            maximum_record_age_in_seconds=draw(st.sampled_from([60, 600, LONGEST_S])),
            bisect_batch_on_function_error=draw(st.booleans()),
            # Without a filter, modifications and removals reach the function.
            filter_patterns=draw(st.sampled_from([({"eventName": ["INSERT"]},), ()])),
        ),
        timeout_s=draw(st.sampled_from([15.0, 20.0, 60.0])),
        max_in_flight=draw(st.sampled_from([1, 2, 8])),
        write_units=draw(st.sampled_from([1.0, 5.0, 50.0, 1e9])),
        records=draw(
            st.lists(
                st.tuples(st.sampled_from(KINDS), st.sampled_from([0.0, 0.0, 0.01, 1.0])),
                # Without a minimum, Hypothesis makes short lists, which fill no request.
                min_size=draw(st.sampled_from([0, 10, 60, 100])),
                max_size=150,
            )
        ),
        behaviours=draw(
            st.lists(
                st.tuples(
                    st.sampled_from(BEHAVIOURS),
                    st.sampled_from([1.0, 10.0, 60.0, 3600.0]),
                    st.sampled_from([0.1, 0.5, 1.0]),
                ),
                max_size=4,
            )
        ),
        trouble=draw(st.sampled_from([0.0, 0.1, 0.4])),
        bucket_is_denied_for_s=draw(st.sampled_from([0.0, 0.0, 100.0, 1.4 * LONGEST_S])),
    )


def make_records(kinds: list[str]) -> list[dict[str, Any]]:
    """Return stream records of these kinds. Their keys differ, except for the kinds that repeat a key."""
    records = []
    for number, kind in enumerate(kinds):
        good = record(number)
        match kind:
            case "again":
                records.append(record(number, Keys=key(number // 2)))
            case "respelled":
                again = key(number // 2)
                records.append(record(number, Keys={**again, "createdAt": {"N": f"0{number // 2}.0"}}))
            case "modify" | "remove":
                records.append(record(number, event_name=kind.upper()))
            case "misfit":
                records.append(record(number, Keys={"id": {"S": str(number)}}))
            case "keyless":
                del good["dynamodb"]["Keys"]
                records.append(good)
            case _:
                records.append(good)
    return records


def behaviour_of(schedule: Schedule, clock: SimulatedClock, random: Random) -> Callable[[], str]:
    """Return a function that returns the table's behaviour for a request at the current time."""
    began = clock.monotonic()

    def behaviour() -> str:
        passed = clock.monotonic() - began
        for kind, lasts_s, likelihood in schedule.behaviours:
            if passed < lasts_s:
                return kind if random.random() < likelihood else "working"
            passed -= lasts_s
        return "working"

    return behaviour


class ScheduledRun:
    """Runs a schedule, and keeps what happens."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.simulation = Simulation()
        self.random = Random(schedule.seed)  # noqa: S311 - a run must be repeatable
        self.records = make_records([kind for kind, _ in schedule.records])
        self.by_kind: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
        for (kind, _), each in zip(schedule.records, self.records, strict=True):
            self.by_kind[kind].append(each)
        clock = SimulatedClock(self.simulation)
        self.table = StagingTable(
            clock,
            self.random,
            write_units=schedule.write_units,
            poison=[each["dynamodb"]["Keys"] for each in self.by_kind["poison"]],
            behaviour=behaviour_of(schedule, clock, self.random),
        )
        self.bucket = FakeBucket()
        self.function = RealFunction(
            clock, self.table, self.bucket, timeout_s=schedule.timeout_s, max_in_flight=schedule.max_in_flight
        )
        self.kept_by_lambda: list[dict[str, Any]] = []
        self.dropped_by_lambda: list[dict[str, Any]] = []
        self.mapping = EventSourceMapping(self.simulation, schedule.mapping, self._invoke, self._keep)

    def run(self) -> None:
        """Run to the end."""
        self.simulation.spawn(self._insert)
        self.simulation.spawn(self._deny_the_bucket)
        with self.function.in_place():
            self.simulation.run()
        self.simulation.close()

    def _insert(self) -> None:
        for number, each in enumerate(self.records):
            self.simulation.sleep(self.schedule.records[number][1])
            shard = identity(each["dynamodb"].get("Keys", {}))[-4:] < "5"
            self.mapping.put(f"shard-{int(shard)}", each)

    def _deny_the_bucket(self) -> None:
        self.bucket.is_writable = False
        self.simulation.sleep(self.schedule.bucket_is_denied_for_s)
        self.bucket.is_writable = True

    def _keep(self, _: str, body: dict[str, Any]) -> None:
        """Keep the records that the mapping discards, or drop them if it cannot write to the bucket, as Lambda does."""
        records = json.loads(body["payload"])["Records"]
        if self.bucket.is_writable:
            self.kept_by_lambda += records
        else:
            self.dropped_by_lambda += records

    def _invoke(self, event: dict[str, Any]) -> object:
        """Invoke the function, with the troubles of a distributed system."""
        if self._happens():
            raise InvokeThrottled
        if self._happens():
            self.function.invoke(event, dies_after_s=self.random.uniform(0, self.schedule.timeout_s))
        response = self.function.invoke(event)
        if self._happens():
            # Deliver the records once more, in another order, and ignore the answer.
            again = self.random.sample(event["Records"], len(event["Records"]))
            self.function.invoke({"Records": again})
        return response

    def _happens(self) -> bool:
        return self.random.random() < self.schedule.trouble


def keys_of(records: list[dict[str, Any]]) -> set[str]:
    """Return the keys of the records that have keys."""
    return {identity(each["dynamodb"]["Keys"]) for each in records if "Keys" in each["dynamodb"]}


def numbers_of(records: list[dict[str, Any]]) -> set[str]:
    """Return the sequence numbers of records."""
    return {each["dynamodb"]["SequenceNumber"] for each in records}


def unaccounted(run: ScheduledRun) -> Iterator[dict[str, Any]]:
    """Yield the inserts that are neither deleted nor kept."""
    kept = [*run.bucket.records(), *run.kept_by_lambda]
    kept_keys, kept_numbers = keys_of(kept), numbers_of(kept)
    for each in run.records:
        keys = identity(each["dynamodb"].get("Keys"))
        is_kept = keys in kept_keys or each["dynamodb"]["SequenceNumber"] in kept_numbers
        if each["eventName"] == "INSERT" and not is_kept and not run.table.deletes[keys]:
            yield each


@given(schedules())
def test_after_any_schedule_each_inserted_key_and_no_other_is_deleted_or_kept(schedule: Schedule) -> None:
    """Kept records are in the failure bucket. Only records that Lambda could not write there are neither."""
    run = ScheduledRun(schedule)
    run.run()
    note(run.function.log.getvalue()[-4000:])
    assert run.mapping.idle
    assert run.mapping.trimmed == []
    assert numbers_of(list(unaccounted(run))) <= numbers_of(run.dropped_by_lambda)
    good = keys_of(run.by_kind["good"] + run.by_kind["again"] + run.by_kind["respelled"])
    assert {deleted for deleted in run.table.deletes if PROBE not in deleted} <= good
    if "rejecting_every_key" not in [kind for kind, _, _ in schedule.behaviours]:
        bad = run.by_kind["poison"] + run.by_kind["misfit"]
        assert keys_of(run.bucket.records()) <= keys_of(bad)
    for summary in run.function.summaries():
        parts = ("deleted", "duplicates", "ignored", "quarantined", "failed")
        assert summary["received"] == sum(summary[part] for part in parts)
