"""The JSON of a comparison."""

from datetime import UTC, datetime
from typing import Any

from reconciler.rows import ONLY_IN_STAGING, WITHOUT_ROW

from scavenger_ops.command import error_facts
from scavenger_ops.reconcile.report import AGE_CLASSES, IN_BOTH, ReconcileReport


def to_json(report: ReconcileReport) -> dict[str, Any]:
    """Return the report for scripts. docs/reference/schemas/reconcile.schema.json describes it."""
    counts = report.counts
    return {
        "verdict": report.verdict()[1],
        "is_finished": report.is_finished,
        "error": error_facts(report.error),
        "deployment": report.deployment,
        "region": report.region,
        "staging_table_name": report.staging,
        "messages_table_name": report.messages,
        "is_applied": report.is_applied,
        "older_than_s": report.older_than_s,
        "age_attribute": report.age_attribute,
        "rows": counts.total() - counts[WITHOUT_ROW],
        "messages_without_a_row_of_their_own": counts[WITHOUT_ROW] if report.is_by_message else None,
        "in_both": {_key(name): counts[name] for name in IN_BOTH},
        "only_in_staging": {_key(name): counts[ONLY_IN_STAGING + name] for name in AGE_CLASSES},
        "unprocessed": None if report.is_by_message else report.unprocessed,
        "oldest_unprocessed_s": None if report.oldest_unprocessed_s is None else round(report.oldest_unprocessed_s),
        "read_units": round(report.read_units, 1),
        "write_units": round(report.write_units, 1),
        "begun_at": datetime.fromtimestamp(report.begun_at, UTC).isoformat(timespec="seconds"),
        "is_resumed": report.is_resumed,
        "is_exact": report.is_exact,
        "unanswered": report.unanswered,
        "execution_arn": report.on_aws.execution_arn if report.on_aws else None,
        "failed_segments": [*report.on_aws.not_done] if report.on_aws else None,
    }


def _key(name: str) -> str:
    return name.replace(" ", "_")
