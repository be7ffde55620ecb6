"""What keeps the rows from being deleted: each a pure function of the facts."""

from collections.abc import Iterator
from datetime import timedelta

from scavenger.redaction import redact

from scavenger_ops.status.facts import MISSING, Facts, Table, Trigger
from scavenger_ops.status.faults import describe_faults, find_failures, is_failed_call, is_problem
from scavenger_ops.status.mending import (
    DEPLOY,
    Finding,
    allow_invocations,
    describe_mapping,
    describe_table,
    look_again,
    reconcile,
    switch_on,
)
from scavenger_ops.status.series import ARRIVAL, Series
from scavenger_ops.status.text import DAY_S, count, duration

# A stream forgets a record after that. Source: Streams.html.
STREAM_RETENTION_S = DAY_S
# The function rides out what is shorter: it slows down, and sends again what came back.
THROTTLED_MINUTES = 5
RECENT = timedelta(minutes=15)
# A write is polled within seconds, and counted as late as other metrics.
POLLED_AFTER = ARRIVAL + timedelta(minutes=2)

# States that end by themselves, and why.
_PASSING_STATES = {
    "Pending": "Lambda is still making it ready",
    "Inactive": "it was idle for long, and Lambda makes it ready again at the next record",
}


def find_causes(facts: Facts) -> list[Finding]:
    """Find what keeps the rows from being deleted; what follows from another cause is left out."""
    causes = [*_function(facts), *_triggers(facts), *_staging_table(facts), *_concurrency(facts)]
    causes += _table_throttling(facts)
    # Without its settings, its table or its right state, each invocation fails.
    if not any(cause.about in ("function", "staging") for cause in causes):
        causes += find_failures(facts)
    # Where something holds up the function, its mapping may read nothing for that reason.
    return causes or list(_unread(facts))


def total(series: Series | None) -> float:
    """Add up a metric; one that is not known, or has no points, is nothing."""
    return (series.total if series else None) or 0


def _function(facts: Facts) -> Iterator[Finding]:
    function, name = facts.function, facts.name
    if function is None:
        return
    if why := _PASSING_STATES.get(function.state):
        yield Finding(
            "function", f"Function {name} is {function.state}: {why}.", "Look again in a minute:", (look_again(facts),)
        )
    elif function.state != "Active":
        what = f"Function {name} is {function.state}{_because(function.state_reason)}."
        yield Finding("function", what, "Mend what the reason names, then:", (DEPLOY,))
    if function.last_update_status == "Failed":
        what = f"The last update of function {name} failed{_because(function.last_update_reason)}: it runs as before."
        yield Finding("function", what, "Mend what the reason names, then:", (DEPLOY,))
    if function.settings and function.settings.error:
        what = f"Function {name} has a wrong setting: {function.settings.error}"
        yield Finding("function", what, "Terraform sets it:", (DEPLOY,))


def _triggers(facts: Facts) -> Iterator[Finding]:
    if facts.triggers == ():
        what = f"Function {facts.name} has no event source mapping of a DynamoDB stream: nothing is deleted."
        mend = (
            "A new one begins with what is 24 h old. If it was away for longer, count what stayed in staging after it:"
        )
        yield Finding("trigger", what, mend, (DEPLOY, reconcile(facts)))
    for trigger in facts.triggers or ():
        yield from [*_off(facts, trigger), *_stream(facts, trigger)] or _problem(trigger)


def _off(facts: Facts, trigger: Trigger) -> Iterator[Finding]:
    if trigger.state == "Deleting":
        what = f"Event source mapping {trigger.uuid} is being deleted."
        yield Finding("trigger", what, "Deploy again when it is gone:", (DEPLOY,))
    if trigger.state not in ("Disabled", "Disabling"):
        return
    off_for_s = (facts.at - trigger.changed_at).total_seconds()
    what = (
        f"Event source mapping {trigger.uuid} is {trigger.state}, for {duration(off_for_s)}"
        f"{_because(trigger.state_reason)}: nothing is deleted."
    )
    if off_for_s > STREAM_RETENTION_S:
        mend = (
            "The stream has forgotten records. Switch it on, then count their rows in staging (--apply deletes them):"
        )
        yield Finding("trigger", what, mend, (switch_on(trigger), reconcile(facts, trigger.messages_table_name)))
    else:
        mend = (
            "The stream forgets what is 24 h old. Take enabled = false out of terraform.tfvars, if it is there, and "
            "switch it on:"
        )
        yield Finding("trigger", what, mend, (switch_on(trigger),))


