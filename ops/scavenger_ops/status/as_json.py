"""Gives the state of a deployment as JSON, for scripts."""

from collections.abc import Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from typing import Any

from scavenger_ops.status.cloudwatch import window_of
from scavenger_ops.status.facts import Facts, Metrics
from scavenger_ops.status.mending import Finding
from scavenger_ops.status.series import Series


def to_json(facts: Facts, findings: Sequence[Finding]) -> dict[str, Any]:
    """Give the verdict, what is wrong, and all facts; a fact that is null is not known."""
    return {
        "is_well": not findings and not facts.unknown,
        "findings": [asdict(finding) for finding in findings],
        **{field.name: _plain(getattr(facts, field.name)) for field in fields(facts) if field.name != "metrics"},
        "metrics": {field.name: _figures(getattr(facts.metrics, field.name), field.name) for field in fields(Metrics)},
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any fact
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _figures(series: Series | None, name: str) -> dict[str, float | str | None] | None:
    """Return a metric's figures of its window; each is null if it has no data points.

    Points arrive minutes late: a sum is of what there was from the window's beginning to `latest_at`.
    """
    if series is None:
        return None
    return {
        "window_s": window_of(name).total_seconds(),
        "sum": series.total,
        "maximum": series.maximum,
        "latest": series.latest,
        "latest_at": _plain(series.latest_at),
    }
