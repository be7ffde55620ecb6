"""The sixth stage: what a plan says, in sentences for people and as JSON for scripts."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from scavenger_ops.plan.advice import Advice, find_rationale
from scavenger_ops.plan.capacity import (
    PARTITIONS_ON_DEMAND,
    WRITE_UNITS_OF_A_PARTITION,
    Capacity,
    find_capacity,
    find_limits,
)
from scavenger_ops.plan.cost import Alternative, BillItem, MonthlyCost, PriceTable, price_table, total_usd
from scavenger_ops.plan.feasibility import Quota, quotas_to_raise
from scavenger_ops.plan.function_cost import MEMORY_OF_A_VCPU_MB, Measured
from scavenger_ops.plan.lag import INVOCATIONS_WITHOUT_PROGRESS, MAXIMUM_RECORD_AGE_S, Flow, PlannedLag
from scavenger_ops.text import MINUTE_S, count, figure, seconds

# From here on, an invocation waits for the CPU most of the time.
MOST_OF_IT = 0.5


@dataclass(frozen=True)
class PlanReport:
    """The stages' results, with the sentences that sum them up.

    All of it is worked out as if AWS had raised the quotas that are too low. `rationales` has the reason for each
    change of the better settings.
    """

    cost: MonthlyCost
    alternatives: tuple[Alternative, ...]
    advice: Advice
    rationales: dict[str, str]
    quotas: tuple[Quota, ...]
    feasibility: str
    what_binds: tuple[str, ...]
    notes: tuple[str, ...]
    assumptions: tuple[str, ...]
    prices: PriceTable

    @property
    def lag(self) -> PlannedLag:
        """Return the lag of what was asked for."""
        return self.cost.lag

    @property
    def capacity(self) -> Capacity:
        """Return the capacity of what was asked for."""
        return self.cost.lag.capacity


def make_report(advice: Advice, alternatives: tuple[Alternative, ...]) -> PlanReport:
    """Put into words what the stages have found."""
    lag, better, prices = advice.asked.lag, advice.better, price_table()
    quotas = quotas_to_raise(lag)
    return PlanReport(
        cost=advice.asked,
        alternatives=alternatives,
        advice=advice,
        rationales={name: find_rationale(advice, better, name) for name in advice.changes} if better else {},
        quotas=quotas,
        feasibility=feasibility_sentence(lag, quotas),
        what_binds=tuple(what_binds(lag, quotas)),
        notes=tuple(notes(lag.capacity)),
        assumptions=assumptions(lag.capacity.figures, prices),
        prices=prices,
    )


def to_json(report: PlanReport) -> dict[str, Any]:
    """Return all of a plan; a lag that is null grows for as long as the rate lasts."""
    return {
        "load": asdict(report.capacity.load),
        "settings": asdict(report.capacity.settings),
        "verdict": report.feasibility,
        "quotas_to_raise": [asdict(quota) for quota in report.quotas],
        "estimate": _estimate(report.lag),
        "what_binds": report.what_binds,
        "notes": report.notes,
        "cost_usd_a_month": _bill(report.cost.items),
        "alternatives": [_alternative(alternative) for alternative in report.alternatives],
        "better": _better(report),
        "assumptions": report.assumptions,
        "prices": asdict(report.prices),
    }


def _estimate(lag: PlannedLag) -> dict[str, Any]:
    capacity = lag.capacity
    return {
        "shards": capacity.shards,
        "lanes": capacity.lanes,
        "record_bytes": capacity.record_bytes,
        "full_batch": capacity.full_batch,
        "write_units_an_item": capacity.load.write_units_an_item,
        "steady": asdict(lag.steady),
        "peak": asdict(lag.peak),
        "limits": [asdict(limit) for limit in find_limits(capacity)],
        "peak_may_last_s": lag.peak_may_last_s,
        "cpu_share_of_an_invocation": cpu_share_of_an_invocation(capacity),
    }


def _bill(items: Sequence[BillItem]) -> dict[str, float]:
    return {**{item.name: item.usd for item in items}, "total": total_usd(items)}


def _alternative(alternative: Alternative) -> dict[str, Any]:
    facts = asdict(alternative)
    del facts["items"]
    return {**facts, "cost_usd_a_month": _bill(alternative.items)}


def _better(report: PlanReport) -> dict[str, Any] | None:
    """Return the better settings; null if none keep up."""
    better = report.advice.better
    if better is None:
        return None
    return {
        "settings": asdict(better.settings),
        "changes": report.rationales,
        "lag_s": better.lag.worst_lag_s,
        "most_deletes_a_second": better.lag.peak.most_deletes_a_second,
        "usd_a_month": better.usd_a_month,
    }


def feasibility_sentence(lag: PlannedLag, quotas: Sequence[Quota]) -> str:
    """Return whether it keeps up once the quotas are raised, and if not, how the lag grows and what happens then."""
    steady, peak = lag.steady, lag.peak
    if peak.keeps_up:
        times = figure(peak.most_deletes_a_second / peak.inserts_a_second)
        possible = f"{figure(peak.most_deletes_a_second)} deletes a second are possible, {times} times the peak"
        return f"It keeps up{' if AWS raises its quotas' if quotas else ''}: {possible}."
    if steady.keeps_up and lag.peak_may_last_s is not None:
        rest = f"a peak of up to {seconds(lag.peak_may_last_s)} can be cleared before records are too old"
        return f"It does not keep up with the peak: {_growth(peak)}; {_exhausted_retries(peak) or rest}."
    rest = f"records go to the failure bucket when they are {seconds(MAXIMUM_RECORD_AGE_S)} old"
    return f"It does not keep up: {_growth(steady)}; {_exhausted_retries(steady) or rest}."


def what_binds(lag: PlannedLag, quotas: Sequence[Quota]) -> Iterator[str]:
    """Name the quotas and the limit that are reached first, what ends a batch, and what an invocation waits for."""
    for quota in quotas:
        what = f"AWS's quota is {figure(quota.default)} {quota.what}, and at peak {figure(quota.needed)} are needed"
        yield f"{what}, with a fifth to spare. First request an increase in Service Quotas."
    first = find_limits(lag.capacity)[0]
    yield f"{first.name} is the first limit, at {count(first.deletes_a_second, 'delete')} a second: {first.reason}."
    yield _what_ends_a_batch(lag)
    yield _what_an_invocation_waits_for(lag.capacity)


def notes(capacity: Capacity) -> Iterator[str]:
    """Return what a deployment, and each new lane, begins with, and which images the function does not need."""
    units = 2 * capacity.load.write_units(capacity.load.peak_inserts_a_second)
    at_first = PARTITIONS_ON_DEMAND * WRITE_UNITS_OF_A_PARTITION
    if not capacity.settings.is_provisioned and units > at_first:
        what = f"A new on-demand table takes {figure(at_first)} write units a second at once, but puts and deletes need"
        yield f"{what} {figure(units)} at peak. Double the load at most every half an hour, or set its warm throughput."
    with_keys = replace(capacity.pipeline, settings=replace(capacity.settings, stream_view_type="KEYS_ONLY"))
    bytes_then = find_capacity(with_keys, capacity.figures).record_bytes
    if bytes_then < capacity.record_bytes:
        less = f"{figure(bytes_then)} bytes instead of {figure(capacity.record_bytes)}"
        yield f"The function needs only the keys: with stream_view_type KEYS_ONLY, a record has {less}."
    start_s = capacity.figures.start_cpu_s / capacity.cpu_share
    yield f"A cold start takes up to {seconds(start_s)} more, usually once for each lane."


def assumptions(figures: Measured, table: PriceTable) -> tuple[str, ...]:
    """Return what the figures rest on, with the days of the measurement and the prices, and what they leave out."""
    doubtful = ", ".join(name.replace("_", " ") for name, price in table.prices.items() if price.doubt)
    cpu = f"what `make bench` measured on {figures.measured_on} ({figures.machine})"
    prices = f"Prices of {table.as_of}, 730 hours a month, no free tier or discount."
    return (
        "The API puts as many items into staging as are inserted, of the same size, evenly over time and shards.",
        "The stream has a shard for each 1,000 write units a second at peak, on demand at least four.",
        "A table that was busier once, or is large, has more shards.",
        f"A request takes {seconds(figures.request_s)}. CPU is {cpu}; a vCPU of Lambda is assumed to be as fast.",
        "Nothing is throttled where the write units are enough on average: a provisioned table saves unused ones.",
        f"{prices} Not certain: {doubtful} (--json has the reasons).",
        "Not counted: the API's puts, reads, storage, KMS keys, and work that is repeated after a failure.",
    )


def cpu_share_of_an_invocation(capacity: Capacity) -> float:
    """Return the share of a full batch's time in which the CPU is at work."""
    return min(1.0, capacity.cpu_s(capacity.full_batch) / capacity.full_batch_s)


