"""Figures that do not fit together: each a pure function of the facts.

All of an invocation's own figures have one time, that of its end. Whatever may still arrive is not compared.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scavenger_ops.status.facts import Facts, Trigger
from scavenger_ops.status.mending import Finding, describe_mapping, read_log
from scavenger_ops.status.series import ARRIVAL, MINUTE, Series
from scavenger_ops.status.text import count

RECENT = timedelta(minutes=15)
# A write is polled within seconds, and counted as late as other metrics.
POLLED_AFTER = ARRIVAL + timedelta(minutes=2)
# What a received record may come to.
RESULTS = ("deleted", "would_delete", "duplicates", "ignored", "quarantined", "failed")


def find_misfits(facts: Facts) -> Iterator[Finding]:
    """Find what does not fit together; the first says it all, since the others follow from it."""
    found = (*_unread(facts), *_silent(facts), *_not_received(facts), *_not_accounted_for(facts))
    yield from found[:1]


def _unread(facts: Facts) -> Iterator[Finding]:
    """Return the mapping, if it reads nothing of what is written to its table."""
    written, polled = facts.metrics.written, facts.metrics.polled
    if written is None or polled is None or polled.since(facts.at - RECENT).total:
        return
    # What reaches the function was read: then the mapping counts no events.
    if (facts.metrics.received or Series()).since(facts.at - RECENT).total:
        return
    recent = written.since(facts.at - RECENT)
    if not any(value > 0 and time <= facts.at - POLLED_AFTER for time, value in recent.points):
        return
    for trigger in facts.triggers or ():
        # Polling takes some minutes to begin after a change (with-ddb.html). If it counts no events, nothing is known.
        if trigger.changed_at > facts.at - RECENT or trigger.counts_events is False:
            continue
        what = (
            f"Messages table {trigger.messages_table_name} was written to, but event source mapping {trigger.uuid} has "
            "read nothing in the last 15 minutes. Unless these writes change nothing (then there is no stream record):"
        )
        yield Finding("trigger", what, "see its state and its stream:", (describe_mapping(trigger),))


def _silent(facts: Facts) -> Iterator[Finding]:
    """Return that the function told no figures, if it was invoked and ended well."""
    metrics = facts.metrics
    if metrics.invocations is None or metrics.errors is None or metrics.received is None or metrics.received.points:
        return
    last = facts.at - ARRIVAL - timedelta(seconds=facts.timeout_s)
    ended_well = _until(metrics.invocations, last) - (metrics.errors.total or 0)
    if ended_well > 0:
        what = (
            f"Function {facts.name} was invoked in the last hour, {count(ended_well, 'time')} without an error, but no "
            "figures of its own came: whether it deletes is not known."
        )
        mend = 'Its log has them, in the lines "Batch done"; if it has none, the role may not write it:'
        yield Finding("inserts", what, mend, (read_log(facts),))


def _not_received(facts: Facts) -> Iterator[Finding]:
    """Return what was read from the stream and got past the filter, but did not reach the function in time."""
    metrics = facts.metrics
    if metrics.polled is None or metrics.filtered_out is None or metrics.received is None:
        return
    received_at = metrics.received.fault_times
    since = received_at[-1] if received_at else facts.at - timedelta(hours=1)
    last = facts.at - _longest_way(facts)
    due = _between(metrics.polled, since, last) - _between(metrics.filtered_out, since, last)
    if due > 0:
        what = (
            f"{count(due, 'record')} of the stream got past the filter since {since:%H:%M}, and none reached function "
            f"{facts.name}."
        )
        trigger: Trigger | None = next(iter(facts.triggers or ()), None)
        yield Finding("inserts", what, "See the mapping:", (describe_mapping(trigger),) if trigger else ())


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
