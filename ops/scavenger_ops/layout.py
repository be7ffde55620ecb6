"""Lays out what a plan shows: tables, which become blocks on a narrow terminal, and wrapped sentences."""

import textwrap
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from scavenger_ops.text import seconds

# A last column of text is wrapped, but not into less than this.
NARROWEST_TEXT = 24
# Nothing can be wrapped into less. Some terminals say that they have no columns at all.
NARROWEST_LINE = 20
GAP = 2
PADDING = (0, GAP, 0, 0)

GROWS = "grows"


def show_table(console: Console, heads: Sequence[str], rows: Iterable[Sequence[str]], *, is_text_last: bool) -> None:
    """Show a table or, where the terminal is too narrow for it, each row as a block under its first cell.

    All columns but the first are aligned to the right, without the last one if it has text. Empty heads take no line.
    """
    rows = list(rows)
    widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    if is_text_last:
        widths[-1] = min(widths[-1], NARROWEST_TEXT)
    if sum(widths) + GAP * (len(heads) - 1) > console.width:
        _show_blocks(console, heads, rows)
        return
    grid = Grid(box=None, pad_edge=False, padding=PADDING, header_style="dim", show_header=any(heads))
    for number, head in enumerate(heads):
        is_left = number == 0 or (is_text_last and number == len(heads) - 1)
        grid.add_column(head, justify="left" if is_left else "right", min_width=widths[number])
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


def lag_text(lag_s: float | None) -> str:
    """Return a lag, which may grow as long as the load lasts."""
    return GROWS if lag_s is None else seconds(lag_s)


def show_head(console: Console, title: str) -> None:
    """Show the title of a section."""
    console.print()
    console.print(Text(title, style="bold"))


def show_sentence(console: Console, text: str, style: str = "") -> None:
    """Show a sentence. Its further lines are indented."""
    console.print(Text("\n".join(wrap(text, console.width, "", "  ")), style=style), soft_wrap=True)


def wrap(text: str, width: int, begin: str, further: str) -> list[str]:
    """Return the lines of a text, between words, each with what it begins with: the first line, and all further."""
    return textwrap.wrap(
        text,
        max(width, NARROWEST_LINE),
        initial_indent=begin,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
