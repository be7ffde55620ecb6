"""docs/reference/screens.md and its pictures show what the commands show today."""

from pathlib import Path

import pytest

from bench.pictures import screens_page as generator
from bench.pictures.screens_page import FOLDER, PAGE, WIDTHS, draw_screens, find_screens, screens_page
from bench.pictures.terminal import record, text_of

SCREENS = find_screens()
NAMES = [f"{screen.command}: {screen.state}" for screen in SCREENS]


def test_the_page_is_the_one_that_the_commands_draw() -> None:
    """A change of a screen needs new pictures."""
    assert PAGE.read_text() == screens_page(), "Run `make pictures`."


def test_the_pictures_are_those_that_the_commands_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none besides."""
    monkeypatch.setattr(generator, "FOLDER", tmp_path / "screens")
    monkeypatch.setattr(generator, "PAGE", tmp_path / "screens.md")
    draw_screens()
    drawn = {path.name: path.read_text() for path in (tmp_path / "screens").iterdir()}
    assert drawn == {path.name: path.read_text() for path in FOLDER.iterdir()}, "Run `make pictures`."


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("screen", SCREENS, ids=NAMES)
def test_a_screen_says_the_same_with_and_without_colors(screen: generator.Screen, columns: int) -> None:
    """Colors only stress what the words say."""
    colored = record(screen.show, columns).export_text(styles=False)
    plain = text_of(screen.show, columns)
    assert [line.rstrip() for line in colored.strip("\n").splitlines()] == plain.splitlines()
