"""A timeline is shown on a terminal of any width."""

from io import StringIO

import pytest
from rich.console import Console
from scavenger_ops.plan.timeline_screen import show_timeline, sparkline
from support.timelines import timeline


class AsciiOutput(StringIO):
    """A terminal that has only ASCII characters."""

    encoding = "ascii"


def show(width: int, output: StringIO | None = None) -> list[str]:
    """Return the lines of a terminal of that width."""
    output = output or StringIO()
    show_timeline(timeline(), 1, Console(file=output, width=width))
    return [line.rstrip() for line in output.getvalue().splitlines()]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """The lines of blocks are shorter on a narrow one."""
    lines = show(width)
    assert max(map(len, lines)) <= width
    assert "".join(line.strip() for line in lines).count("█") > 0


def test_the_verdict_comes_first() -> None:
    """Below it is how lag and backlog went, and the totals."""
    _, verdict, *rows = show(120)
    assert verdict == "✗ simulated throttled, 1 hour · The lag was not normal again by the end."
    assert [row.split("  ")[0] for row in rows] == ["lag", "", "backlog", "", "records", "invocations"]
    assert rows[1].strip() == "10 min at most, 0 ms at the end"


def test_a_terminal_with_few_characters_gets_others() -> None:
    """All of them are ASCII."""
    lines = show(80, AsciiOutput())
    assert lines[1].startswith("PROBLEM: simulated throttled, 1 hour - ")
    assert "".join(lines).isascii()
    assert "%%%###" in lines[2]


def test_a_line_of_blocks_goes_from_zero_to_the_highest() -> None:
    """Each block is as high as the highest of its part."""
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([5.0] * 3) == "███"
    assert sparkline([0, 9, 0, 0, 0, 0], width=3) == "█▁▁"
    assert sparkline([0.0] * 100) == "▁" * 60
    assert sparkline([]) == ""


@pytest.mark.parametrize("count", [1, 59, 60, 61, 600, 601])
def test_a_line_of_blocks_shows_every_peak(count: int) -> None:
    """Its place and the number of values do not matter."""
    for place in range(count):
        line = sparkline([float(number == place) for number in range(count)])
        assert len(line) == min(60, count)
        assert line.count("█") == 1
