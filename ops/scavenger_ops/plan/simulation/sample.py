"""How much of a pipeline is simulated: enough to see what it does, and no more than takes half a minute."""

from dataclasses import dataclass
from math import ceil

from scavenger_ops.mapping_model.settings import POLL_INTERVAL_S
from scavenger_ops.plan.design import Design

# Arrivals and invocations of all lanes: so many take a day's simulation five to ten seconds on one core.
MOST_EVENTS = 200_000
# As many as one shard can have, so that a small pipeline is simulated whole.
MOST_LANES = 10
# What arrives in a tick comes as one run; a twentieth of a batch's time is not seen in a picture.
TICKS_A_BATCH = 20


@dataclass(frozen=True)
class Sample:
    """The part that is simulated: so many shards with so many lanes each, each lane for as many as it stands for.

    It takes a lane so long to fill a batch at the steady load. What comes within a tick comes at its end. Where a lane
    has more invocations than can be simulated, so many that follow each other go as one.
    """

    shards: int
    lanes: int
    stands_for: float
    to_fill_s: float
    tick_s: float
    invocations_as_one: int


def choose_sample(design: Design, shards: int, duration_s: float) -> Sample:
    """Choose what is simulated: rather lanes of different shards than of one, since those of a shard go in step."""
    factor = design.pipeline.settings.parallelization_factor
    batch_s = _batch_s(design, shards * factor)
    tick_s = max(POLL_INTERVAL_S, batch_s / TICKS_A_BATCH)
    events = duration_s / tick_s + duration_s / batch_s
    lanes = max(1, min(MOST_LANES, int(MOST_EVENTS / events)))
    sampled_shards = min(shards, lanes)
    sampled_lanes = min(factor, lanes // sampled_shards)
    return Sample(
        shards=sampled_shards,
        lanes=sampled_lanes,
        stands_for=shards * factor / (sampled_shards * sampled_lanes),
        to_fill_s=design.full_batch * shards * factor / design.pipeline.load.inserts_a_second,
        tick_s=tick_s,
        invocations_as_one=ceil(duration_s / batch_s / MOST_EVENTS),
    )


def _batch_s(design: Design, lanes: int) -> float:
    """Give the least time from one batch of a lane to the next, while nothing is pushed back."""
    window_s = max(POLL_INTERVAL_S, design.pipeline.settings.maximum_batching_window_in_seconds)
    to_fill_s = design.full_batch * lanes / design.pipeline.load.peak_inserts_a_second
    return max(min(window_s, to_fill_s), design.duration_s(design.full_batch))
