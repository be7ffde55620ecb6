"""Run the demo, and draw its terminal as it is at the end."""

import io
import sys
from pathlib import Path

from rich.console import Console
from scavenger_ops.demo.run import run

from bench.pictures.terminal import draw

MESSAGES = 1000
# Wide enough for every line of the demo except its longest sentence.
COLUMNS = 100


def draw_demo(path: Path) -> None:
    """Run the demo on a local AWS, and draw what it shows. Raises RuntimeError if the demo fails."""
    # Not a terminal, so that what moves in a terminal is recorded once, as it is at the end.
    console = Console(file=io.StringIO(), record=True, width=COLUMNS, highlight=False)
    # As `make demo` calls it: the demo shows commands to type next.
    sys.argv[0] = ".venv/bin/scavenger"
    if run(MESSAGES, console) != 0:
        raise RuntimeError(f"The demo failed:\n{console.export_text()}")
    draw(console, "make demo", path)
