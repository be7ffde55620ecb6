"""The sentences of a plan: whether it keeps up, what happens if not, what limits it, and what the figures rest on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scavenger_ops.plan.capacity import (
    MOST_OF_IT,
    PARTITIONS_ON_DEMAND,
    WRITE_UNITS_OF_A_PARTITION,
    Capacity,
    find_capacity,
)
from scavenger_ops.plan.cost import PriceTable
from scavenger_ops.plan.feasibility import Quota
from scavenger_ops.plan.lag import INVOCATIONS_WITHOUT_PROGRESS, MAXIMUM_RECORD_AGE_S, Flow, PlannedLag
from scavenger_ops.plan.limits import find_limits
from scavenger_ops.plan.load import PipelineSettings, StreamViewType
from scavenger_ops.text import MINUTE_S, count, figure, seconds

GROWS = "grows"
# From here on, a multiple tells more than a percentage.
TWICE = 2


def lag_text(lag_s: float | None) -> str:
    """Return a lag, which may grow as long as the load lasts."""
    return GROWS if lag_s is None else seconds(lag_s)


def verdict(lag: PlannedLag, quotas: Sequence[Quota]) -> str:
    """Return whether it keeps up once the quotas are raised, and how many deletes are possible."""
    steady, peak = lag.steady, lag.peak
    if peak.keeps_up:
        provided = " if AWS raises its quotas" if quotas else ""
        return f"It keeps up{provided}: {_possible(peak)}, {_spare(lag)}."
    what, flow = (" with the peak", peak) if steady.keeps_up else ("", steady)
    return f"It does not keep up{what}: {_possible(flow)}, of {figure(flow.inserts_a_second)} needed."


def consequence(lag: PlannedLag) -> str | None:
    """Return how the lag grows, and what happens then; None if it keeps up."""
    if lag.keeps_up:
        return None
    if lag.steady.keeps_up and lag.peak_may_last_s is not None:
        rest = f"a peak of up to {seconds(lag.peak_may_last_s)} can be cleared before records are too old"
        return f"At peak, {_growth(lag.peak)}; {_exhausted_retries(lag.peak) or rest}."
    rest = f"records go to the failure bucket when they are {seconds(MAXIMUM_RECORD_AGE_S)} old"
    growth = _growth(lag.steady)
    return f"{growth[0].upper()}{growth[1:]}; {_exhausted_retries(lag.steady) or rest}."


def requests_for_quotas(quotas: Sequence[Quota]) -> Iterator[str]:
    """Return what to ask AWS for."""
    for quota in quotas:
        what = f"AWS's quota is {figure(quota.default)} {quota.what}, and at peak {figure(quota.needed)} are needed"
        yield f"{what}, with a fifth to spare. First request an increase in Service Quotas."


def what_binds(lag: PlannedLag) -> Iterator[str]:
    """Name the limit that is reached first, what ends a batch, and what an invocation waits for."""
    first = find_limits(lag.capacity)[0]
    yield f"{first.setting} is the first limit, at {count(first.deletes_a_second, 'delete')} a second: {first.reason}."
    yield _what_ends_a_batch(lag)
    yield _what_an_invocation_waits_for(lag.capacity)


def notes(capacity: Capacity) -> Iterator[str]:
    """Return what a deployment, and each new lane, begins with, and which images the function needs."""
    if capacity.needs_warm_throughput:
        at_first = PARTITIONS_ON_DEMAND * WRITE_UNITS_OF_A_PARTITION
        what = f"A new on-demand table takes {figure(at_first)} write units a second at once, but puts and deletes need"
        units = figure(capacity.peak_write_units_a_second)
        yield f"{what} {units} at peak. Double the load at most every half an hour, or set its warm throughput."
    yield from _needed_images(capacity)
    yield f"A cold start takes up to {seconds(capacity.cold_start_s)} more, usually once for each lane."


def assumptions(capacity: Capacity, table: PriceTable) -> Iterator[str]:
    """Return what the figures rest on, with the days of the measurement and the prices, and what they leave out."""
    figures = capacity.figures
    cpu = f"what `make bench` measured on {figures.measured_on} ({figures.machine})"
    yield "The API puts as many items into staging as are inserted, of the same size, evenly over time and shards."
    yield "The stream has a shard for each 1,000 write units a second at peak, on demand at least four."
    yield "A table that was busier once, or is large, has more shards."
    if capacity.settings.has_updates:
        yield "Each message is inserted and updated once. More updates need more shards."
    if capacity.settings.match_attributes:
        yield "A superseded row takes as many write units as a deleted one: AWS bills a condition that is not met."
    yield f"A request takes {seconds(figures.request_s)}. CPU is {cpu}; a vCPU of Lambda is assumed to be as fast."
    yield "Nothing is throttled where the write units are enough on average: a provisioned table saves unused ones."
    yield f"Prices of {table.as_of} in {table.region}, 730 hours a month, no free tier or discount."
    yield "Not counted: the API's puts, reads, storage, KMS keys, and work that is repeated after a failure."


def record_bytes_with_keys_only(capacity: Capacity) -> int:
    """Return the bytes of a record in the event if the stream has no images."""
    return _record_bytes_with(capacity, "KEYS_ONLY")


def _record_bytes_with(capacity: Capacity, view: StreamViewType) -> int:
    pipeline = replace(capacity.pipeline, settings=replace(capacity.settings, stream_view_type=view))
    return find_capacity(pipeline, capacity.figures).record_bytes


def _needed_images(capacity: Capacity) -> Iterator[str]:
    """Return which images the function needs, if the stream has others or not these."""
    settings = capacity.settings
    if settings.match_attributes and not settings.has_new_image:
        view = settings.stream_view_type
        yield f"With stream_view_type {view}, match_attributes can only name attributes of the message's key."
    if settings.has_updates and not settings.match_attributes and settings.stream_view_type == "KEYS_ONLY":
        yield "Updates need match_attributes, or filter_patterns of an image, which stream_view_type KEYS_ONLY lacks."
    needed = _least_view(settings)
    bytes_then = _record_bytes_with(capacity, needed)
    if bytes_then < capacity.record_bytes:
        what = "new image, unless filter_patterns name the old one" if needed == "NEW_IMAGE" else "keys"
        less = f"{figure(bytes_then)} bytes instead of {figure(capacity.record_bytes)}"
        yield f"The function needs only the {what}: with stream_view_type {needed}, a record has {less}."


def _least_view(settings: PipelineSettings) -> StreamViewType:
    """Return the view type with the fewest images that the settings work with."""
    if settings.has_new_image and (settings.match_attributes or settings.has_updates):
        return "NEW_IMAGE"
    # Without match_attributes, filter_patterns select the updates by an image.
    is_filtered = settings.has_updates and not settings.match_attributes
    return settings.stream_view_type if is_filtered else "KEYS_ONLY"


def _possible(flow: Flow) -> str:
    verb = "is" if flow.most_deletes_a_second == 1 else "are"
    return f"{count(flow.most_deletes_a_second, 'delete')} a second {verb} possible"


def _spare(lag: PlannedLag) -> str:
    """Return how much more is possible than is needed."""
    needed = lag.peak.inserts_a_second
    what = "the peak" if needed > lag.steady.inserts_a_second else "the load"
    times = lag.peak.most_deletes_a_second / needed
    if times >= TWICE:
        return f"{figure(times)} times {what}"
    percent = int(100 * (times - 1))
    return f"{percent}% more than {what}" if percent else f"just enough for {what}"


def _growth(flow: Flow) -> str:
    return f"the lag grows by {figure(flow.lag_growth_s_a_second * MINUTE_S)} s a minute"


def _exhausted_retries(flow: Flow) -> str | None:
    """Return what happens to batches whose retries are exhausted; None if there are none."""
    after_s = flow.retries_exhausted_after_s
    if after_s is None:
        return None
    after = f"{INVOCATIONS_WITHOUT_PROGRESS} invocations that delete nothing, about {seconds(after_s)}"
    return f"after {after}, the remaining records of a batch go to the failure bucket"


def _what_ends_a_batch(lag: PlannedLag) -> str:
    capacity, settings = lag.capacity, lag.capacity.settings
    full_batch = count(capacity.full_batch, "record")
    if not lag.steady.keeps_up:
        return f"While it lags behind, each batch is full: {full_batch}."
    if lag.batch_ends_by == "maximum_batching_window_in_seconds":
        at = f"at {figure(lag.steady.records_an_invocation)} of {full_batch}"
        return f"{lag.batch_ends_by} ({settings.maximum_batching_window_in_seconds}) ends a batch, {at}."
    if lag.batch_ends_by == "payload":
        each = f"{full_batch} of {figure(capacity.record_bytes)} bytes"
        return f"The payload of 6 MB ends a batch, with {each}, before batch_size ({figure(settings.batch_size)}) does."
    return f"batch_size ({figure(settings.batch_size)}) ends a batch, before its window does."


def _what_an_invocation_waits_for(capacity: Capacity) -> str:
    memory_size = capacity.settings.memory_size
    share = f"{capacity.cpu_share_of_a_full_batch:.0%} of a full batch's {seconds(capacity.full_batch_s)}"
    if capacity.is_faster_with_memory:
        return f"CPU takes {share}; more than {memory_size:,} MB makes it faster at the same cost."
    if capacity.cpu_share_of_a_full_batch < MOST_OF_IT:
        return f"CPU takes {share}; more memory only costs more."
    why = "since Python's threads share one CPU"
    return f"CPU takes {share}; more than {memory_size:,} MB does not make it faster, {why}."
