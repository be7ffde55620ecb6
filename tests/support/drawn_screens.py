"""Draws the screens of commands as text, as a terminal of some width and encoding shows them."""

import io
from collections.abc import Callable

from rich.console import Console

WIDTHS = (60, 80, 120)


def draw(show: Callable[[Console], None], width: int = 80, encoding: str = "utf-8") -> str:
    """Return what is written to a terminal of this width. Raises UnicodeEncodeError for characters that it lacks."""
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding=encoding)
    show(Console(file=file, width=width, highlight=False))
    file.flush()
    return written.getvalue().decode(encoding)


def too_long(text: str, width: int, *copied: str) -> list[str]:
    """Return the lines that are longer than the terminal, except those that are copied, which contain these words."""
    return [line for line in text.splitlines() if len(line) > width and not any(word in line for word in copied)]
