"""What is not known although AWS answered: pure functions of the facts."""

from collections.abc import Iterator
from datetime import timedelta

from scavenger_ops.status.causes import FUNCTION_STATES
from scavenger_ops.status.facts import Facts, RowName, Table, Unknown
from scavenger_ops.status.series import Series
from scavenger_ops.status.tables import TABLE_STATES
from scavenger_ops.status.text import duration
from scavenger_ops.status.triggers import PASSING_STATES, TRIGGER_STATES
from scavenger_ops.status.watch import find_alarm_doubts

# Of a state that passes by itself, within minutes. Source: with-ddb.html.
PASSES_WITHIN = timedelta(minutes=15)

_UPDATE_STATES = ("Successful", "Failed", "InProgress")


def find_doubts(facts: Facts) -> list[Unknown]:
    """Find all that is not known, though AWS told it: it is odd, or something else contradicts it."""
    tables = [(trigger.messages_table, "Messages") for trigger in facts.triggers or ()]
    return [
        *_function(facts),
        *_triggers(facts),
        *_tables([*tables, (facts.staging_table, "Staging")]),
        *_uncounted(facts),
        *_buckets(facts),
        *find_alarm_doubts(facts),
    ]


def _function(facts: Facts) -> Iterator[Unknown]:
    function = facts.function
    if function is None:
        return
    if function.settings is None:
        about: tuple[RowName, ...] = ("function", "inserts", "deletes", "throttling", "faults", "staging")
        reason = f"They are encrypted with a key that you may not use ({function.settings_fault})."
        yield Unknown(about, "the function's settings", "kms:Decrypt", reason)
    if function.state not in FUNCTION_STATES:
        yield Unknown(("function",), f"whether function {facts.name} works", None, _odd("state", function.state))
    if function.last_update_status not in _UPDATE_STATES:
        reason = _odd("status", function.last_update_status)
        yield Unknown(("function",), f"the last update of function {facts.name}", None, reason)


def _triggers(facts: Facts) -> Iterator[Unknown]:
    for trigger in facts.triggers or ():
        what = f"whether event source mapping {trigger.uuid} works"
        since = facts.at - trigger.changed_at
        if trigger.state not in TRIGGER_STATES:
            yield Unknown(("trigger",), what, None, _odd("state", trigger.state))
        elif trigger.state in PASSING_STATES and since > PASSES_WITHIN:
            reason = (
                f"It has been {trigger.state} for {duration(since.total_seconds())}, which takes minutes as a rule."
            )
            yield Unknown(("trigger",), what, None, reason)


def _tables(tables: list[tuple[Table | None, str]]) -> Iterator[Unknown]:
    for table, role in tables:
        if table and table.status not in TABLE_STATES:
            about: RowName = "staging" if role == "Staging" else "trigger"
            yield Unknown((about,), f"whether table {table.name} works", None, _odd("status", table.status))


def _uncounted(facts: Facts) -> Iterator[Unknown]:
    """Return that a mapping counts no events, or may count none: what it reads, gives up and drops has no metrics then.

    That there are points is what tells, where the mapping does not.
    """
    polled = facts.metrics.polled or Series()
    for trigger in facts.triggers or ():
        if trigger.counts_events or (trigger.counts_events is None and polled.of(trigger.uuid).points):
            continue
        said = "does not say whether it counts" if trigger.counts_events is None else "counts no"
        reason = f"The mapping {said} events. Terraform has it count them (metrics_config): apply your configuration."
        what = f"what event source mapping {trigger.uuid} reads, gives up and drops"
        yield Unknown(("inserts", "given up"), what, None, reason)


def _buckets(facts: Facts) -> Iterator[Unknown]:
    others = sorted({name for name in facts.trigger_bucket_names if name} - {facts.bucket_name})
    if others:
        reason = f"Only {facts.bucket_name}, which the function names, is looked at; the mapping names another."
        yield Unknown(("failure bucket",), f"what waits in {', '.join(others)}", None, reason)


def _odd(what: str, told: str | None) -> str:
    return f"AWS told no {what}." if told is None else f"Its {what} is {told!r}, which this version does not know."
