"""Run the demo, and draw its terminal as it is at the end."""

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from scavenger_ops.demo.run import run

MESSAGES = 1000
# Wide enough for every line of the demo except its longest sentence.
COLUMNS = 100
# Of a character in most monospace fonts. If a font has another ratio, the browser stretches the text.
ASPECT_RATIO = 0.602


def draw_demo(path: Path) -> None:
    """Run the demo on a local AWS, and draw what it shows. Raises RuntimeError if the demo fails."""
    # Not a terminal, so that what moves in a terminal is recorded once, as it is at the end.
    console = Console(file=io.StringIO(), record=True, width=COLUMNS, highlight=False)
    if run(MESSAGES, console) != 0:
        raise RuntimeError(f"The demo failed:\n{console.export_text()}")
    # Rich cuts off the lower half of the last line.
    console.print()
    svg = console.export_svg(
        title="make demo", code_format=self_contained(CONSOLE_SVG_FORMAT), font_aspect_ratio=ASPECT_RATIO
    )
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n")


def self_contained(svg_format: str) -> str:
    """Return rich's SVG format without links to the web, with fonts that every machine has, and with all spaces."""
    without_fonts = re.sub(r"@font-face {{.*?}}|<!--.*?-->", "", svg_format, flags=re.DOTALL)
    fonts = without_fonts.replace("Fira Code, monospace", "monospace").replace("arial", "sans-serif")
    return fonts.replace('<g class="{unique_id}-matrix">', '<g class="{unique_id}-matrix" xml:space="preserve">')
