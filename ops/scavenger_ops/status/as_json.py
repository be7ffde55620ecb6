"""Gives the state of a deployment as JSON, for scripts."""

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from typing import Any

from scavenger_ops.status.cloudwatch import metric_of
from scavenger_ops.status.facts import Metrics
from scavenger_ops.status.report import Report
from scavenger_ops.status.series import Series


def to_json(report: Report) -> dict[str, Any]:
    """Give the verdict, what is wrong, what is not known, the rows, and all facts; null is what is not known."""
    facts = report.facts
    plain = {field.name: _plain(getattr(facts, field.name)) for field in fields(facts) if field.name != "metrics"}
    return {
        "is_well": report.is_well,
        "findings": [asdict(finding) for finding in report.findings],
        **plain,
        "unknown": _plain(report.unknown),
        "rows": _plain(report.rows),
        "alarms": _plain(facts.alarms),
        "metrics": {field.name: _figures(getattr(facts.metrics, field.name), field.name) for field in fields(Metrics)},
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any fact
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _figures(series: Series | None, name: str) -> dict[str, float | str | None] | None:
    """Return a metric's figures of its window; each is null if it has no data points.

    Points arrive minutes late: a sum is of what there was from the window's beginning to `latest_at`.
    """
    if series is None:
        return None
    return {
        "window_s": metric_of(name).window.total_seconds(),
        "sum": series.total,
        "maximum": series.maximum,
        "latest": series.latest,
        "latest_at": _plain(series.latest_at),
    }
