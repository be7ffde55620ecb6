"""A timeline is drawn in a file."""

import subprocess
import sys
from pathlib import Path

import pytest
from reconciler.explained_error import ExplainedError
from scavenger_ops.plan.picture import draw
from support.timelines import timeline


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
    with pytest.raises(ExplainedError, match=r"No such file.*Name another file"):
        draw(timeline(), tmp_path / "no" / "a.svg")


def test_a_matplotlib_that_cannot_be_loaded_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there, but does not work."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ExplainedError, match="Install matplotlib again"):
        draw(timeline(), tmp_path / "a.svg")


def test_matplotlib_is_loaded_only_to_draw() -> None:
    """It takes longer to load than everything else that a plan does."""
    imports = "from scavenger_ops.plan import picture, simulate, timeline_screen"
    program = f"import sys; {imports}; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
