"""How a pipeline's lag and backlog go over hours, by the model of its mapping."""

from collections.abc import Sequence
from math import ceil

from scavenger_ops.plan.capacity import Capacity
from scavenger_ops.plan.load import ScenarioName
from scavenger_ops.plan.scenario import Disturbance, ScenarioRates, find_disturbance
from scavenger_ops.plan.simulated_pipeline import SimulatedPipeline, choose_sample
from scavenger_ops.plan.timeline import HARDLY, Point, Timeline

# Enough for a picture.
POINTS = 600


def simulate(capacity: Capacity, scenario: ScenarioName, hours: int) -> Timeline:
    """Simulate so many hours of a pipeline.

    steady: the load as it is. burst: at its peak for a sixth of the time, an hour at most. throttled: for ten minutes
    the staging table takes a tenth of the deletes that are asked for, and has kept no units. poison: for ten minutes,
    half of the records are malformed, so that the function quarantines them. All begin after a quarter of the time.

    Lanes with the same load behave alike, so a few of them are simulated, ten at most and with windows that begin at
    different times, each with its share of the table's write units, and stand for all. The API's puts take their units
    first. Cold starts and the quotas of AWS are left out.
    """
    duration_s = hours * 3600.0
    rates = ScenarioRates(capacity, scenario, find_disturbance(scenario, duration_s))
    simulated = SimulatedPipeline(rates, choose_sample(capacity, duration_s), duration_s)
    try:
        return _watch(simulated, rates, duration_s)
    finally:
        simulated.close()


def _watch(simulated: SimulatedPipeline, rates: ScenarioRates, duration_s: float) -> Timeline:
    """Let the time pass, and look at the pipeline now and then."""
    ledger, of_all = simulated.ledger, simulated.of_all
    points, most_concurrent, interval_s = [Point(0.0, 0.0, 0)], 0.0, duration_s / POINTS
    for number in range(1, POINTS + 1):
        simulated.run(number * interval_s)
        lag_s, backlog = ledger.take_highest()
        points.append(Point(number * interval_s, lag_s, of_all(backlog)))
        most_concurrent = max(most_concurrent, simulated.function.take_busy_s() / interval_s)
    return Timeline(
        scenario=rates.scenario,
        disturbance=rates.disturbance,
        points=tuple(points),
        inserted=of_all(ledger.inserted),
        deleted=of_all(ledger.deleted),
        quarantined=of_all(ledger.quarantined),
        retries_exhausted=of_all(ledger.retries_exhausted),
        invocations=of_all(simulated.function.invocations),
        most_concurrent_invocations=ceil(most_concurrent * simulated.sample.stands_for),
        backlog_at_the_end=of_all(ledger.waiting()),
        lag_at_the_end_s=ledger.lag_s(),
        recovered_after_s=_recovered_after_s(points, rates.disturbance),
    )


def _recovered_after_s(points: Sequence[Point], disturbance: Disturbance | None) -> float | None:
    """Return the time from a disturbance's end until the lag is as before it, None if it never is."""
    if disturbance is None:
        return None
    normal_s = HARDLY * max(point.lag_s for point in points if point.time_s <= disturbance.begins_s)
    above = [point for point in points if point.time_s > disturbance.begins_s and point.lag_s > normal_s]
    if above and above[-1] is points[-1]:
        return None
    return max(0.0, above[-1].time_s - disturbance.ends_s) if above else 0.0
