"""Metrics that contradict each other: pure functions of the facts.

All metrics that an invocation publishes itself have one time, that of its end. A value that may still arrive is not
compared.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scavenger_ops.status.facts import Facts, MappingFacts
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.remediation import describe_mapping, read_log
from scavenger_ops.status.series import ARRIVAL, MINUTE, RECENT, MetricSeries
from scavenger_ops.status.thresholds import WRITTEN_MINUTES
from scavenger_ops.text import count

HOUR = timedelta(hours=1)
# Lambda polls a write within seconds, and the metric of that is as late as others.
POLLED_AFTER = ARRIVAL + timedelta(minutes=2)
# What the function counts a received record as.
RESULTS = ("deleted", "would_delete", "superseded", "duplicates", "ignored", "quarantined", "failed")


def find_inconsistencies(facts: Facts) -> Iterator[Problem]:
    """Find each mapping that reads nothing, and the first contradiction in the function's metrics: one is enough."""
    yield from _mappings_that_read_nothing(facts)
    found = (*_no_own_metrics(facts), *_not_received(facts), *_not_accounted_for(facts))
    yield from found[:1]


def _mappings_that_read_nothing(facts: Facts) -> Iterator[Problem]:
    """Find each mapping that reads nothing although its table is written to."""
    written, polled = facts.metrics.written, facts.metrics.polled
    for mapping in facts.mappings or ():
        if written is None or polled is None or not _shows_reads(mapping, polled, facts.at):
            continue
        recent = written.of(mapping.messages_table_name).since(facts.at - RECENT).nonzero_times
        minutes = sum(time <= facts.at - POLLED_AFTER for time in recent)
        if minutes < WRITTEN_MINUTES or polled.of(mapping.uuid).since(facts.at - RECENT).total:
            continue
        what = (
            f"Messages table {mapping.messages_table_name} was written to, but event source mapping {mapping.uuid} has "
            "read nothing in the last 15 minutes."
        )
        remediation = (
            "A write that changes nothing makes no stream record. If these writes change items, check the state and "
            "the stream of the mapping:"
        )
        yield Problem("event source mapping", what, remediation, (describe_mapping(mapping),))


def _shows_reads(mapping: MappingFacts, polled: MetricSeries, at: datetime) -> bool:
    """Return whether the metrics would show that a mapping reads: it counts events, and had time to begin.

    Polling takes some minutes to begin after a change (with-ddb.html).
    """
    counts = bool(polled.of(mapping.uuid).points) if mapping.counts_events is None else mapping.counts_events
    return counts and mapping.changed_at <= at - RECENT


def _no_own_metrics(facts: Facts) -> Iterator[Problem]:
    """Find that the function published no metrics since an invocation that ended without an error."""
    metrics = facts.metrics
    if metrics.invocations is None or metrics.errors is None or metrics.received is None:
        return
    # Lambda counts an invocation at its begin. The function publishes its metrics at its end, even if they are zero.
    last = facts.at - ARRIVAL - MINUTE - timedelta(seconds=facts.timeout_s)
    published_at = metrics.received.latest_at
    since = published_at or facts.at - HOUR
    ended_well = _between(metrics.invocations, since, last) - _between(metrics.errors, since, last)
    if ended_well > 0:
        when = f"since {published_at:%H:%M}" if published_at else "in the last hour"
        what = (
            f"Lambda invoked function {facts.name} {count(ended_well, 'time')} without an error {when}, but the "
            "function published no metrics of its own. It is not known whether it deletes."
        )
        remediation = (
            'Look for the lines "Batch done" in its log: they have the numbers. If there are none, the role may not be '
            "allowed to write the log:"
        )
        yield Problem("inserts", what, remediation, (read_log(facts),))


def _not_received(facts: Facts) -> Iterator[Problem]:
    """Find records that a mapping read and did not filter out, but that did not reach the function in time."""
    metrics = facts.metrics
    if metrics.polled is None or metrics.filtered_out is None or metrics.received is None:
        return
    received_at = metrics.received.nonzero_times
    since = received_at[-1] if received_at else facts.at - HOUR
    # The function's metrics do not distinguish the mappings.
    due = sum(_due(facts, mapping, since) for mapping in facts.mappings or ())
    if due > 0:
        reached = f"since {since:%H:%M}, but none reached"
    else:
        since, received = facts.at - HOUR, _accounted_for(facts)
        due = sum(_due(facts, mapping, since) for mapping in facts.mappings or ())
        if received is None or due <= received:
            return
        reached = f"in the last hour, but only {received:,.0f} reached"
    what = f"{count(due, 'stream record')} passed the event filter {reached} function {facts.name}."
    yield Problem("inserts", what, "Check the event source mapping:", _describe_mappings_with_due(facts, since))


def _due(facts: Facts, mapping: MappingFacts, since: datetime) -> float:
    """Return how many records a mapping read and did not filter out that must have reached the function by now."""
    last = facts.at - _longest_way(facts)
    polled, filtered_out = facts.metrics.polled or MetricSeries(), facts.metrics.filtered_out or MetricSeries()
    # A record that is read at the end of a minute is filtered out in the next.
    out = _between(filtered_out.of(mapping.uuid), since, last + MINUTE)
    return max(_between(polled.of(mapping.uuid), since, last) - out, 0)


def _describe_mappings_with_due(facts: Facts, since: datetime) -> tuple[str, ...]:
    return tuple(describe_mapping(mapping) for mapping in facts.mappings or () if _due(facts, mapping, since) > 0)


def _accounted_for(facts: Facts) -> float | None:
    """Return how many records of the last hour reached the function, went to the failure destination or were dropped.

    It is None if that cannot be compared: Lambda tries failed or throttled records again, and it is not known whether
    it reads them again for that.
    """
    metrics = facts.metrics
    if None in (metrics.errors, metrics.throttles, metrics.failed, metrics.retries_exhausted, metrics.dropped):
        return None
    if any(series and series.nonzero_times for series in (metrics.errors, metrics.throttles, metrics.failed)):
        return None
    ends = (metrics.received, metrics.retries_exhausted, metrics.dropped)
    # The points of a day are five minutes long.
    since = facts.at - HOUR - timedelta(minutes=5)
    return sum(_between(series, since, facts.at) for series in ends if series)


def _not_accounted_for(facts: Facts) -> Iterator[Problem]:
    """Find that the function did not count each received record as one of the results. All of these must be known."""
    metrics, last = facts.metrics, facts.at - ARRIVAL - MINUTE
    results = [getattr(metrics, name) for name in RESULTS]
    if metrics.received is None or None in results:
        return
    received, counted = _until(metrics.received, last), sum(_until(series, last) for series in results)
    if round(received - counted):
        what = (
            f"The metrics of the last hour contradict each other: function {facts.name} received {received:,.0f} "
            f"records, but counted {counted:,.0f} as deleted, {'superseded, ' if facts.matches_rows else ''}duplicate, "
            "ignored, quarantined or failed."
        )
        yield Problem("deletes", what, 'Compare them with the lines "Batch done" in the log:', (read_log(facts),))


def _longest_way(facts: Facts) -> timedelta:
    """Return the longest time from a poll to the metrics of its invocation: batching window, invocation, arrival."""
    window_s = max((mapping.window_s for mapping in facts.mappings or ()), default=0)
    return timedelta(seconds=window_s + 2 * facts.timeout_s) + ARRIVAL + MINUTE


def _until(series: MetricSeries, last: datetime) -> float:
    return sum(value for time, value in series.points if time <= last)


def _between(series: MetricSeries, since: datetime, last: datetime) -> float:
    return sum(value for time, value in series.points if since < time <= last)
