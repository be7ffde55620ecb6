"""A timeline of a simulated hour, whose lag and backlog grow from nothing."""

from typing import Any

from scavenger_ops.plan.load import ScenarioName
from scavenger_ops.plan.scenario import Disturbance
from scavenger_ops.plan.timeline import Point, Timeline

DISTURBANCES: dict[ScenarioName, Disturbance | None] = {"steady": None, "throttled": Disturbance(900.0, 1500.0)}


def timeline(scenario: ScenarioName = "throttled", scale: float = 1.0, **fields: Any) -> Timeline:
    """Make a timeline of an hour, by default without an end of the lag."""
    points = tuple(Point(6.0 * number, scale * number, round(scale * 100 * number)) for number in range(601))
    facts: dict[str, Any] = {
        "scenario": scenario,
        "points": points,
        "disturbance": DISTURBANCES[scenario],
        "inserted": 100,
        "deleted": 100,
        "quarantined": 0,
        "retries_exhausted": 0,
        "invocations": 1,
        "most_concurrent_invocations": 1,
        "backlog_at_the_end": 0,
        "lag_at_the_end_s": 0.0,
        "recovered_after_s": None,
    }
    return Timeline(**(facts | fields))
