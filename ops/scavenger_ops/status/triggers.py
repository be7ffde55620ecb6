"""What is wrong with a function's event source mappings: a pure function of the facts."""

from collections.abc import Iterator

from scavenger.redaction import redact

from scavenger_ops.status.facts import MISSING, Facts, Trigger
from scavenger_ops.status.faults import is_failed_call, is_problem
from scavenger_ops.status.remediation import APPLY, Finding, reconcile, switch_on
from scavenger_ops.status.text import DAY_S, duration

# A stream forgets a record after that. Source: Streams.html.
STREAM_RETENTION_S = DAY_S
PASSING_STATES = ("Creating", "Enabling", "Updating")
TRIGGER_STATES = ("Enabled", "Disabled", "Disabling", "Deleting", *PASSING_STATES)


def find_wrong_triggers(facts: Facts) -> Iterator[Finding]:
    """Find what keeps the mappings from bringing records, or lets them lose some."""
    if facts.triggers == ():
        what = f"Function {facts.name} has no event source mapping of a DynamoDB stream: nothing is deleted."
        mend = f"A new one begins with what is 24 h old: {APPLY}. If it was away for longer, "
        yield Finding("trigger", what, mend + word_count("what stayed in staging", reconcile(facts)), reconcile(facts))
    for trigger in facts.triggers or ():
        yield from [*_off(facts, trigger), *_stream(facts, trigger)] or _problem(trigger)
        yield from _loses_failures(trigger)


def _off(facts: Facts, trigger: Trigger) -> Iterator[Finding]:
    if trigger.state == "Deleting":
        what = f"Event source mapping {trigger.uuid} is being deleted."
        yield Finding("trigger", what, f"When it is gone, {APPLY}.")
    if trigger.state not in ("Disabled", "Disabling"):
        return
    off_for_s = (facts.at - trigger.changed_at).total_seconds()
    reason = f" ({redact(trigger.state_reason)})" if trigger.state_reason else ""
    is_off = f"is {trigger.state}, for {duration(off_for_s)}{reason}"
    what = f"Event source mapping {trigger.uuid} {is_off}: nothing is deleted."
    if off_for_s > STREAM_RETENTION_S:
        counts = reconcile(facts, trigger.messages_table_name)
        mend = f"The stream has forgotten records. Switch it on, then {word_count('their rows in staging', counts)}"
        yield Finding("trigger", what, mend, (switch_on(trigger), *counts))
    else:
        mend = (
            "The stream forgets what is 24 h old. Take enabled = false out of your configuration, if it is there, and "
            "switch it on:"
        )
        yield Finding("trigger", what, mend, (switch_on(trigger),))


def _stream(facts: Facts, trigger: Trigger) -> Iterator[Finding]:
    table = trigger.messages_table
    if table is None or table.stream_arn == trigger.stream_arn:
        return
    if table.status == MISSING:
        what = f"Messages table {table.name} is missing."
        yield Finding("trigger", what, f"To make it and its stream anew, {APPLY}.")
        return
    what = (
        f"The stream of messages table {table.name} is off: inserts are not reported."
        if table.stream_arn is None
        else f"Event source mapping {trigger.uuid} reads an old stream of messages table {table.name}, which is over."
    )
    counts = reconcile(facts, table.name)
    mend = f"Terraform connects them again: {APPLY}. Then {word_count('what was missed meanwhile', counts)}"
    yield Finding("trigger", what, mend, counts)


def _problem(trigger: Trigger) -> Iterator[Finding]:
    """Return what a mapping reports of itself. A failed invocation is left to the metrics, which show if it is over."""
    if is_problem(trigger.last_result) and not is_failed_call(trigger.last_result):
        what = (
            f"Event source mapping {trigger.uuid} last reported {trigger.last_result!r}. "
            "It is no failed invocation, so no metric shows if it is over."
        )
        yield Finding("trigger", what, f"If it names a permission, Terraform grants it again: {APPLY}.")


def _loses_failures(trigger: Trigger) -> Iterator[Finding]:
    if not trigger.reports_failures:
        what = (
            f"Event source mapping {trigger.uuid} does not heed what the function reports as failed (it is without "
            "ReportBatchItemFailures): such records are not delivered again, and lost."
        )
        yield Finding("trigger", what, f"Terraform sets it: {APPLY}.")


def word_count(what: str, command: tuple[str, ...]) -> str:
    """Word that something is to be counted by reconcile, whose command follows where the tables are known."""
    return f"count {what} (--apply deletes it):" if command else f"count {what} by scavenger reconcile."
