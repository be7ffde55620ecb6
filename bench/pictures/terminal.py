"""Draws what a command shows on a terminal, as a picture that loads nothing, or as the text without colors."""

import io
import re
from collections.abc import Callable
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

# Of a character in most monospace fonts. If a font has another ratio, the browser stretches the text.
ASPECT_RATIO = 0.602

Show = Callable[[Console], None]


def draw(console: Console, title: str, path: Path) -> None:
    """Draw what a recording console has shown. The same input gives the same bytes."""
    # Rich cuts off the lower half of the last line.
    console.print()
    svg = console.export_svg(
        title=title,
        code_format=self_contained(CONSOLE_SVG_FORMAT),
        font_aspect_ratio=ASPECT_RATIO,
        unique_id=path.stem,
    )
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n")


def record(show: Show, columns: int) -> Console:
    """Return a console on which something was shown, as on a terminal of that width with colors."""
    console = Console(
        file=io.StringIO(),
        record=True,
        width=columns,
        highlight=False,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        _environ={},
    )
    show(console)
    return console


def text_of(show: Show, columns: int) -> str:
    """Return what is shown on a terminal of that width without colors."""
    console = Console(file=io.StringIO(), record=True, width=columns, highlight=False, no_color=True, _environ={})
    show(console)
    return "\n".join(line.rstrip() for line in console.export_text(styles=False).splitlines()).strip("\n")


def self_contained(svg_format: str) -> str:
    """Return rich's SVG format without links to the web, with fonts that every machine has, and with all spaces."""
    without_fonts = re.sub(r"@font-face {{.*?}}|<!--.*?-->", "", svg_format, flags=re.DOTALL)
    fonts = without_fonts.replace("Fira Code, monospace", "monospace").replace("arial", "sans-serif")
    return fonts.replace('<g class="{unique_id}-matrix">', '<g class="{unique_id}-matrix" xml:space="preserve">')
