"""Lays out screens: tables, which become blocks on a narrow terminal, and wrapped sentences."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

# A column of text is wrapped, but not into less than this.
NARROWEST_TEXT = 24
GAP = 2
PADDING = (0, GAP, 0, 0)


def show_table(
    console: Console, heads: Sequence[str], rows: Iterable[Sequence[str]], *, text_column: int | None = None
) -> None:
    """Show a table or, where the terminal is too narrow for it, each row as a block under its first cell.

    `text_column` is the index of the column that is wrapped. All columns but that and the first are aligned to the
    right. Empty heads take no line.
    """
    rows = list(rows)
    widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    if text_column is not None:
        widths[text_column] = min(widths[text_column], NARROWEST_TEXT)
    if sum(widths) + GAP * (len(heads) - 1) > console.width:
        _show_blocks(console, heads, rows)
        return
    grid = Grid(box=None, pad_edge=False, padding=PADDING, header_style="dim", show_header=any(heads))
    for number, head in enumerate(heads):
        justify: Literal["left", "right"] = "left" if number in (0, text_column) else "right"
        grid.add_column(head, justify=justify, overflow="fold", min_width=widths[number])
    for row in rows:
        grid.add_row(*row)
    console.print(grid)


def _show_blocks(console: Console, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    for title, *cells in rows:
        console.print(Text(title, style="bold"))
        show_pairs(console, [(f"  {head}", cell) for head, cell in zip(heads[1:], cells, strict=True) if cell])


def show_pairs(console: Console, pairs: Iterable[tuple[str, str | Text]]) -> None:
    """Show names with their values. Long values are wrapped beside the names."""
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=PADDING)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(name, value)
    console.print(grid)


def show_head(console: Console, title: str) -> None:
    """Show the title of a section."""
    console.print()
    console.print(Text(title, style="bold"))


def show_sentence(console: Console, text: str, style: str = "") -> None:
    """Show a sentence. Its further lines are indented."""
    _show_wrapped(console, text, "", "  ", style)


def show_indented(console: Console, text: str, style: str = "") -> None:
    """Show a text all of whose lines are indented."""
    _show_wrapped(console, text, "  ", "  ", style)


def _show_wrapped(console: Console, text: str, begin: str, further: str, style: str) -> None:
    console.print(Text("\n".join(wrap(text, console.width, begin, further)), style=style), soft_wrap=True)


def wrap(text: str, width: int, begin: str, further: str) -> list[str]:
    """Return the lines of a text, between words, each with what it begins with: the first line, and all further."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=begin,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
