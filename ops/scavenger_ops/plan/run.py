"""Shows what a pipeline will take, before there is one, and on request lets it run in simulated time."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console

from scavenger_ops.command import DONE, say, show
from scavenger_ops.plan.as_json import to_json
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.pipeline import Pipeline
from scavenger_ops.plan.report import Report, make_report
from scavenger_ops.plan.screen import show_screen
from scavenger_ops.plan.text import count

if TYPE_CHECKING:
    from scavenger_ops.plan.simulation.arrivals import Scenario
    from scavenger_ops.plan.simulation.course import Course


class Simulation(NamedTuple):
    """What to simulate, for how long, and where to draw it, if anywhere."""

    scenario: "Scenario"
    hours: int
    picture: Path | None


def run(pipeline: Pipeline, simulation: Simulation | None, *, as_json: bool) -> int:
    """Say what the pipeline will take, and give the exit code.

    Raises CommandError if the picture cannot be written.
    """
    report = make_report(pipeline, measured())
    if as_json:
        simulated = {"simulation": asdict(_simulate(report, simulation))} if simulation else {}
        show((), to_json(report) | simulated, as_json=True)
        return DONE
    console = Console(highlight=False)
    show_screen(report, console)
    if simulation:
        # Imported only here, as below: most plans simulate nothing.
        from scavenger_ops.plan.simulation.course_screen import show_course  # noqa: PLC0415

        show_course(_simulate(report, simulation), simulation.hours, console)
    return DONE


def _simulate(report: Report, simulation: Simulation) -> "Course":
    from scavenger_ops.plan.simulation.picture import draw  # noqa: PLC0415
    from scavenger_ops.plan.simulation.simulate import simulate  # noqa: PLC0415

    say(f"Simulating {count(simulation.hours, 'hour')} ...")
    design = report.design
    course = simulate(design.pipeline, report.estimate.shards, simulation.scenario, simulation.hours, design.quotas)
    if simulation.picture:
        draw(course, simulation.picture)
    return course
