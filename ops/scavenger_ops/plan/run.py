"""Takes the load and the settings through the stages, and on request runs the pipeline in simulated time."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.explained_error import ExplainedError

from scavenger_ops.command import EXIT_NOT_OK, EXIT_OK, error_facts, exit_code_of, say, say_error, show_json
from scavenger_ops.plan.advice import find_advice
from scavenger_ops.plan.as_json import to_json
from scavenger_ops.plan.capacity import Capacity, find_capacity
from scavenger_ops.plan.cost import find_alternatives, find_cost
from scavenger_ops.plan.function_cost import Measured, measured
from scavenger_ops.plan.lag import find_lag
from scavenger_ops.plan.load import PlannedPipeline, SimulationOptions
from scavenger_ops.plan.report import PlanReport, make_report
from scavenger_ops.plan.screen import show_screen
from scavenger_ops.screen import open_console
from scavenger_ops.text import count

if TYPE_CHECKING:
    from scavenger_ops.plan.timeline import Timeline


@dataclass(frozen=True)
class PlanOutput:
    """How the plan is shown, and whether the exit code says that the settings do not keep up."""

    as_json: bool = False
    is_explained: bool = False
    is_checked: bool = False


def make_plan(pipeline: PlannedPipeline, figures: Measured) -> PlanReport:
    """Take a load and settings through the stages."""
    capacity = find_capacity(pipeline, figures)
    lag = find_lag(capacity)
    cost = find_cost(lag)
    advice = find_advice(cost)
    return make_report(advice, find_alternatives(cost))


def run(pipeline: PlannedPipeline, simulation: SimulationOptions | None, output: PlanOutput) -> int:
    """Show what the pipeline takes, and return the exit code."""
    report = make_plan(pipeline, measured())
    if not output.as_json:
        show_screen(report, open_console(), is_explained=output.is_explained)
    timeline = _simulate(report.capacity, simulation) if simulation else None
    error = _draw(timeline, simulation.picture) if simulation and timeline and simulation.picture else None
    if output.as_json:
        show_json(to_json(report, timeline) | {"error": error_facts(error)})
    elif simulation and timeline:
        # Imported only here: most plans simulate nothing.
        from scavenger_ops.plan.timeline_screen import show_timeline  # noqa: PLC0415

        show_timeline(timeline, simulation.hours, open_console())
    if error:
        say_error(error)
        return exit_code_of(error)
    keeps_up = report.keeps_up and (timeline is None or timeline.keeps_up)
    return EXIT_NOT_OK if output.is_checked and not keeps_up else EXIT_OK


def _simulate(capacity: Capacity, simulation: SimulationOptions) -> "Timeline":
    from scavenger_ops.plan.simulate import simulate  # noqa: PLC0415 - most plans simulate nothing

    say(f"Simulating {count(simulation.hours, 'hour')} ...")
    return simulate(capacity, simulation.scenario, simulation.hours)


def _draw(timeline: "Timeline", picture: Path) -> ExplainedError | None:
    """Draw the picture, and return the error if it cannot be written: the plan is shown all the same."""
    from scavenger_ops.plan.picture import draw  # noqa: PLC0415 - most plans draw nothing

    try:
        draw(timeline, picture)
    except ExplainedError as error:
        return error
    return None