def _stream(facts: Facts, trigger: Trigger) -> Iterator[Finding]:
    table = trigger.messages_table
    if table is None or table.stream_arn == trigger.stream_arn:
        return
    if table.status == MISSING:
        yield Finding("trigger", f"Messages table {table.name} is missing.", "Make it and its stream anew:", (DEPLOY,))
        return
    what = (
        f"The stream of messages table {table.name} is off: inserts are not reported."
        if table.stream_arn is None
        else f"Event source mapping {trigger.uuid} reads an old stream of messages table {table.name}, which is over."
    )
    mend = "Terraform connects them again. Then count what was missed meanwhile (--apply deletes it):"
    yield Finding("trigger", what, mend, (DEPLOY, reconcile(facts, table.name)))


def _unread(facts: Facts) -> Iterator[Finding]:
    """Return the mapping, if it reads nothing of what is written to its table."""
    written, polled = facts.metrics.written, facts.metrics.polled
    if written is None or polled is None or polled.total:
        return
    if not any(value > 0 and time <= facts.at - POLLED_AFTER for time, value in written.points):
        return
    for trigger in facts.triggers or ():
        # Polling takes some minutes to begin after a change. Source: with-ddb.html.
        if trigger.changed_at > facts.at - RECENT:
            continue
        what = (
            f"Messages table {trigger.messages_table_name} was written to, but event source mapping {trigger.uuid} has "
            "read nothing in the last 15 minutes. Unless these writes change nothing (then there is no stream record):"
        )
        yield Finding("trigger", what, "see its state and its stream:", (describe_mapping(trigger),))


def _problem(trigger: Trigger) -> Iterator[Finding]:
    """Return what a mapping reports of itself. A failed invocation is left to the metrics, which show if it is over."""
    if is_problem(trigger.last_result) and not is_failed_call(trigger.last_result):
        what = (
            f"Event source mapping {trigger.uuid} last reported {trigger.last_result!r}. "
            "It is no failed invocation, so no metric shows if it is over."
        )
        yield Finding("trigger", what, "If it names a permission, Terraform grants it again:", (DEPLOY,))


def _staging_table(facts: Facts) -> Iterator[Finding]:
    table = facts.staging_table
    if table is None or table.status in ("ACTIVE", "UPDATING"):
        return
    if table.status == MISSING:
        yield Finding("staging", f"Staging table {table.name} is missing.", "Make it anew, empty:", (DEPLOY,))
    else:
        what = f"Staging table {table.name} is {table.status}."
        yield Finding("staging", what, "See what it waits for:", (describe_table(table.name),))


def _concurrency(facts: Facts) -> Iterator[Finding]:
    throttles = describe_faults(facts.metrics.throttles, "throttle", facts.at)
    if facts.concurrency == 0:
        what = f"Function {facts.name} may not be invoked: its reserved concurrency is 0."
        mend = "Set reserved_concurrent_executions in terraform.tfvars to -1, if it is there, and at once:"
        yield Finding("throttling", what, mend, (allow_invocations(facts),))
    elif throttles:
        what = f"Lambda could not invoke function {facts.name}: {throttles}."
        if (facts.concurrency or -1) > 0:
            mend = f"Raise reserved_concurrent_executions ({facts.concurrency} now) in terraform.tfvars, then:"
            yield Finding("throttling", what, mend, (DEPLOY,))
        else:
            mend = (
                "The account's concurrency is used up. Raise its quota, or reserve a part of it for the function "
                "(reserved_concurrent_executions). The quota is shown by:"
            )
            yield Finding("throttling", what, mend, ("aws lambda get-account-settings",))


def _table_throttling(facts: Facts) -> Iterator[Finding]:
    recent = (facts.metrics.write_throttles or Series()).since(facts.at - RECENT)
    minutes = sum(value > 0 for _, value in recent.points)
    if minutes < THROTTLED_MINUTES:
        return
    name, table = facts.staging_table_name or "?", facts.staging_table
    what = f"Staging table {name} was throttled in {minutes} of the last 15 minutes, {count(total(recent), 'time')}."
    yield Finding("throttling", what, *_more_write_units(name, table))


def _more_write_units(name: str, table: Table | None) -> tuple[str, tuple[str, ...]]:
    if table and table.status != MISSING and table.write_units is None:
        mend = (
            "It is on demand: its own maximum, a hot key or the account's quota is in the way. Its maximum is shown by:"
        )
        return mend, (describe_table(name),)
    now = f" ({table.write_units} now)" if table and table.write_units else ""
    return f'Raise write_capacity{now} in terraform.tfvars, or set billing_mode to "PAY_PER_REQUEST", then:', (DEPLOY,)


def _because(reason: str | None) -> str:
    return f" ({redact(reason)})" if reason else ""
