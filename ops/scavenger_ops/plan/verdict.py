"""Says in sentences whether a design keeps up, and which of its settings bind."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scavenger_ops.plan.design import Design
from scavenger_ops.plan.estimate import MAXIMUM_RECORD_AGE_S, Estimate
from scavenger_ops.plan.fitness import Quota
from scavenger_ops.plan.flow import INVOCATIONS_WITHOUT_PROGRESS, Flow
from scavenger_ops.plan.function_cost import MEMORY_OF_A_VCPU_MB, Measured
from scavenger_ops.plan.limits import put_units
from scavenger_ops.plan.stream import PARTITIONS_ON_DEMAND, WRITE_UNITS_OF_A_PARTITION, record_bytes
from scavenger_ops.text import count, figure, seconds

MINUTE_S = 60
# From here on it is the CPU that an invocation waits for most.
MOST_OF_IT = 0.5


def verdict(result: Estimate, quotas: Sequence[Quota]) -> str:
    """Say whether it keeps up once the quotas are raised, and if not, what becomes of the lag."""
    steady, peak = result.steady, result.peak
    if peak.keeps_up:
        times = figure(peak.most_deletes_a_second / peak.inserts_a_second)
        able = f"{figure(peak.most_deletes_a_second)} deletes a second are possible, {times} times the peak"
        return f"It keeps up{' if AWS raises its quotas' if quotas else ''}: {able}."
    if steady.keeps_up and result.peak_may_last_s is not None:
        rest = f"a peak of up to {seconds(result.peak_may_last_s)} is worked off before records are too old"
        return f"It does not keep up with the peak: {_growth(peak)}; {_giving_up(peak) or rest}."
    rest = f"records go to the failure bucket when they are {seconds(MAXIMUM_RECORD_AGE_S)} old"
    return f"It does not keep up: {_growth(steady)}; {_giving_up(steady) or rest}."


def what_binds(design: Design, result: Estimate, quotas: Sequence[Quota]) -> Iterator[str]:
    """Name the quotas and the limit that are reached first, what ends a batch, and what an invocation waits for."""
    for quota in quotas:
        what = f"AWS's quota is {figure(quota.default)} {quota.what}, and at peak {figure(quota.needed)} are needed"
        yield f"{what}, with a fifth to spare: have it raised first, in Service Quotas."
    first = result.limits[0]
    able = f"{count(first.deletes_a_second, 'delete')} a second"
    yield f"{first.name} binds first, at {able}: {first.reason}."
    yield _what_ends_a_batch(design, result)
    yield _what_an_invocation_waits_for(design, result)


def notes(design: Design, figures: Measured) -> Iterator[str]:
    """Say what a deployment, and each new lane, begins with, and what images there are for nothing."""
    units = 2 * put_units(design, design.pipeline.load.peak_inserts_a_second)
    at_first = PARTITIONS_ON_DEMAND * WRITE_UNITS_OF_A_PARTITION
    if design.pipeline.settings.billing_mode == "PAY_PER_REQUEST" and units > at_first:
        what = f"A new table on demand takes {figure(at_first)} write units a second at once, and puts and deletes need"
        yield f"{what} {figure(units)} at peak: let it grow, doubling in half an hour, or set its warm throughput."
    keys_alone = replace(design.pipeline, settings=replace(design.pipeline.settings, stream_view_type="KEYS_ONLY"))
    bytes_now, bytes_then = record_bytes(design.pipeline), record_bytes(keys_alone)
    if bytes_then < bytes_now:
        less = f"{figure(bytes_then)} bytes instead of {figure(bytes_now)}"
        yield f"The function needs keys alone: with stream_view_type KEYS_ONLY, a record has {less}."
    yield f"A cold start takes up to {seconds(figures.start_cpu_s / design.cpu_share)} more, mostly once for each lane."


def _giving_up(flow: Flow) -> str | None:
    """Return what happens to batches whose retries are used up, if there are any."""
    if flow.given_up_after_s is None:
        return None
    after = f"{INVOCATIONS_WITHOUT_PROGRESS} invocations that delete nothing, some {seconds(flow.given_up_after_s)}"
    return f"what is left of a batch after {after}, goes to the failure bucket"


def _growth(flow: Flow) -> str:
    able = count(flow.most_deletes_a_second, "delete")
    growth = f"the lag grows by {figure(flow.lag_growth_s_a_second * MINUTE_S)} s a minute"
    return f"{able} a second are possible, {figure(flow.inserts_a_second)} are asked for, and {growth}"


def _what_ends_a_batch(design: Design, result: Estimate) -> str:
    settings, steady = design.pipeline.settings, result.steady
    if not steady.keeps_up:
        return f"While it lags behind, each batch is full: {count(result.full_batch, 'record')}."
    if steady.records_an_invocation < result.full_batch:
        at = f"at {figure(steady.records_an_invocation)} of {count(result.full_batch, 'record')}"
        return f"maximum_batching_window_in_seconds ({settings.maximum_batching_window_in_seconds}) ends a batch, {at}."
    if result.full_batch < settings.batch_size:
        each = f"{count(result.full_batch, 'record')} of {figure(result.record_bytes)} bytes"
        return f"The payload of 6 MB ends a batch, with {each}, before batch_size ({figure(settings.batch_size)}) does."
    return f"batch_size ({figure(settings.batch_size)}) ends a batch, before its window does."


def _what_an_invocation_waits_for(design: Design, result: Estimate) -> str:
    share = f"{result.cpu_share_of_an_invocation:.0%} of a full batch's {seconds(design.duration_s(result.full_batch))}"
    memory = design.pipeline.settings.memory_size
    if result.cpu_share_of_an_invocation < MOST_OF_IT:
        return f"CPU takes {share}; more memory would only cost more."
    if memory < MEMORY_OF_A_VCPU_MB:
        return f"CPU takes {share}; with more than {memory:,} MB it is faster, for no more money."
    return f"CPU takes {share}; more than {memory:,} MB does not make it faster, since Python's threads share one CPU."
