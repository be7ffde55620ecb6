"""A timeline is drawn for a README and for a terminal."""

import subprocess
import sys
from pathlib import Path

import pytest
from scavenger_ops.command import CommandError
from scavenger_ops.plan.load import ScenarioName
from scavenger_ops.plan.picture import draw, sparkline
from scavenger_ops.plan.scenario import Disturbance
from scavenger_ops.plan.simulate import Point, Timeline

DISTURBANCES: dict[ScenarioName, Disturbance | None] = {"steady": None, "throttled": Disturbance(900.0, 1500.0)}


def timeline(scenario: ScenarioName = "throttled", scale: float = 1.0) -> Timeline:
    """Make a timeline of an hour."""
    points = tuple(Point(6.0 * number, scale * number, round(scale * 100 * number)) for number in range(601))
    return Timeline(
        scenario=scenario,
        points=points,
        disturbance=DISTURBANCES[scenario],
        inserted=100,
        deleted=100,
        quarantined=0,
        retries_exhausted=0,
        invocations=1,
        most_concurrent_invocations=1,
        backlog_at_the_end=0,
        lag_at_the_end_s=0.0,
        recovered_after_s=None,
    )


@pytest.mark.parametrize(("name", "beginning"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("A.SVG", b"<?xml")])
def test_the_suffix_chooses_the_format(name: str, beginning: bytes, tmp_path: Path) -> None:
    """It may be in upper or lower case."""
    draw(timeline(), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(beginning)


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_same_timeline_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    """A picture in a repository changes only with what it shows."""
    first, second, other = (tmp_path / f"{name}.{suffix}" for name in ("first", "second", "other"))
    draw(timeline(), first)
    draw(timeline(), second)
    draw(timeline("steady"), other)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1e9])
def test_any_timeline_can_be_drawn(scale: float, tmp_path: Path) -> None:
    """It may have no lag, one of milliseconds, or one of decades."""
    draw(timeline("steady", scale), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").stat().st_size > 0


def test_a_file_that_cannot_be_written_is_an_error_that_says_why(tmp_path: Path) -> None:
    """The folder is not there."""
    with pytest.raises(CommandError, match=r"No such file.*Name another file"):
        draw(timeline(), tmp_path / "no" / "a.svg")


def test_matplotlib_is_loaded_only_to_draw() -> None:
    """It takes longer to load than everything else that a plan does."""
    program = "import sys; from scavenger_ops.plan import picture, simulate; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


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
