"""A table is shown in columns or, on a narrow terminal, in blocks."""

from io import StringIO

import pytest
from rich.console import Console
from scavenger_ops.layout import show_pairs, show_sentence, show_table

HEADS = ("", "requests/s", "loses")
ROWS = [("this", "40", "nothing"), ("the article", "221", "records that are throttled, and those that fail")]


def show(width: int, text_column: int | None = 2) -> list[str]:
    """Return the lines of the table on a terminal of that width."""
    output = StringIO()
    show_table(Console(file=output, width=width), HEADS, ROWS, text_column=text_column)
    return [line.rstrip() for line in output.getvalue().splitlines()]


def test_a_wide_terminal_gets_columns() -> None:
    """Numbers are on the right, and text is on the left."""
    assert show(80) == [
        "             requests/s  loses",
        "this                 40  nothing",
        "the article         221  records that are throttled, and those that fail",
    ]


def test_text_in_the_last_column_is_wrapped() -> None:
    """A column for numbers is not."""
    assert show(49)[2:] == [
        "the article         221  records that are",
        "                         throttled, and those",
        "                         that fail",
    ]
    assert show(49, text_column=None)[0] == "this"


def test_a_narrow_terminal_gets_blocks() -> None:
    """Each row is under its first cell, and nothing of it is cut."""
    assert show(48) == [
        "this",
        "  requests/s  40",
        "  loses       nothing",
        "the article",
        "  requests/s  221",
        "  loses       records that are throttled, and",
        "              those that fail",
    ]


@pytest.mark.parametrize("width", [20, 40])
def test_what_is_too_long_is_wrapped_with_an_indent(width: int) -> None:
    """Values are under each other, and so are the further lines of a sentence."""
    output = StringIO()
    console = Console(file=output, width=width)
    show_pairs(console, [("batch", "100 records at most, each of 522 bytes in the event")])
    show_sentence(console, "batch_size (100) ends a batch, before its window does.")
    lines = output.getvalue().splitlines()
    firsts = [number for number, line in enumerate(lines) if line.startswith("batch")]
    assert firsts[0] == 0
    assert len(firsts) == 2
    assert all(line.startswith("       ") for line in lines[1 : firsts[1]])
    assert all(line.startswith("  ") for line in lines[firsts[1] + 1 :])
    assert max(map(len, lines)) <= width
