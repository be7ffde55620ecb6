"""The state of a deployment as JSON, for scripts."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from scavenger_ops.status.facts import MetricFacts
from scavenger_ops.status.metric_queries import metric_query
from scavenger_ops.status.problem import Problem
from scavenger_ops.status.report import StatusReport
from scavenger_ops.status.series import MetricSeries

# The keys of the JSON that differ from the names of the facts.
_KEYS = {"mappings": "event_source_mappings"}


def to_json(report: StatusReport) -> dict[str, Any]:
    """Return the verdict, the problems, what is not known, the rows, and all facts (null: not known)."""
    facts = report.facts
    names = [field.name for field in fields(facts) if field.name not in ("metrics", "unknown")]
    return {
        "verdict": report.verdict,
        "is_well": report.is_well,
        "problems": [problem_facts(problem) for problem in report.problems],
        "unknown": _plain(report.unknown),
        "rows": _plain(report.rows),
        **{_KEYS.get(name, name): _plain(getattr(facts, name)) for name in names},
        "alarms": _plain(facts.alarms),
        "metrics": {
            field.name: _numbers(getattr(facts.metrics, field.name), field.name) for field in fields(MetricFacts)
        },
    }


def problem_facts(problem: Problem) -> dict[str, Any]:
    """Return a problem and its fix."""
    return {
        "about": problem.about,
        "what": problem.what,
        "cause": problem.cause,
        "fix": problem.fix,
        "commands": list(problem.commands),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any fact
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _numbers(series: MetricSeries | None, name: str) -> dict[str, float | str | None] | None:
    """Return a metric's numbers in its window; each is null if the metric has no data points.

    Points arrive minutes late: a sum covers the time from the begin of the window to `latest_at`.
    """
    if series is None:
        return None
    return {
        "window_s": metric_query(name).window.total_seconds(),
        "sum": series.total,
        "maximum": series.maximum,
        "latest": series.latest,
        "latest_at": _plain(series.latest_at),
    }
