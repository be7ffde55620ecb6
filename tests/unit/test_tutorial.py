"""The tutorial shows what one sees."""

import html
import re

from scavenger_ops.toolchain import ROOT

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
PICTURE = (ROOT / "docs" / "images" / "demo.svg").read_text()


def without_figures(text: str) -> str:
    """Return a text without what differs from run to run: figures, and where lines end."""
    return re.sub(r"[\s\d]", "", text)


def test_the_tutorial_shows_the_demo_as_its_picture_does() -> None:
    """`make pictures` draws the picture from a run. Copy the text of a run into the tutorial when the demo changes."""
    shown = TUTORIAL[TUTORIAL.index("Starting a local AWS") :].partition("```")[0]
    drawn = html.unescape("".join(re.findall(r"<text [^>]*>(.*?)</text>", PICTURE)))
    assert without_figures(shown) in without_figures(drawn)
