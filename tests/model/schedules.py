"""Schedules of faults, messages and rows that are staged again, as Hypothesis draws them."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st
from scavenger_ops.mapping_model.settings import MappingSettings
from support.soak import is_soak

from model.scheduled_messages import KINDS
from model.simulated_clock import SimulatedClock

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
# With these, a delete may be carried out although the function gets no answer.
LOSING_ANSWERS = {"failing", "dropping", "cut_short", "silent", "hanging", "killing"}
# The maximum record age: this project's default in `make soak`, and a tenth of it on a push, since a batch may be
# retried all that time.
LONGEST_S = 72_000 if is_soak() else 7_200


@dataclass(frozen=True)
class Schedule:
    """Everything that is decided in advance. The rest follows from the seed."""

    seed: int
    mapping: MappingSettings
    event_names: tuple[str, ...]
    timeout_s: float
    max_in_flight: int
    write_units: float
    records: list[tuple[str, float]]
    """Each: kind, and seconds since the last record."""
    staged_again: tuple[int, float]
    """How many rows are staged again, and how likely that is at each moment at which something happens to them."""
    behaviours: list[tuple[str, float, float]]
    """Each: the table's behaviour, its duration in seconds, and its likelihood for a request. Then the table works."""
    trouble: float
    """How likely an invocation is throttled, killed, or followed by another one with the same records."""
    bucket_is_denied_for_s: float

    def loses_answers(self) -> bool:
        """Return whether a delete may be carried out without an answer to the function, or the function's answer."""
        return bool(self.trouble) or any(kind in LOSING_ANSWERS for kind, _, _ in self.behaviours)

    def lasts_s(self) -> float:
        """Return after how many seconds the table and the bucket work without faults."""
        return max(sum(lasts_s for _, lasts_s, _ in self.behaviours), self.bucket_is_denied_for_s)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw a schedule."""
    event_names = draw(st.sampled_from([("INSERT",), ("INSERT", "MODIFY"), ("MODIFY",)]))
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
            # Without a filter, the changes that make no row obsolete reach the function.
            filter_patterns=draw(st.sampled_from([({"eventName": list(event_names)},), ()])),
        ),
        event_names=event_names,
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
        staged_again=draw(st.tuples(st.sampled_from([0, 3, 30]), st.sampled_from([0.02, 0.2, 1.0]))),
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
