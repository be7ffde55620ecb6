"""The JSON of a verification."""

import json
from typing import Any

from scavenger_ops.command import error_facts
from scavenger_ops.status.as_json import problem_facts
from scavenger_ops.verify.report import VerifyReport


def to_json(report: VerifyReport) -> dict[str, Any]:
    """Return the report for scripts. docs/reference/schemas/verify.schema.json describes it."""
    after_s = report.deleted_after_s
    return {
        "verdict": report.verdict()[1],
        "is_verified": report.is_verified,
        "error": error_facts(report.error),
        "function": report.function,
        "region": report.region,
        "staging_table_name": report.staging,
        "messages_table_name": report.messages,
        "is_written": bool(report.written_to),
        "deleted_after_s": None if after_s is None else round(after_s, 3),
        "is_timed_out": report.is_timed_out,
        "timeout_s": report.timeout_s,
        "batching_window_s": report.batching_window_s,
        "unread_functions": list(report.unread),
        "left": [{**each._asdict(), "key": json.loads(each.key)} for each in report.left],
        "problems": [problem_facts(each) for each in report.status.problems] if report.status else None,
    }
