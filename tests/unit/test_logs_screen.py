"""The screen of the log reads well on every terminal: the verdict first, and no line is cut."""

import io
import json

import pytest
from rich.cells import cell_len
from rich.console import Console
from scavenger_ops.logs.line import LogLine, read_line
from scavenger_ops.logs.screen import LogReport, show_lines, show_screen
from support.log_events import DENIED, OBJECT, QUARANTINED, SHOWN, STOPPED, SUMMARY

NOON_MS = 1_795_953_600_000
DAY_MS = 86_400_000


def read(*told: dict[str, object], at_ms: int = NOON_MS) -> list[LogLine]:
    """Return the lines, a second apart."""
    lines = [read_line(at_ms + 1000 * number, json.dumps(each)) for number, each in enumerate(told)]
    return [line for line in lines if line]


ALL = read(*(told for told, _ in SHOWN.values()))


def show(lines: list[LogLine], width: int, encoding: str = "utf-8") -> list[str]:
    """Return the rows of the screen."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    console = Console(file=stream, width=width, highlight=False)
    show_screen(LogReport("orders", "us-east-1", "/aws/lambda/orders", NOON_MS, lines), console)
    stream.seek(0)
    return stream.read().splitlines()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    """Only the key of an object is, so that all of it can be copied."""
    rows = [row for row in show(ALL, width) if row.strip() != f"object {OBJECT}"]
    assert max(map(cell_len, rows)) <= width


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_lost_by_wrapping(width: int) -> None:
    """All words are there, in their order."""
    words = " ".join(show(ALL, width)).split()
    assert words == " ".join(show(ALL, 10_000)).split()


def test_a_batch_is_one_row_of_120_columns() -> None:
    """One with the figures of a batch without problems."""
    usual = SUMMARY | {"deleted": 100, "duplicates": 0, "quarantined": 0, "unprocessed": 0, "faults": {}}
    assert len(show(read(usual), 120)) == 3


def test_a_figure_stays_with_its_name() -> None:
    """A row ends between two figures."""
    rows = show(read(SUMMARY), 60)[3:]
    assert rows[0] == "12:00:00  INFO      Batch done  received 100  deleted 98"
    assert rows[1] == "          duplicates 1  quarantined 1  requests 5"


def test_each_day_has_its_date() -> None:
    """Only once."""
    console = Console(file=io.StringIO(), record=True, width=80, highlight=False)
    show_lines([*read(STOPPED, STOPPED), *read(STOPPED, at_ms=NOON_MS + DAY_MS)], console)
    days = [row for row in console.export_text().splitlines() if row.endswith("times in UTC")]
    assert days == ["2026-11-29, times in UTC", "2026-11-30, times in UTC"]


def test_problems_are_told_without_colors_too() -> None:
    """By the level, and by how many the first row names."""
    verdict, _, *rows = show(read(QUARANTINED, STOPPED), 300)
    assert verdict == "✗ orders · us-east-1 · 2 lines with problems since 2026-11-29 12:00 UTC"
    assert rows[1] == f"12:00:01  ERROR     Deletes stopped: {DENIED}"


def test_an_ascii_terminal_has_no_symbols() -> None:
    """The first row then begins with a word."""
    assert show(read(STOPPED), 120, "ascii")[0].startswith("PROBLEM: orders - us-east-1 - 1 line with problems since")
