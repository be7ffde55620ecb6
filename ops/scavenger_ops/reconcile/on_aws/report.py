"""The report of a run on AWS, and the error with which it ended."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from reconciler.explained_error import ExplainedError
from reconciler.pipeline import Pipeline
from reconciler.progress import seconds_since

from scavenger_ops.program import aws
from scavenger_ops.reconcile.on_aws.execution import Execution
from scavenger_ops.reconcile.on_aws.state_machine import name_of
from scavenger_ops.reconcile.options import OptionsOnAws, command_on_aws
from scavenger_ops.reconcile.report import ReconcileReport, RunOnAws

# More than any text of the reconciler has.
MOST_CHARACTERS = 2_000
_HOW_ENDED = {"ABORTED": "was stopped", "TIMED_OUT": "took too long, and was stopped"}


def make_report(deployment: str, options: OptionsOnAws, pipeline: Pipeline, execution: Execution) -> ReconcileReport:
    """Return the report of an execution that has ended. Raises ExplainedError if no segment was begun."""
    error = _error_of(execution)
    if not execution.results:
        raise error or ExplainedError(f"Execution {name_of(execution.arn)} ended, but AWS has no results of it.")
    total, not_done = execution.totals()
    tables, run = pipeline.tables, execution.run
    return ReconcileReport(
        deployment=deployment,
        region=tables.client.meta.region_name,
        staging=tables.staging.table.name,
        messages=tables.messages.table.name,
        again=command_on_aws(deployment, options, is_applied=options.is_applied),
        apply=command_on_aws(deployment, options, is_applied=True),
        is_applied=options.is_applied,
        is_by_message=pipeline.match_rule.is_by_message,
        older_than_s=run["older_than_s"],
        age_attribute=run["age_attribute"],
        match_attributes=[*pipeline.match_rule.match_attributes],
        is_finished=not error and not not_done,
        counts=total.counts,
        unprocessed=total.unprocessed,
        oldest_unprocessed_s=seconds_since(total.oldest_unprocessed_at, time.time()),
        read_units=total.read_units,
        write_units=total.write_units,
        begun_at=execution.begun_at,
        is_resumed=False,
        is_exact=not execution.uncounted,
        unanswered=total.unanswered,
        has_zoneless=total.has_zoneless,
        error=error,
        on_aws=_run_on_aws(execution, not_done),
    )


def _run_on_aws(execution: Execution, not_done: list[int]) -> RunOnAws:
    # The segments of an execution that was stopped did not fail.
    errors = {
        result["segment"]: (result["error"], arn)
        for arn, result in execution.results.items()
        if "error" in result and result["error"] != "ABORTED"
    }
    if execution.status == "SUCCEEDED":
        errors |= {segment: ("no result", execution.arn) for segment in not_done if segment not in errors}
    failed = {segment: errors[segment][0] for segment in sorted(errors)}
    return RunOnAws(
        execution_arn=execution.arn,
        segments=execution.segments,
        not_done=not_done,
        failed=failed,
        why=_history(errors[min(errors)][1]) if errors else "",
    )


def _history(execution_arn: str) -> str:
    """Return the command that shows the last errors of a child workflow's tasks, with their causes."""
    wanted = ("--reverse-order", "--max-items", "20", "--query", "events[].taskFailedEventDetails")
    return aws("stepfunctions", "get-execution-history", "--execution-arn", execution_arn, *wanted)


def _error_of(execution: Execution) -> ExplainedError | None:
    """Return how the execution ended, if not well."""
    if execution.status == "SUCCEEDED":
        return None
    if execution.status == "FAILED":
        return ExplainedError(_failure(execution))
    how = _HOW_ENDED.get(execution.status, "ended")
    ended = sum("error" not in result for result in execution.results.values())
    done = f"after {ended:,} of {execution.segments:,} segments" if execution.segments else "before the first segment"
    cause = f" {_cut(execution.cause)}" if execution.cause else ""
    return ExplainedError(f"Execution {name_of(execution.arn)} {how} on AWS ({execution.status}), {done}.{cause}")


def _failure(execution: Execution) -> str:
    """Return why an execution failed. A refusal of the reconciler's function explains itself."""
    cause: Any = None
    with suppress(ValueError):
        cause = json.loads(execution.cause)
    # An error of a function, as Lambda returns it. Source: nodejs-exceptions.html, python-exceptions.html.
    is_of_function = isinstance(cause, Mapping) and "errorMessage" in cause
    message = _cut(str(cause["errorMessage"])) if is_of_function else _cut(execution.cause)
    if execution.error == "RefusedError":
        return message
    return f"Execution {name_of(execution.arn)} failed on AWS ({_cut(execution.error)}): {message}"


def _cut(text: str) -> str:
    return " ".join(text.split())[:MOST_CHARACTERS]
