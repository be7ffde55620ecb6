"""How a pipeline's lag and backlog go over hours, by the model of its mapping."""

from math import ceil

from scavenger_ops.plan.design import DEFAULT_QUOTAS, Design, Quotas
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.pipeline import Pipeline
from scavenger_ops.plan.simulation.arrivals import Arrivals, Scenario, find_disturbance
from scavenger_ops.plan.simulation.course import Course, Point, recovered_after_s
from scavenger_ops.plan.simulation.sample import choose_sample
from scavenger_ops.plan.simulation.simulated_pipeline import SimulatedPipeline

# Enough for a picture.
POINTS = 600


def simulate(
    pipeline: Pipeline, shards: int, scenario: Scenario, hours: int, quotas: Quotas = DEFAULT_QUOTAS
) -> Course:
    """Simulate so many hours of a pipeline.

    steady: the load as it is. burst: at its peak for a sixth of the time, an hour at most. throttled: for ten minutes
    the staging table takes a tenth of the deletes that are asked for, and has kept no units. poison: for ten minutes,
    half of the records are malformed, so that the function quarantines them. All begin after a quarter of the time.

    Lanes with the same load behave alike, so a few of them are simulated, ten at most and with windows that begin at
    different times, each with its share of the table's write units, and stand for all. The API's puts take their units
    first. Cold starts and the quota of concurrent invocations are left out.
    """
    design = Design(pipeline, measured().this_function, measured().request_s, quotas)
    duration_s = hours * 3600.0
    arrivals = Arrivals(pipeline.load, scenario, find_disturbance(scenario, duration_s))
    simulated = SimulatedPipeline(design, arrivals, choose_sample(design, shards, duration_s), duration_s)
    try:
        return _watch(simulated, arrivals, duration_s)
    finally:
        simulated.close()


def _watch(simulated: SimulatedPipeline, arrivals: Arrivals, duration_s: float) -> Course:
    """Let the time pass, and look at the pipeline now and then."""
    ledger, of_all = simulated.ledger, simulated.of_all
    points, most_concurrent, interval_s = [Point(0.0, 0.0, 0)], 0.0, duration_s / POINTS
    for number in range(1, POINTS + 1):
        simulated.run(number * interval_s)
        lag_s, backlog = ledger.take_highest()
        points.append(Point(number * interval_s, lag_s, of_all(backlog)))
        most_concurrent = max(most_concurrent, simulated.function.take_busy_s() / interval_s)
    return Course(
        scenario=arrivals.scenario,
        disturbance=arrivals.disturbance,
        points=tuple(points),
        inserted=of_all(ledger.inserted),
        deleted=of_all(ledger.deleted),
        quarantined=of_all(ledger.quarantined),
        given_up=of_all(ledger.given_up),
        invocations=of_all(simulated.function.invocations),
        most_concurrent_invocations=ceil(most_concurrent * simulated.stands_for),
        backlog_at_the_end=of_all(ledger.waiting()),
        lag_at_the_end_s=ledger.lag_s(),
        recovered_after_s=recovered_after_s(points, arrivals.disturbance),
    )
