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
from scavenger_ops.text import count

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
    report, console = make_report(pipeline, measured()), Console(highlight=False)
    if not as_json:
        show_screen(report, console)
    course = _simulate(report, simulation) if simulation else None
    if as_json:
        show((), to_json(report) | ({"simulation": asdict(course)} if course else {}), as_json=True)
    elif simulation and course:
        # Imported only here, as below: most plans simulate nothing.
        from scavenger_ops.plan.simulation.course_screen import show_course  # noqa: PLC0415

        show_course(course, simulation.hours, console)
    if simulation and course and simulation.picture:
        from scavenger_ops.plan.simulation.picture import draw  # noqa: PLC0415

        draw(course, simulation.picture)
    return DONE


def _simulate(report: Report, simulation: Simulation) -> "Course":
    from scavenger_ops.plan.simulation.simulate import simulate  # noqa: PLC0415

    say(f"Simulating {count(simulation.hours, 'hour')} ...")
    design = report.design
    return simulate(design.pipeline, report.estimate.shards, simulation.scenario, simulation.hours, design.quotas)
