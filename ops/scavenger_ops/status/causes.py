"""What keeps the rows from being deleted: each a pure function of the facts."""

from collections.abc import Iterator

from scavenger.redaction import redact

from scavenger_ops.status.checks import find_misfits
from scavenger_ops.status.facts import MISSING, Facts, Table
from scavenger_ops.status.faults import describe_faults, find_failures
from scavenger_ops.status.remediation import (
    APPLY,
    Finding,
    allow_invocations,
    describe_table,
    look_again,
    show_concurrency,
)
from scavenger_ops.status.series import RECENT, Series
from scavenger_ops.status.tables import find_wrong_tables
from scavenger_ops.status.text import count
from scavenger_ops.status.triggers import find_wrong_triggers

# The function rides out what is shorter: it slows down, and sends again what came back.
# The alarm write-throttling in modules/monitoring/alarms.tf names this constant.
THROTTLED_MINUTES = 5

# States that end by themselves, and why.
_PASSING_STATES = {
    "Pending": "Lambda is still making it ready",
    "Inactive": "it was idle for long, and Lambda makes it ready again at the next record",
}
FUNCTION_STATES = (
    "Active",
    *_PASSING_STATES,
    "Failed",
    "Deactivating",
    "Deactivated",
    "ActiveNonInvocable",
    "Deleting",
)


def find_causes(facts: Facts) -> list[Finding]:
    """Find what keeps the rows from being deleted; what follows from another cause is left out."""
    causes = [*_function(facts), *find_wrong_triggers(facts), *find_wrong_tables(facts), *_concurrency(facts)]
    causes += _table_throttling(facts)
    # Without its settings, its table or its right state, each invocation fails.
    if not any(cause.about in ("function", "staging") for cause in causes):
        causes += find_failures(facts)
    # Where something holds up the function, what does not fit together may come of that.
    return causes or list(find_misfits(facts))


def total(series: Series | None) -> float:
    """Add up a metric; one that is not known, or has no points, is nothing."""
    return (series.total if series else None) or 0


def _function(facts: Facts) -> Iterator[Finding]:
    function, name = facts.function, facts.name
    if function is None:
        return
    if why := _PASSING_STATES.get(str(function.state)):
        yield Finding(
            "function", f"Function {name} is {function.state}: {why}.", "Look again in a minute:", (look_again(facts),)
        )
    elif function.state in FUNCTION_STATES and function.state != "Active":
        what = f"Function {name} is {function.state}{_because(function.state_reason)}."
        yield Finding("function", what, f"Fix what the reason names, then {APPLY}.")
    if function.last_update_status == "Failed":
        what = f"The last update of function {name} failed{_because(function.last_update_reason)}: it runs as before."
        yield Finding("function", what, f"Fix what the reason names, then {APPLY}.")
    if function.settings and function.settings.error:
        what = f"Function {name} has a wrong setting: {function.settings.error}"
        yield Finding("function", what, f"Terraform sets it: {APPLY}.")


def _concurrency(facts: Facts) -> Iterator[Finding]:
    throttles = describe_faults(facts.metrics.throttles, "throttle", facts.at)
    if facts.concurrency == 0:
        what = f"Function {facts.name} may not be invoked: its reserved concurrency is 0."
        mend = (
            "Set reserved_concurrent_executions of the module to -1, if your configuration sets it to 0, and at once:"
        )
        yield Finding("throttling", what, mend, (allow_invocations(facts),))
    elif throttles:
        what = f"Lambda could not invoke function {facts.name}: {throttles}."
        yield Finding("throttling", what, *_more_concurrency(facts))


def _more_concurrency(facts: Facts) -> tuple[str, tuple[str, ...]]:
    of_account = "aws lambda get-account-settings"
    if facts.concurrency is None:
        mend = "Whether its own limit or the account's is used up is not known here. Each is shown by:"
        return mend, (show_concurrency(facts), of_account)
    if facts.concurrency > 0:
        return f"Raise reserved_concurrent_executions of the module ({facts.concurrency} now), and {APPLY}.", ()
    mend = (
        "The account's concurrency is used up. Raise its quota, or reserve a part of it for the function "
        "(reserved_concurrent_executions). The quota is shown by:"
    )
    return mend, (of_account,)


def _table_throttling(facts: Facts) -> Iterator[Finding]:
    recent = (facts.metrics.write_throttles or Series()).since(facts.at - RECENT)
    minutes = len(recent.fault_times)
    if minutes < THROTTLED_MINUTES:
        return
    name, table = facts.staging_table_name or "?", facts.staging_table
    what = f"Staging table {name} was throttled in {minutes} of the last 15 minutes, {count(total(recent), 'time')}."
    yield Finding("throttling", what, *_more_write_units(name, table))


def _more_write_units(name: str, table: Table | None) -> tuple[str, tuple[str, ...]]:
    if table is None:
        return "How its capacity is set is not known here. It is shown by:", (describe_table(name),)
    if table.status != MISSING and table.write_units is None:
        mend = (
            "It is on demand: its own maximum, a hot key or the account's quota is in the way. Its maximum is shown by:"
        )
        return mend, (describe_table(name),)
    now = f" ({table.write_units} now)" if table.write_units else ""
    return f"Give the table more write capacity{now}, or make it on demand, where it is configured, and apply that.", ()


def _because(reason: str | None) -> str:
    return f" ({redact(reason)})" if reason else ""
