"""What a rate of inserts makes of a design: batches, invocations and requests, and the lag."""

from dataclasses import dataclass
from math import ceil, inf

from scavenger_ops.mapping_model.settings import POLL_INTERVAL_S, MappingSettings
from scavenger_ops.plan.design import Design
from scavenger_ops.plan.limits import most_deletes_a_second

# After so many that delete nothing, what is left of a batch goes to the failure bucket: the first and all retries. One
# that deletes anything uses up none, so that only age bounds a batch that makes progress. A test compares the number
# with Terraform's default.
INVOCATIONS_WITHOUT_PROGRESS = 1 + MappingSettings.maximum_retry_attempts
# Enough for a batch's size to settle, unless the function can hardly keep up.
MOST_ROUNDS = 100


@dataclass(frozen=True)
class Flow:
    """What it takes while so many items are inserted a second.

    The lag is from an insert to its delete, at most; None if it grows for as long as the rate lasts, by so many seconds
    a second. Requests are the fewest: those that are throttled are sent again. Where there are invocations that delete
    nothing, what is left of a batch may be given up after so many seconds of them.
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
    given_up_after_s: float | None = None

    @property
    def keeps_up(self) -> bool:
        """Say whether as much is deleted as is inserted."""
        return self.lag_s is not None


def flow(design: Design, inserts_a_second: float) -> Flow:
    """Work out what a design makes of a rate of inserts that come evenly, spread over the shards."""
    most = most_deletes_a_second(design, inserts_a_second)
    if most < inserts_a_second:
        return _overrun(design, inserts_a_second, most)
    records = _records_an_invocation(design, inserts_a_second / design.lanes)
    invocation_s = design.duration_s(records)
    invocations_a_second = inserts_a_second / records
    return Flow(
        inserts_a_second=inserts_a_second,
        most_deletes_a_second=most,
        deletes_a_second=inserts_a_second,
        records_an_invocation=records,
        invocations_a_second=invocations_a_second,
        requests_a_second=invocations_a_second * design.function.requests(ceil(records)),
        concurrent_invocations=invocations_a_second * invocation_s,
        invocation_s=invocation_s,
        lag_s=_lag_s(design, inserts_a_second / design.lanes, invocation_s),
    )


def _gathering_s(design: Design, invocation_s: float) -> float:
    """Give the longest time that records are gathered for: the window, and the invocation before it.

    The next window begins when the invocation ends, and what comes meanwhile waits. Without a window, it is the time
    from one poll to the next that finds the lane free. Source: invocation-eventsourcemapping.html.
    """
    window_s = design.pipeline.settings.maximum_batching_window_in_seconds
    if window_s:
        return window_s + invocation_s
    return POLL_INTERVAL_S * max(1, ceil(invocation_s / POLL_INTERVAL_S))


def _records_an_invocation(design: Design, records_a_second: float) -> float:
    """Give the records in a lane's batch."""
    records = records_a_second * _gathering_s(design, 0.0)
    for _ in range(MOST_ROUNDS):
        before, invocation_s = records, design.duration_s(min(records, design.full_batch))
        records = records_a_second * _gathering_s(design, invocation_s)
        if records == before:
            break
    return min(design.full_batch, max(1.0, records))


def _lag_s(design: Design, records_a_second: float, invocation_s: float) -> float:
    """Give the lag of a batch's first record, which came just after the batch before was closed."""
    gathering_s = _gathering_s(design, invocation_s)
    if not design.pipeline.settings.maximum_batching_window_in_seconds:
        # The poll that reads it is the last of the gathering.
        return gathering_s + invocation_s
    # It is one of those that fill the batch.
    to_fill_s = (design.full_batch - 1) / records_a_second
    return POLL_INTERVAL_S + min(to_fill_s, gathering_s) + invocation_s


def _overrun(design: Design, inserts_a_second: float, most: float) -> Flow:
    """Give what it takes when all lanes are busy all the time.

    An invocation that waits for write units goes on until its batch is done or its time is over.
    """
    busy = min(design.lanes, design.quotas.concurrent_invocations)
    at_full_speed_s = design.duration_s(design.full_batch)
    longest_s = max(at_full_speed_s, design.time_to_work_s)
    batch_s = max(at_full_speed_s, design.full_batch * busy / most) if most else inf
    invocation_s = min(longest_s, batch_s)
    invocations_a_second = busy / invocation_s
    deletes_an_invocation = most / invocations_a_second
    return Flow(
        inserts_a_second=inserts_a_second,
        most_deletes_a_second=most,
        deletes_a_second=most,
        records_an_invocation=deletes_an_invocation,
        invocations_a_second=invocations_a_second,
        requests_a_second=most / design.function.deletes_a_request,
        concurrent_invocations=busy,
        invocation_s=invocation_s,
        lag_s=None,
        lag_growth_s_a_second=1 - most / inserts_a_second,
        given_up_after_s=INVOCATIONS_WITHOUT_PROGRESS * invocation_s if deletes_an_invocation < 1 else None,
    )
