"""Draw the dashboard as Terraform creates it, with values recorded in simulated hours."""

from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import EngFormatter, MaxNLocator, MultipleLocator
from scavenger_ops.plan.picture import BACKLOG_COLOR, DISTURBANCE_COLOR, LAG_COLOR, STYLE, UNDATED
from scavenger_ops.plan.scenario import Disturbance

from bench.pictures.deployed import Monitoring
from bench.pictures.metrics import Line, Recording, find_lines, is_on
from bench.pictures.page import GAP, PADDING, TEXT_COLOR, TITLE_COLOR, Box, DashboardPage

# Text as text: as shapes, it would be most of the file.
DASHBOARD_STYLE = STYLE | {"font.family": "sans-serif", "font.size": 7.5, "svg.fonttype": "none"}
ALARM_COLOR, OK_COLOR, GRID_COLOR = "#dc2626", "#15803d", "#e2e8f0"
COLORS = (LAG_COLOR, BACKLOG_COLOR, "#9333ea", "#e11d48", "#64748b")
# The first line is the widest, so that it stays visible behind lines with the same values.
WIDTHS = (2.8, 1.8, 1.4, 1.0, 0.6)
# The axes end above the highest value, so that there is room for the alarm's label.
HEADROOM = 1.25
MINUTES_A_TICK = 30
ALARMS_A_ROW = 4


class Shown(NamedTuple):
    """What the dashboard is drawn with: the values, the time of the disturbance, and the text of the footer."""

    recording: Recording
    disturbance: Disturbance
    origin: str


def draw_dashboard(monitoring: Monitoring, shown: Shown, path: Path) -> None:
    """Draw each widget in its place, and the origin of the values below. The same input gives the same bytes."""
    with rc_context(DASHBOARD_STYLE):
        page = DashboardPage(max(widget["y"] + widget["height"] for widget in monitoring.widgets))
        for widget in monitoring.widgets:
            box, properties = page.place(widget), widget["properties"]
            match widget["type"]:
                case "text":
                    _draw_heading(page, box, properties["markdown"])
                case "alarm":
                    page.frame(box, properties["title"])
                    alarms = [monitoring.alarms[arn] for arn in properties["alarms"]]
                    states = {alarm["alarm_name"]: is_on(alarm, shown.recording) for alarm in alarms}
                    _draw_alarms(page, box.inside(PADDING, 0.4, PADDING, PADDING), states)
                case "metric":
                    page.frame(box, properties["title"])
                    _draw_metrics(page, box, properties, shown)
        page.write_footer(shown.origin)
        page.figure.savefig(path, format="svg", metadata=UNDATED[".svg"])


def _draw_heading(page: DashboardPage, box: Box, markdown: str) -> None:
    heading, text = markdown.removeprefix("## ").split("\n")
    page.write(box.x + GAP, box.y + 0.06, heading, color=TITLE_COLOR, weight="bold", size=12)
    page.write(box.x + GAP, box.y + 0.29, text, size=8.5)


def _draw_alarms(page: DashboardPage, box: Box, states: dict[str, bool]) -> None:
    """Draw a tile for each alarm."""
    width, height = box.width / ALARMS_A_ROW, box.height / -(-len(states) // ALARMS_A_ROW)
    for number, (name, is_alarm) in enumerate(states.items()):
        row, column = divmod(number, ALARMS_A_ROW)
        tile = Box(box.x + column * width, box.y + row * height, width, height).inside(GAP, GAP, GAP, GAP)
        color, middle = ALARM_COLOR if is_alarm else OK_COLOR, tile.y + tile.height / 2
        page.fill(tile, edge_color=color)
        page.fill(Box(tile.x, tile.y, 0.06, tile.height), color, color)
        page.write(tile.x + 0.18, middle - 0.02, name, color=TITLE_COLOR, va="bottom", size=8.5)
        page.write(tile.x + 0.18, middle + 0.05, "In alarm" if is_alarm else "OK", color=color)


def _draw_metrics(page: DashboardPage, box: Box, properties: dict[str, Any], shown: Shown) -> None:
    """Draw a widget's unit, lines, alarm threshold and legend."""
    page.write(box.x + PADDING, box.y + 0.28, properties["yAxis"]["left"]["label"])
    axes, minutes = page.add_axes(box.inside(0.45, 0.48, 0.2, 0.44)), shown.recording.duration_s / 60
    axes.axvspan(
        shown.disturbance.begins_s / 60, shown.disturbance.ends_s / 60, color=DISTURBANCE_COLOR, alpha=0.15, lw=0
    )
    lines = find_lines(properties, shown.recording)
    for line, color, width in zip(lines, COLORS, WIDTHS, strict=False):
        period = properties["period"] / 60
        edges = [min(number * period, minutes) for number in range(len(line.values) + 1)]
        axes.stairs(line.values, edges, baseline=None, color=color, linewidth=width)
    thresholds = properties.get("annotations", {}).get("horizontal", [])
    for threshold in thresholds:
        axes.axhline(threshold["value"], color=ALARM_COLOR, linewidth=1, linestyle="--")
        place = (0, threshold["value"])
        axes.annotate(threshold["label"], place, (3, 2), textcoords="offset points", color=ALARM_COLOR)
    values = [value for line in lines for value in line.values if not isnan(value)]
    _lay_out(axes, minutes, max(values + [threshold["value"] for threshold in thresholds], default=0.0))
    axes.legend(
        handles=[_key(line, color) for line, color in zip(lines, COLORS, strict=False)],
        loc="lower left",
        bbox_to_anchor=(box.x + PADDING, box.y + box.height - 0.05),
        bbox_transform=page.canvas.transData,
        ncols=len(lines),
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        handlelength=0.8,
        handleheight=0.8,
        handletextpad=0.4,
        columnspacing=1.2,
        labelcolor=TEXT_COLOR,
    )


def _key(line: Line, color: str) -> Patch:
    """Return a legend entry, without a color if there is no line."""
    return Patch(color=color, label=line.label) if line.values else Patch(fill=False, label=f"{line.label} (unknown)")


def _lay_out(axes: Axes, minutes: float, highest: float) -> None:
    axes.set_xlim(0, minutes)
    axes.set_ylim(0, HEADROOM * highest or 1)
    axes.xaxis.set_major_locator(MultipleLocator(MINUTES_A_TICK))
    axes.xaxis.set_major_formatter(lambda minute, _: f"{minute // 60:.0f}:{minute % 60:02.0f}")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(axis="y", color=GRID_COLOR, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    # Keeps the labels away from the 0 of the other axis.
    axes.tick_params(axis="x", pad=6)
