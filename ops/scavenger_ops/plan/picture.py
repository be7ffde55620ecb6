"""Draws the timeline of a simulation in a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.explained_error import ExplainedError

from scavenger_ops.plan.timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Left out of a file, so that the same timeline has the same bytes: when it was drawn, and by which version.
UNDATED = {".svg": {"Date": None, "Creator": None}, ".png": {"Software": None}}
# For the names of shapes in an SVG, which are otherwise random.
SALT = "scavenger"
INCHES = (9.0, 5.0)
DOTS_AN_INCH = 160

STYLE: dict[Any, Any] = {
    "axes.edgecolor": "#cbd5e1",
    "axes.labelcolor": "#334155",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",
    "font.size": 10.0,
    "svg.hashsalt": SALT,
    "xtick.color": "#475569",
    "ytick.color": "#475569",
}
LAG_COLOR, BACKLOG_COLOR, DISTURBANCE_COLOR = "#2563eb", "#0d9488", "#f59e0b"
# Ten minutes or four hours apart.
TICKS = 6
TITLES = {
    "steady": "Steady load",
    "burst": "A burst of inserts",
    "throttled": "The staging table is throttled",
    "poison": "Half of the records cannot be deleted",
}


class Unit(NamedTuple):
    """A unit of an axis: its name, its size, and how far the axis has to reach to use it."""

    name: str
    size: float
    least: float


# The largest first.
TIMES = (Unit("hours", 3600, 2 * 3600), Unit("minutes", 60, 3 * 60), Unit("seconds", 1, 0))
COUNTS = (
    Unit("billion records", 1e9, 1e9),
    Unit("million records", 1e6, 1e6),
    Unit("thousand records", 1e3, 1e4),
    Unit("records", 1, 0),
)


def draw(timeline: Timeline, path: Path) -> None:
    """Draw lag and backlog over time into a file, SVG or PNG by its suffix.

    Raises ExplainedError if the file cannot be written, or matplotlib does not work.
    """
    suffix = path.suffix.lower()
    try:
        # Imported only here: it takes longer than all else. It raises an OSError if it finds no folder to write to.
        from matplotlib import rc_context  # noqa: PLC0415

        with rc_context(STYLE):
            _make_figure(timeline).savefig(path, format=suffix[1:], dpi=DOTS_AN_INCH, metadata=UNDATED[suffix])
    except OSError as error:
        raise ExplainedError(f"The picture cannot be written: {error}. Name another file.") from error
    except ImportError as error:
        raise ExplainedError(f"The picture cannot be drawn: {error}. Install matplotlib again.") from error


def _make_figure(timeline: Timeline) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415

    drawn = Figure(figsize=INCHES, layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True)
    time_unit = _choose(TIMES, timeline.points[-1].time_s)
    for axes, name, values, units, color in (
        (above, "lag", [point.lag_s for point in timeline.points], TIMES, LAG_COLOR),
        (below, "backlog", [float(point.backlog) for point in timeline.points], COUNTS, BACKLOG_COLOR),
    ):
        unit = _choose(units, max(values))
        times = [point.time_s / time_unit.size for point in timeline.points]
        _draw_panel(axes, times, [value / unit.size for value in values], color)
        axes.set_ylabel(f"{name} ({unit.name})")
        if timeline.disturbance:
            begins_s, ends_s = timeline.disturbance.begins_s, timeline.disturbance.ends_s
            axes.axvspan(begins_s / time_unit.size, ends_s / time_unit.size, color=DISTURBANCE_COLOR, alpha=0.15, lw=0)
    above.set_title(TITLES[timeline.scenario], loc="left", color="#0f172a", fontweight="bold", pad=12)
    below.set_xlabel(f"time ({time_unit.name})")
    drawn.align_ylabels()
    return drawn


def _draw_panel(axes: "Axes", times: Sequence[float], values: Sequence[float], color: str) -> None:
    """Draw values over time, both in the axes' units."""
    axes.fill_between(times, values, color=color, alpha=0.12, linewidth=0)
    axes.plot(times, values, color=color, linewidth=1.6)
    axes.set_xlim(0, times[-1])
    axes.set_xticks([times[-1] * number / TICKS for number in range(TICKS + 1)])
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.grid(axis="y", color="#e2e8f0", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def _choose(units: Sequence[Unit], highest: float) -> Unit:
    """Return the largest unit that suits an axis that reaches so far."""
    return next(unit for unit in units if highest >= unit.least)
