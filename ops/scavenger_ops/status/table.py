"""The table of a deployment's state: a line for each row, or a block on a narrow terminal."""

import textwrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scavenger_ops.screen import has_symbols
from scavenger_ops.status.report import StatusReport
from scavenger_ops.status.rows import RowState, StatusRow

# From these widths on, the rows fit in columns, and the source of each beside it.
COLUMNS_FROM, SOURCES_FROM = 80, 160

_MARKS: dict[RowState, str] = {"fine": " ", "wrong": "✗", "not known": "?"}
_PLAIN_MARKS: dict[RowState, str] = {**_MARKS, "wrong": "!"}
_STYLES: dict[RowState, str] = {"fine": "", "wrong": "red", "not known": "yellow"}


def show_table(report: StatusReport, console: Console) -> None:
    """Show the rows, each with the time that it covers."""
    if console.width < COLUMNS_FROM:
        for row in report.rows:
            _show_block(row, console)
        return
    console.print(_table(report, console))


def _table(report: StatusReport, console: Console) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", "what", "value", "window"):
        table.add_column(heading, no_wrap=heading == "what")
    if is_wide := console.width >= SOURCES_FROM:
        table.add_column("source")
    for row in report.rows:
        sources = [Text(row.source, style="dim")] if is_wide else []
        columns = [Text(_mark(row, console)), Text(row.name), Text(row.text), Text(_window(row), style="dim")]
        table.add_row(*columns, *sources, style=_STYLES[row.state])
    return table


def _show_block(row: StatusRow, console: Console) -> None:
    style = _STYLES[row.state]
    heading = Text(f"{_mark(row, console)} {row.name}", style=f"{style} bold".strip())
    heading.append(f"  ({_window(row)})", style="dim not bold")
    console.print(heading)
    for line in row.text.splitlines():
        filled = textwrap.fill(line, console.width, initial_indent="    ", subsequent_indent="    ")
        console.print(Text(filled, style=style), soft_wrap=True)


def _mark(row: StatusRow, console: Console) -> str:
    return (_MARKS if has_symbols(console) else _PLAIN_MARKS)[row.state]


def _window(row: StatusRow) -> str:
    """Return the time that a row covers, and when its newest point begins."""
    # A run may be of another day: the text of its row says how long ago it was.
    return f"{row.window} to {row.newest_at:%H:%M}" if row.newest_at and row.name != "reconciler" else row.window
