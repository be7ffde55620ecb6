"""Figures that do not fit together: each a pure function of the facts.

All of an invocation's own figures have one time, that of its end. Whatever may still arrive is not compared.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scavenger_ops.status.facts import Facts, Trigger
from scavenger_ops.status.remediation import Finding, describe_mapping, read_log
from scavenger_ops.status.series import ARRIVAL, MINUTE, RECENT, Series
from scavenger_ops.status.text import count

HOUR = timedelta(hours=1)
# A write is polled within seconds, and counted as late as other metrics.
POLLED_AFTER = ARRIVAL + timedelta(minutes=2)
# One write alone may have changed nothing: a condition that does not hold takes write units, too.
# The alarm stopped in modules/monitoring/alarms.tf names this constant.
WRITTEN_MINUTES = 3
# What a received record may come to.
RESULTS = ("deleted", "would_delete", "duplicates", "ignored", "quarantined", "failed")


def find_misfits(facts: Facts) -> Iterator[Finding]:
    """Find what does not fit together: mappings that read nothing, and of the function the first, which says it all."""
    yield from _unread(facts)
    found = (*_silent(facts), *_not_received(facts), *_not_accounted_for(facts))
    yield from found[:1]


def _unread(facts: Facts) -> Iterator[Finding]:
    """Return each mapping that reads nothing of what is written to its table."""
    written, polled = facts.metrics.written, facts.metrics.polled
    for trigger in facts.triggers or ():
        if written is None or polled is None or not _can_tell(trigger, polled, facts.at):
            continue
        recent = written.of(trigger.messages_table_name).since(facts.at - RECENT).fault_times
        minutes = sum(time <= facts.at - POLLED_AFTER for time in recent)
        if minutes < WRITTEN_MINUTES or polled.of(trigger.uuid).since(facts.at - RECENT).total:
            continue
        what = (
            f"Messages table {trigger.messages_table_name} was written to, but event source mapping {trigger.uuid} has "
            "read nothing in the last 15 minutes. Unless these writes change nothing (then there is no stream record):"
        )
        yield Finding("trigger", what, "see its state and its stream:", (describe_mapping(trigger),))


def _can_tell(trigger: Trigger, polled: Series, at: datetime) -> bool:
    """Return whether it would show in its figures that a mapping reads: it counts events, and had time to begin.

    Polling takes some minutes to begin after a change (with-ddb.html).
    """
    counts = bool(polled.of(trigger.uuid).points) if trigger.counts_events is None else trigger.counts_events
    return counts and trigger.changed_at <= at - RECENT


def _silent(facts: Facts) -> Iterator[Finding]:
    """Return that the function told no figures, or tells none any more, if it was invoked since and ended well."""
    metrics = facts.metrics
    if metrics.invocations is None or metrics.errors is None or metrics.received is None:
        return
    # An invocation counts at its beginning, and tells its figures at its end, even that they are zero.
    last = facts.at - ARRIVAL - MINUTE - timedelta(seconds=facts.timeout_s)
    told_at = metrics.received.latest_at
    since = told_at or facts.at - HOUR
    ended_well = _between(metrics.invocations, since, last) - _between(metrics.errors, since, last)
    if ended_well > 0:
        when = f"since {told_at:%H:%M}" if told_at else "in the last hour"
        what = (
            f"Function {facts.name} was invoked {when}, {count(ended_well, 'time')} without an error, but no "
            "figures of its own came: whether it deletes is not known."
        )
        mend = 'Its log has them, in the lines "Batch done"; if it has none, the role may not write it:'
        yield Finding("inserts", what, mend, (read_log(facts),))


def _not_received(facts: Facts) -> Iterator[Finding]:
    """Return what was read from the streams and got past the filter, but did not reach the function in time."""
    metrics = facts.metrics
    if metrics.polled is None or metrics.filtered_out is None or metrics.received is None:
        return
    received_at = metrics.received.fault_times
    since = received_at[-1] if received_at else facts.at - HOUR
    # The function's figures do not tell the mappings apart.
    due = sum(_due(facts, trigger, since) for trigger in facts.triggers or ())
    if due > 0:
        what = (
            f"{count(due, 'record')} of the stream got past the filter since {since:%H:%M}, and none reached function "
            f"{facts.name}."
        )
        yield Finding("inserts", what, "See the mapping:", _due_of(facts, since))
        return
    arrived = _arrived(facts)
    due = sum(_due(facts, trigger, facts.at - HOUR) for trigger in facts.triggers or ())
    if arrived is not None and due > arrived:
        what = (
            f"{count(due, 'record')} of the stream got past the filter in the last hour, but only {arrived:,.0f} "
            f"reached function {facts.name}."
        )
        yield Finding("inserts", what, "See the mapping:", _due_of(facts, facts.at - HOUR))


def _due(facts: Facts, trigger: Trigger, since: datetime) -> float:
    """Return how many records a mapping read and let through, which must have reached the function by now."""
    last = facts.at - _longest_way(facts)
    polled, filtered_out = facts.metrics.polled or Series(), facts.metrics.filtered_out or Series()
    # What is read at the end of a minute is filtered out in the next.
    out = _between(filtered_out.of(trigger.uuid), since, last + MINUTE)
    return max(_between(polled.of(trigger.uuid), since, last) - out, 0)


def _due_of(facts: Facts, since: datetime) -> tuple[str, ...]:
    return tuple(describe_mapping(trigger) for trigger in facts.triggers or () if _due(facts, trigger, since) > 0)


def _arrived(facts: Facts) -> float | None:
    """Return how many records of the hour came to the function or were given up; None if that cannot be compared.

    What fails or is held up is tried again, and whether that is read again is not known.
    """
    metrics = facts.metrics
    if None in (metrics.errors, metrics.throttles, metrics.failed, metrics.given_up, metrics.dropped):
        return None
    if any(series and series.fault_times for series in (metrics.errors, metrics.throttles, metrics.failed)):
        return None
    ends = (metrics.received, metrics.given_up, metrics.dropped)
    # Points of a day are of five minutes.
    since = facts.at - HOUR - timedelta(minutes=5)
    return sum(_between(series, since, facts.at) for series in ends if series)


def _not_accounted_for(facts: Facts) -> Iterator[Finding]:
    """Return that the received records are not what the function made of them, if all of that is known."""
    metrics, last = facts.metrics, facts.at - ARRIVAL - MINUTE
    results = [getattr(metrics, name) for name in RESULTS]
    if metrics.received is None or None in results:
        return
    received, accounted = _until(metrics.received, last), sum(_until(series, last) for series in results)
    if round(received - accounted):
        what = (
            f"The figures of the last hour do not fit together: {received:,.0f} records received, but {accounted:,.0f} "
            "deleted, duplicate, ignored, quarantined or failed."
        )
        yield Finding("deletes", what, 'Compare them with the log, lines "Batch done":', (read_log(facts),))


def _longest_way(facts: Facts) -> timedelta:
    """Return how long it may take from a poll to the figures of the invocation: the window, the invocation, arrival."""
    window_s = max((trigger.window_s for trigger in facts.triggers or ()), default=0)
    return timedelta(seconds=window_s + 2 * facts.timeout_s) + ARRIVAL + MINUTE


def _until(series: Series, last: datetime) -> float:
    return sum(value for time, value in series.points if time <= last)


def _between(series: Series, since: datetime, last: datetime) -> float:
    return sum(value for time, value in series.points if since < time <= last)
