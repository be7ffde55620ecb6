"""Shows the state of a deployment on one screen."""

import textwrap

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from scavenger_ops.status.finding import Finding
from scavenger_ops.status.report import StatusReport
from scavenger_ops.status.rows import RowState, StatusRow

# From this width on, the source of each row fits beside it.
WIDE = 160

_MARKS: dict[RowState, str] = {"fine": " ", "wrong": "!", "not known": "?"}
_STYLES: dict[RowState, str | None] = {"fine": None, "wrong": "red", "not known": "yellow"}


def show_screen(report: StatusReport, console: Console) -> None:
    """Show the rows, then what is wrong and what is not known. If all is well, say so in one line."""
    facts = report.facts
    title = f"{facts.name}  {facts.region}  {facts.at:%Y-%m-%d %H:%M:%S} UTC"
    console.print(Text(title, style="bold"))
    console.print(_grid(report, is_wide=console.width >= WIDE))
    console.print()
    for number, finding in enumerate(report.findings, 1):
        _show_finding(number, finding, console)
    for unknown in report.unknown:
        _print(f"Not known: {unknown.what}. {unknown.reason}", console, "yellow")
    if report.is_well:
        console.print(Text("All is well.", style="green"))
    elif not report.findings:
        console.print(Text("What is known is fine, but not everything is known.", style="yellow"))


def _grid(report: StatusReport, *, is_wide: bool) -> Grid:
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for row in report.rows:
        columns = [Text(_MARKS[row.state]), row.name, Text(row.text), Text(_time_of(row), style="dim")]
        sources = [Text(row.source, style="dim")] if is_wide else []
        grid.add_row(*columns, *sources, style=_STYLES[row.state])
    return grid


def _time_of(row: StatusRow) -> str:
    """Return the window of a row, and when its newest point begins."""
    return f"{row.window} to {row.newest_at:%H:%M}" if row.newest_at else row.window


def _show_finding(number: int, finding: Finding, console: Console) -> None:
    _print(f"{number}. {finding.what} {finding.remediation}", console, "red")
    for command in finding.commands:
        # Not wrapped, however long it is, so that it can be copied.
        console.print(Text(f"   {command}", style="bold"), soft_wrap=True)


def _print(text: str, console: Console, style: str) -> None:
    lines = textwrap.fill(text, console.width, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False)
    console.print(Text(lines, style=style), soft_wrap=True)
