"""The screen of the log: the verdict, and the lines by day. A narrow terminal gets wrapped lines, none is cut."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from scavenger_ops.logs.line import LEVELS, LogLine, time_of
from scavenger_ops.screen import show_verdict
from scavenger_ops.text import count

if TYPE_CHECKING:
    from datetime import date

_STYLES = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
_LEVEL_WIDTH = max(map(len, LEVELS))
# Wrapped lines begin below the level.
_INDENT = len("00:00:00  ")


@dataclass(frozen=True)
class LogReport:
    """The lines of a log since a time. `is_filtered`: only problems were read. `others` is the number of other events.

    The others are metrics, and Lambda's starts and ends of invocations.
    """

    name: str
    region: str
    group: str
    since_ms: int
    lines: Sequence[LogLine]
    others: int = 0
    is_filtered: bool = False


def show_screen(report: LogReport, console: Console) -> None:
    """Show the verdict, and the lines."""
    since = f"since {time_of(report.since_ms):%Y-%m-%d %H:%M} UTC"
    problems = sum(line.is_problem for line in report.lines)
    if problems:
        show_verdict(console, "bad", report.name, report.region, f"{count(problems, 'line')} with problems {since}")
    elif report.lines or report.is_filtered:
        show_verdict(console, "good", report.name, report.region, f"no problems in the log {since}")
    else:
        show_verdict(console, "unknown", report.name, report.region, f"no lines in the log {since}")
        found = (
            f"has only metrics and starts and ends of invocations ({report.others})" if report.others else "is empty"
        )
        console.print(f"Log group {report.group} {found} since then. See further back with --since.")
    show_lines(report.lines, console)


def show_lines(lines: Iterable[LogLine], console: Console) -> None:
    """Show lines as they come, each day below its date."""
    day: date | None = None
    for line in lines:
        if (own := line.time.date()) != day:
            day = own
            console.print(f"{day:%Y-%m-%d}, times in UTC", style="dim", soft_wrap=True)
        for row in _wrap(line, console.width):
            console.print(row, soft_wrap=True)


def _wrap(line: LogLine, width: int) -> Iterator[Text]:
    """Yield the rows of a line. Only a word, or a figure with its name, that is longer than a row is not split."""
    # A batch with failed records has the level INFO.
    style = _STYLES.get(line.level, _STYLES["WARNING"] if line.is_problem else "")
    row = Text.assemble((f"{line.time:%H:%M:%S}", "dim"), "  ", (f"{line.level:<{_LEVEL_WIDTH}}", style))
    gaps = [("  ", word, style) if index == 0 else (" ", word, style) for index, word in enumerate(_words(line))]
    gaps += [("  ", detail, "dim" if line.level == "DEBUG" else "") for detail in line.details]
    for gap, text, own in gaps:
        if row.cell_len + len(gap) + Text(text).cell_len > width:
            yield row
            row, gap = Text(" " * _INDENT), ""  # noqa: PLW2901 - a row begins without a gap
        row.append(gap)
        row.append(text, own)
    yield row


def _words(line: LogLine) -> Sequence[str]:
    return line.sentence.split(" ")
