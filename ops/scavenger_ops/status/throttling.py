"""Whether Lambda throttles the function, or DynamoDB the staging table: pure functions of the facts."""

from collections.abc import Iterator

from scavenger_ops.status.facts import MISSING, Facts, TableFacts
from scavenger_ops.status.invocation_failures import describe_occurrences
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.remediation import APPLY, allow_invocations, describe_table, show_account, show_concurrency
from scavenger_ops.status.series import RECENT, MetricSeries
from scavenger_ops.status.thresholds import THROTTLED_MINUTES
from scavenger_ops.text import count


def find_concurrency_throttling(facts: Facts) -> Iterator[Problem]:
    """Find that Lambda has no concurrency for the function."""
    throttles = describe_occurrences(facts.metrics.throttles, "throttle", facts.at)
    if facts.concurrency == 0:
        what = f"Lambda cannot invoke function {facts.name}: its reserved concurrency is 0."
        remediation = (
            "If your configuration sets reserved_concurrent_executions to 0, set it to -1. To allow invocations now:"
        )
        yield Problem("throttling", what, remediation, (allow_invocations(facts),))
    elif throttles:
        what = f"Lambda throttles function {facts.name}: {throttles}."
        yield Problem("throttling", what, *_more_concurrency(facts))


def _more_concurrency(facts: Facts) -> tuple[str, tuple[str, ...]]:
    if facts.concurrency is None:
        remediation = "It is not known whether the function's own limit or the account's is reached. To see both:"
        return remediation, (show_concurrency(facts), show_account())
    if facts.concurrency > 0:
        return f"Raise reserved_concurrent_executions of the module (now {facts.concurrency}), and {APPLY}.", ()
    remediation = (
        "The account's concurrency is used up. Raise its quota, or reserve a part of it for the function "
        "(reserved_concurrent_executions). To see the quota:"
    )
    return remediation, (show_account(),)


def find_table_throttling(facts: Facts) -> Iterator[Problem]:
    """Find that DynamoDB throttles writes to the staging table for longer than the function bridges."""
    recent = (facts.metrics.write_throttles or MetricSeries()).since(facts.at - RECENT)
    minutes = len(recent.nonzero_times)
    if minutes < THROTTLED_MINUTES:
        return
    name = facts.staging_table_name or "?"
    what = (
        f"DynamoDB throttled writes to staging table {name} in {minutes} of the last 15 minutes, "
        f"{count(recent.total or 0, 'time')}."
    )
    yield Problem("throttling", what, *_more_write_capacity(name, facts.staging_table))


def _more_write_capacity(name: str, table: TableFacts | None) -> tuple[str, tuple[str, ...]]:
    if table is None:
        return "It is not known how its capacity is set. To see it:", (describe_table(name),)
    if table.status != MISSING and table.write_units is None:
        remediation = (
            "The table is on demand. Its own maximum, a hot key or the account's quota limits it. To see its maximum:"
        )
        return remediation, (describe_table(name),)
    now = f" (now {table.write_units})" if table.write_units else ""
    remediation = (
        f"In the configuration of the table, raise its write capacity units{now} or make it on demand. Apply it."
    )
    return remediation, ()
