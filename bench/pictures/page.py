"""A page with the grid of a CloudWatch dashboard."""

from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

# In units of the grid. Source: CloudWatch-Dashboard-Body-Structure.html.
GRID_WIDTH = 24
# All lengths are in inches, from the upper left corner.
WIDTH, FOOTER_HEIGHT = 11.0, 0.5
# A unit is lower than CloudWatch's, so that the picture fits into a page of the docs.
UNIT_WIDTH, UNIT_HEIGHT = WIDTH / GRID_WIDTH, 0.28
GAP, PADDING = 0.05, 0.12

PAGE_COLOR, BOX_COLOR, EDGE_COLOR = "#f1f5f9", "#ffffff", "#cbd5e1"
TITLE_COLOR, TEXT_COLOR = "#0f172a", "#475569"


class Box(NamedTuple):
    """A place on the page."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, left: float, top: float, right: float, bottom: float) -> "Box":
        """Return the place within these margins."""
        return Box(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)


class DashboardPage:
    """A figure with rows of the grid, and a footer."""

    def __init__(self, rows: int) -> None:
        self._height = rows * UNIT_HEIGHT + FOOTER_HEIGHT
        self.figure = Figure(figsize=(WIDTH, self._height), facecolor=PAGE_COLOR)
        # Everything except the plots is drawn on axes as large as the page.
        self.canvas = self.add_axes(Box(0, 0, WIDTH, self._height))
        self.canvas.set_axis_off()
        self.canvas.set_xlim(0, WIDTH)
        self.canvas.set_ylim(self._height, 0)

    def place(self, widget: dict[str, Any]) -> Box:
        """Return a widget's place."""
        x, width = widget["x"] * UNIT_WIDTH, widget["width"] * UNIT_WIDTH
        y, height = widget["y"] * UNIT_HEIGHT, widget["height"] * UNIT_HEIGHT
        return Box(x, y, width, height).inside(GAP, GAP, GAP, GAP)

    def add_axes(self, box: Box) -> Axes:
        """Add axes in a place, and return them."""
        bottom = self._height - box.y - box.height
        return self.figure.add_axes(
            (box.x / WIDTH, bottom / self._height, box.width / WIDTH, box.height / self._height)
        )

    def frame(self, box: Box, title: str) -> None:
        """Draw a widget's frame and title."""
        self.fill(box)
        self.write(box.x + PADDING, box.y + 0.1, title, color=TITLE_COLOR, weight="bold", size=8.5)

    def fill(self, box: Box, color: str = BOX_COLOR, edge_color: str = EDGE_COLOR) -> None:
        """Fill a place."""
        self.canvas.add_patch(
            Rectangle((box.x, box.y), box.width, box.height, facecolor=color, edgecolor=edge_color, linewidth=0.8)
        )

    def write(self, x: float, y: float, text: str, **style: Any) -> None:  # noqa: ANN401 - as matplotlib has it
        """Write text to the right of a point and, by default, below it."""
        self.canvas.text(x, y, text, **({"color": TEXT_COLOR, "va": "top"} | style))

    def write_footer(self, text: str) -> None:
        """Write text below all widgets."""
        self.write(2 * GAP, self._height - FOOTER_HEIGHT + GAP, text, size=8.5, linespacing=1.5)