def _growth(flow: Flow) -> str:
    verb = "is" if flow.most_deletes_a_second == 1 else "are"
    possible = f"{count(flow.most_deletes_a_second, 'delete')} a second {verb} possible"
    growth = f"the lag grows by {figure(flow.lag_growth_s_a_second * MINUTE_S)} s a minute"
    return f"{possible}, {figure(flow.inserts_a_second)} are needed, and {growth}"


def _exhausted_retries(flow: Flow) -> str | None:
    """Return what happens to batches whose retries are exhausted; None if there are none."""
    after_s = flow.retries_exhausted_after_s
    if after_s is None:
        return None
    after = f"{INVOCATIONS_WITHOUT_PROGRESS} invocations that delete nothing, about {seconds(after_s)}"
    return f"after {after}, the remaining records of a batch go to the failure bucket"


def _what_ends_a_batch(lag: PlannedLag) -> str:
    capacity, settings, steady = lag.capacity, lag.capacity.settings, lag.steady
    full_batch = count(capacity.full_batch, "record")
    if not steady.keeps_up:
        return f"While it lags behind, each batch is full: {full_batch}."
    if steady.records_an_invocation < capacity.full_batch:
        at = f"at {figure(steady.records_an_invocation)} of {full_batch}"
        return f"maximum_batching_window_in_seconds ({settings.maximum_batching_window_in_seconds}) ends a batch, {at}."
    if capacity.full_batch < settings.batch_size:
        each = f"{full_batch} of {figure(capacity.record_bytes)} bytes"
        return f"The payload of 6 MB ends a batch, with {each}, before batch_size ({figure(settings.batch_size)}) does."
    return f"batch_size ({figure(settings.batch_size)}) ends a batch, before its window does."


def _what_an_invocation_waits_for(capacity: Capacity) -> str:
    cpu_share, memory_size = cpu_share_of_an_invocation(capacity), capacity.settings.memory_size
    share = f"{cpu_share:.0%} of a full batch's {seconds(capacity.full_batch_s)}"
    if cpu_share < MOST_OF_IT:
        return f"CPU takes {share}; more memory only costs more."
    if memory_size < MEMORY_OF_A_VCPU_MB:
        return f"CPU takes {share}; more than {memory_size:,} MB makes it faster at the same cost."
    why = "since Python's threads share one CPU"
    return f"CPU takes {share}; more than {memory_size:,} MB does not make it faster, {why}."
