"""Takes the load and the settings through the stages, and on request runs the pipeline in simulated time."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console

from scavenger_ops.command import EXIT_OK, say, show_json
from scavenger_ops.plan.advice import find_advice
from scavenger_ops.plan.capacity import Capacity, find_capacity
from scavenger_ops.plan.cost import find_alternatives, find_cost
from scavenger_ops.plan.function_cost import Measured, measured
from scavenger_ops.plan.lag import find_lag
from scavenger_ops.plan.load import PlannedPipeline, SimulationOptions
from scavenger_ops.plan.report import PlanReport, make_report, to_json
from scavenger_ops.plan.screen import show_screen
from scavenger_ops.text import count

if TYPE_CHECKING:
    from scavenger_ops.plan.simulate import Timeline


def make_plan(pipeline: PlannedPipeline, figures: Measured) -> PlanReport:
    """Take a load and settings through the stages."""
    capacity = find_capacity(pipeline, figures)
    lag = find_lag(capacity)
    cost = find_cost(lag)
    advice = find_advice(cost)
    return make_report(advice, find_alternatives(cost))


def run(pipeline: PlannedPipeline, simulation: SimulationOptions | None, *, as_json: bool) -> int:
    """Show what the pipeline takes, and return the exit code.

    Raises CommandError if the picture cannot be written.
    """
    report, console = make_plan(pipeline, measured()), Console(highlight=False)
    if not as_json:
        show_screen(report, console)
    timeline = _simulate(report.capacity, simulation) if simulation else None
    if as_json:
        show_json(to_json(report) | ({"simulation": asdict(timeline)} if timeline else {}))
    if simulation and timeline:
        # Imported only here, as below: most plans simulate nothing.
        from scavenger_ops.plan.picture import draw, show_timeline  # noqa: PLC0415

        if not as_json:
            show_timeline(timeline, simulation.hours, console)
        if simulation.picture:
            draw(timeline, simulation.picture)
    return EXIT_OK


def _simulate(capacity: Capacity, simulation: SimulationOptions) -> "Timeline":
    from scavenger_ops.plan.simulate import simulate  # noqa: PLC0415

    say(f"Simulating {count(simulation.hours, 'hour')} ...")
    return simulate(capacity, simulation.scenario, simulation.hours)
