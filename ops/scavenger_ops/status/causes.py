"""What stops the deletes: each cause is a pure function of the facts."""

from collections.abc import Iterator

from scavenger.redaction import redact

from scavenger_ops.status.consistency import find_inconsistencies
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.invocation_failures import find_invocation_failures
from scavenger_ops.status.mapping_problems import find_mapping_problems
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.remediation import APPLY, run_status_again
from scavenger_ops.status.table_problems import find_table_problems
from scavenger_ops.status.throttling import find_concurrency_throttling, find_table_throttling
from scavenger_ops.status.unkept_problems import find_unkept_records

# Transient states, and what they mean.
_TRANSIENT_STATES = {
    "Pending": "Lambda still prepares it",
    "Inactive": "it was idle for long, and Lambda prepares it again at the next record",
}
FUNCTION_STATES = (
    "Active",
    *_TRANSIENT_STATES,
    "Failed",
    "Deactivating",
    "Deactivated",
    "ActiveNonInvocable",
    "Deleting",
)


def find_causes(facts: Facts) -> list[Problem]:
    """Find what stops the deletes. The consequences of another cause are left out."""
    causes = [*_function(facts), *find_mapping_problems(facts), *find_table_problems(facts)]
    causes += [*find_concurrency_throttling(facts), *find_table_throttling(facts)]
    causes += find_unkept_records(facts)
    # Without its settings, its table or the right state, each invocation fails.
    if not any(cause.about in ("function", "staging table") for cause in causes):
        causes += find_invocation_failures(facts)
    # If something holds up the function, inconsistent metrics may be a consequence.
    return causes or list(find_inconsistencies(facts))


def _function(facts: Facts) -> Iterator[Problem]:
    function, name = facts.function, facts.name
    if function is None:
        return
    if meaning := _TRANSIENT_STATES.get(str(function.state)):
        what = f"Function {name} is {function.state}: {meaning}."
        yield Problem("function", what, "Run status again in a minute:", (run_status_again(facts),))
    elif function.state in FUNCTION_STATES and function.state != "Active":
        what = f"Function {name} is {function.state}{_because(function.state_reason)}."
        yield Problem("function", what, f"Fix what the reason names, then {APPLY}.")
    if function.last_update_status == "Failed":
        reason = _because(function.last_update_reason)
        what = f"The last update of function {name} failed{reason}. The function runs as before the update."
        yield Problem("function", what, f"Fix what the reason names, then {APPLY}.")
    if function.settings and function.settings.error:
        what = f"Function {name} has a wrong setting: {function.settings.error}"
        yield Problem("function", what, f"To let Terraform set it again, {APPLY}.")


def _because(reason: str | None) -> str:
    return f" ({redact(reason)})" if reason else ""
