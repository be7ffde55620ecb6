"""The third stage: what a rate of inserts makes of a capacity: batches, invocations and requests, and the lag."""

from dataclasses import dataclass
from math import ceil, inf
from typing import Literal

from scavenger_ops.mapping_model.settings import POLL_INTERVAL_S, MappingSettings
from scavenger_ops.plan.capacity import Capacity

# At that age records go to the failure bucket: a test compares it with Terraform's default.
MAXIMUM_RECORD_AGE_S = MappingSettings.maximum_record_age_in_seconds
# After so many that delete nothing, the remaining records go to the failure bucket: the first and all retries. One
# that deletes anything uses up none, so that only age bounds a batch that makes progress. A test compares the number
# with Terraform's default.
INVOCATIONS_WITHOUT_PROGRESS = 1 + MappingSettings.maximum_retry_attempts
# Enough for a batch's size to converge, unless the function can hardly keep up.
MOST_ROUNDS = 100

BatchEnd = Literal["maximum_batching_window_in_seconds", "batch_size", "payload"]


@dataclass(frozen=True)
class Flow:
    """What happens while so many items are inserted a second; the fields are the keys of the JSON.

    The lag is from an insert to its delete, at most; None if it grows for as long as the rate lasts, by so many seconds
    a second. Requests are the fewest: those that are throttled are sent again. Where invocations delete nothing, the
    retries of a batch may be exhausted after `retries_exhausted_after_s` seconds.
    """

    inserts_a_second: float
    most_deletes_a_second: float
    deletes_a_second: float
    records_an_invocation: float
    invocations_a_second: float
    requests_a_second: float
    concurrent_invocations: float
    invocation_s: float
    lag_s: float | None
    lag_growth_s_a_second: float = 0.0
    retries_exhausted_after_s: float | None = None

    @property
    def keeps_up(self) -> bool:
        """Return whether as much is deleted as is inserted."""
        return self.lag_s is not None


@dataclass(frozen=True)
class PlannedLag:
    """A capacity under its average load and at peak, and how long the peak may last.

    `peak_may_last_s` is None if the peak may last for ever, or if not even the average load fits.
    """

    capacity: Capacity
    steady: Flow
    peak: Flow
    peak_may_last_s: float | None

    @property
    def keeps_up(self) -> bool:
        """Return whether as much is deleted as is inserted, even at peak."""
        return self.peak.keeps_up

    @property
    def batch_ends_by(self) -> BatchEnd:
        """Return what ends a batch on average: the setting, or the payload that Lambda allows."""
        if self.steady.keeps_up and self.steady.records_an_invocation < self.capacity.full_batch:
            return "maximum_batching_window_in_seconds"
        return "payload" if self.capacity.full_batch < self.capacity.settings.batch_size else "batch_size"

    @property
    def worst_lag_s(self) -> float | None:
        """Return the longer lag of the two, None if one grows."""
        if self.steady.lag_s is None or self.peak.lag_s is None:
            return None
        return max(self.steady.lag_s, self.peak.lag_s)


def find_lag(capacity: Capacity) -> PlannedLag:
    """Return what the load makes of a capacity."""
    steady = find_flow(capacity, capacity.load.inserts_a_second)
    peak = find_flow(capacity, capacity.load.peak_inserts_a_second)
    return PlannedLag(capacity, steady, peak, _peak_may_last_s(steady, peak))


def find_flow(capacity: Capacity, inserts_a_second: float) -> Flow:
    """Return what inserts make of a capacity that come evenly, spread over the shards."""
    most = capacity.most_deletes_a_second(inserts_a_second)
    if most < inserts_a_second:
        return _overrun(capacity, inserts_a_second, most)
    records = _records_an_invocation(capacity, inserts_a_second / capacity.lanes)
    invocation_s = capacity.duration_s(records)
    invocations_a_second = inserts_a_second / records
    return Flow(
        inserts_a_second=inserts_a_second,
        most_deletes_a_second=most,
        deletes_a_second=inserts_a_second,
        records_an_invocation=records,
        invocations_a_second=invocations_a_second,
        requests_a_second=invocations_a_second * capacity.function.requests(ceil(records)),
        concurrent_invocations=invocations_a_second * invocation_s,
        invocation_s=invocation_s,
        lag_s=_lag_s(capacity, inserts_a_second / capacity.lanes, invocation_s),
    )


def _buffering_s(capacity: Capacity, invocation_s: float) -> float:
    """Return the longest time for which records are buffered: the window, and the invocation before it.

    The next window begins when the invocation ends, and what comes meanwhile waits. Without a window, it is the time
    from one poll to the next that finds the lane free. Source: invocation-eventsourcemapping.html.
    """
    window_s = capacity.settings.maximum_batching_window_in_seconds
    if window_s:
        return window_s + invocation_s
    return POLL_INTERVAL_S * max(1, ceil(invocation_s / POLL_INTERVAL_S))


def _records_an_invocation(capacity: Capacity, records_a_second: float) -> float:
    """Return the records in a lane's batch."""
    records = records_a_second * _buffering_s(capacity, 0.0)
    for _ in range(MOST_ROUNDS):
        before, invocation_s = records, capacity.duration_s(min(records, capacity.full_batch))
        records = records_a_second * _buffering_s(capacity, invocation_s)
        if records == before:
            break
    return min(capacity.full_batch, max(1.0, records))


def _lag_s(capacity: Capacity, records_a_second: float, invocation_s: float) -> float:
    """Return the lag of a batch's first record, which came just after the batch before was closed."""
    buffering_s = _buffering_s(capacity, invocation_s)
    if not capacity.settings.maximum_batching_window_in_seconds:
        # The poll that reads it is the last of the buffering.
        return buffering_s + invocation_s
    # It is one of those that fill the batch.
    to_fill_s = (capacity.full_batch - 1) / records_a_second
    return POLL_INTERVAL_S + min(to_fill_s, buffering_s) + invocation_s


def _overrun(capacity: Capacity, inserts_a_second: float, most: float) -> Flow:
    """Return what happens when all lanes are busy all the time.

    An invocation that waits for write units goes on until its batch is done or its time is over.
    """
    busy = capacity.lanes
    longest_s = max(capacity.full_batch_s, capacity.time_to_work_s)
    batch_s = max(capacity.full_batch_s, capacity.full_batch * busy / most) if most else inf
    invocation_s = min(longest_s, batch_s)
    invocations_a_second = busy / invocation_s
    deletes_an_invocation = most / invocations_a_second
    return Flow(
        inserts_a_second=inserts_a_second,
        most_deletes_a_second=most,
        deletes_a_second=most,
        records_an_invocation=deletes_an_invocation,
        invocations_a_second=invocations_a_second,
        requests_a_second=most / capacity.function.deletes_a_request,
        concurrent_invocations=busy,
        invocation_s=invocation_s,
        lag_s=None,
        lag_growth_s_a_second=1 - most / inserts_a_second,
        retries_exhausted_after_s=INVOCATIONS_WITHOUT_PROGRESS * invocation_s if deletes_an_invocation < 1 else None,
    )


def _peak_may_last_s(steady: Flow, peak: Flow) -> float | None:
    """Return how long a peak that is too much may last until its records get too old.

    The oldest record is the last one that is deleted during the peak. If the remaining records are deleted at a lower
    rate than they came, it is the last of all.
    """
    if peak.keeps_up or not steady.keeps_up:
        return None
    left_a_second = peak.inserts_a_second - peak.deletes_a_second
    return MAXIMUM_RECORD_AGE_S * min(peak.inserts_a_second, steady.most_deletes_a_second) / left_a_second
