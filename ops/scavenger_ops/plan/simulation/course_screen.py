"""Shows what a simulation came to."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from scavenger_ops.plan.simulation.course import Course
from scavenger_ops.plan.simulation.picture import sparkline
from scavenger_ops.text import count, figure, seconds


def show_course(course: Course, hours: int, console: Console) -> None:
    """Show the totals of a simulation, and how lag and backlog went."""
    console.print()
    console.print(Text(f"Simulated: {course.scenario}, {count(hours, 'hour')}", style="bold"))
    for line in _lines(course):
        console.print(line, markup=False, soft_wrap=True)


def _lines(course: Course) -> Iterator[str]:
    lags, backlogs = [point.lag_s for point in course.points], [point.backlog for point in course.points]
    yield f"lag      {sparkline(lags)}  {seconds(max(lags))} at most, {seconds(course.lag_at_the_end_s)} at the end"
    at_the_end = f"{figure(course.backlog_at_the_end)} at the end"
    yield f"backlog  {sparkline(backlogs)}  {figure(max(backlogs))} records at most, {at_the_end}"
    records = f"{figure(course.inserted)} inserted, {figure(course.deleted)} deleted, {figure(course.quarantined)}"
    yield f"records  {records} quarantined, {figure(course.given_up)} given up"
    busy = f"{figure(course.most_concurrent_invocations)} at the same time at most"
    yield f"invocations  {figure(course.invocations)}, {busy}"
    if course.disturbance is not None:
        yield _recovery(course.recovered_after_s)


def _recovery(recovered_after_s: float | None) -> str:
    if recovered_after_s is None:
        return "The lag was not normal again by the end."
    if recovered_after_s == 0:
        return "The lag was normal again as soon as the disturbance was over."
    return f"The lag was normal again {seconds(recovered_after_s)} after the disturbance."
