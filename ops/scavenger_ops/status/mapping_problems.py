"""What is wrong with a function's event source mappings: pure functions of the facts."""

from collections.abc import Iterator

from scavenger.redaction import redact

from scavenger_ops.status.facts import MISSING, Facts, MappingFacts
from scavenger_ops.status.invocation_failures import is_failed_call, is_problem
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.remediation import APPLY, count_rows, enable_mapping, reconcile
from scavenger_ops.status.thresholds import STREAM_RETENTION_S
from scavenger_ops.text import duration

TRANSIENT_MAPPING_STATES = ("Creating", "Enabling", "Updating")
MAPPING_STATES = ("Enabled", "Disabled", "Disabling", "Deleting", *TRANSIENT_MAPPING_STATES)


def find_mapping_problems(facts: Facts) -> Iterator[Problem]:
    """Find what keeps the mappings from delivering records, or lets records get lost."""
    if facts.mappings == ():
        command = reconcile(facts)
        what = f"Function {facts.name} has no event source mapping of a DynamoDB stream. It deletes nothing."
        remediation = (
            f"To create one, {APPLY}. It begins with the records of the last 24 h. If there was none for longer, "
            f"{count_rows('the rows that stayed in the staging table', command)}"
        )
        yield Problem("event source mapping", what, remediation, command)
    for mapping in facts.mappings or ():
        yield from [*_not_enabled(facts, mapping), *_wrong_stream(facts, mapping)] or _reported_problem(mapping)
        yield from _no_partial_responses(mapping)


def _not_enabled(facts: Facts, mapping: MappingFacts) -> Iterator[Problem]:
    if mapping.state == "Deleting":
        what = f"Lambda deletes event source mapping {mapping.uuid}."
        yield Problem("event source mapping", what, f"When it is gone, {APPLY}.")
    if mapping.state not in ("Disabled", "Disabling"):
        return
    off_for_s = (facts.at - mapping.changed_at).total_seconds()
    reason = f" ({redact(mapping.state_reason)})" if mapping.state_reason else ""
    what = (
        f"Event source mapping {mapping.uuid} has been {mapping.state} for {duration(off_for_s)}{reason}. "
        "Nothing is deleted."
    )
    if off_for_s > STREAM_RETENTION_S:
        command = reconcile(facts, mapping.messages_table_name)
        rows = count_rows("their rows in the staging table", command)
        remediation = f"Records have expired in the stream. Enable the mapping, then {rows}"
        yield Problem("event source mapping", what, remediation, (enable_mapping(mapping), *command))
    else:
        remediation = (
            "Records expire in the stream after 24 h. If your configuration has enabled = false, remove it. Enable the "
            "mapping:"
        )
        yield Problem("event source mapping", what, remediation, (enable_mapping(mapping),))


def _wrong_stream(facts: Facts, mapping: MappingFacts) -> Iterator[Problem]:
    table = mapping.messages_table
    if table is None or table.stream_arn == mapping.stream_arn:
        return
    if table.status == MISSING:
        what = f"Messages table {table.name} is missing."
        yield Problem("event source mapping", what, f"To create it and its stream again, {APPLY}.")
        return
    what = (
        f"The stream of messages table {table.name} is disabled. Nothing reports inserts."
        if table.stream_arn is None
        else f"Event source mapping {mapping.uuid} reads an old stream of messages table {table.name}. That stream has "
        "ended."
    )
    command = reconcile(facts, table.name)
    rows = count_rows("the rows of the inserts that were missed in between", command)
    yield Problem("event source mapping", what, f"To connect the table's stream again, {APPLY}. Then {rows}", command)


def _reported_problem(mapping: MappingFacts) -> Iterator[Problem]:
    """Find a problem that a mapping reports. A failed invocation is left to the metrics: they show when it is over."""
    if is_problem(mapping.last_result) and not is_failed_call(mapping.last_result):
        what = (
            f"Event source mapping {mapping.uuid} last reported {mapping.last_result!r}. "
            "That is not a failed invocation, so no metric shows when it is over."
        )
        yield Problem("event source mapping", what, f"If it names a permission, {APPLY}: Terraform grants it again.")


def _no_partial_responses(mapping: MappingFacts) -> Iterator[Problem]:
    if not mapping.reports_failures:
        what = (
            f"Event source mapping {mapping.uuid} ignores partial batch responses (it is without "
            "ReportBatchItemFailures). Records that the function reports as failed are lost: Lambda does not deliver "
            "them again."
        )
        yield Problem("event source mapping", what, f"To let Terraform set it again, {APPLY}.")
