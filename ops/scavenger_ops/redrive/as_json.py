"""The JSON of a redrive."""

from typing import Any

from scavenger_ops.command import error_facts
from scavenger_ops.redrive.report import RedriveReport
from scavenger_ops.redrive.result import ListedObject, RedriveStatus

NOT_TRIED = "not_tried"


def to_json(report: RedriveReport) -> dict[str, Any]:
    """Return the report for scripts. docs/reference/schemas/redrive.schema.json describes it."""
    statuses = report.statuses
    return {
        "verdict": report.verdict()[1],
        "is_done": report.is_done,
        "error": error_facts(report.error),
        "function": report.function,
        "region": report.region,
        "bucket": report.bucket,
        "is_dry_run": report.is_dry_run,
        "counts": {
            "found": len(report.listed),
            **{status.value: statuses[status] for status in RedriveStatus},
            NOT_TRIED: report.not_tried,
        },
        "records": sum(result.records for result in report.results.values()),
        "records_done": sum(result.done for result in report.results.values()),
        "objects": [_object_facts(report, each) for each in report.listed],
    }


def _object_facts(report: RedriveReport, listed: ListedObject) -> dict[str, Any]:
    result = report.results.get(listed.name)
    return {
        "key": listed.name,
        "result": result.status.value if result else NOT_TRIED,
        "condition": result.condition or None if result else None,
        "reasons": list(result.reasons) if result else [],
        "records": result.records if result else 0,
        "records_done": result.done if result else 0,
        "age_s": round(report.age_s(listed)),
        "problem": result.problem or None if result else None,
        "remediation": result.remedy.text or None if result else None,
        "commands": list(result.remedy.commands) if result else [],
    }
