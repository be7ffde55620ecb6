"""The docs' pictures show the current project, and load nothing else."""

import re
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

import hcl2
import pytest
from scavenger_ops.toolchain import ROOT

IMAGES = ROOT / "docs" / "images"
with (ROOT / "modules" / "monitoring" / "dashboard.tf").open() as file:
    (ALL_ROWS,) = (block["rows"] for block in hcl2.load(file)["locals"])
# The deployment of the picture has no reconciler.
ROWS = [row for row in ALL_ROWS if "Unprocessed rows" not in row["heading"]]
WIDGETS = [widget for row in ROWS for widget in row["widgets"]]
TEXT = "{http://www.w3.org/2000/svg}text"


def texts(name: str) -> list[ET.Element]:
    """Return the text elements of a picture."""
    return list(ET.parse(IMAGES / name).iter(TEXT))  # noqa: S314 - our own


def words(text: ET.Element) -> str:
    """Return the words of a text. Rich writes non-breaking spaces between them."""
    return " ".join("".join(text.itertext()).split())


def test_the_dashboard_s_picture_has_every_widget_and_no_other() -> None:
    """Compare titles and headings. After a change of the dashboard, run `make pictures`."""
    expected = {row["heading"] for row in ROWS} | {widget["title"] for widget in WIDGETS}
    bold = {words(text) for text in texts("dashboard.svg") if "font-weight" in text.attrib["style"]}
    alarms = {title for title in bold if title.startswith("Alarms of")}
    assert bold - alarms == {text.strip('"') for text in expected}
    assert len(alarms) == 1


def test_the_dashboard_s_picture_has_the_unit_and_every_line_of_each_widget() -> None:
    """They have the labels of the dashboard."""
    names = {name for widget in WIDGETS for name in (*widget["metrics"], *widget.get("expressions", {}))}
    expected = {name.strip('"').replace("_", " ") for name in names} | {widget["unit"].strip('"') for widget in WIDGETS}
    assert expected <= {words(text) for text in texts("dashboard.svg")}


def test_every_line_of_the_dashboard_s_picture_has_values() -> None:
    """The footer says that the values are not of an AWS account."""
    said = [words(text) for text in texts("dashboard.svg")]
    assert not [text for text in said if "unknown" in text]
    assert [text for text in said if "not of an AWS account" in text]


def test_the_demo_s_picture_shows_the_result() -> None:
    """Nine in ten of 1,000 rows are deleted, and the others stay."""
    lines = defaultdict(list)
    for text in texts("demo.svg"):
        lines[text.attrib["y"]].append(words(text).strip("│ "))
    rows = {row[0]: row[1:] for line in lines.values() if len(row := [cell for cell in line if cell]) == 4}
    assert rows["deleted from staging"] == ["900"] * 3
    assert rows["left in staging"] == ["100"] * 3
    assert "The rows left are of unprocessed messages" in " ".join(text for line in lines.values() for text in line)


@pytest.mark.parametrize("picture", sorted(IMAGES.glob("*.svg")), ids=lambda picture: picture.name)
def test_a_picture_refers_to_nothing_outside_itself(picture: Path) -> None:
    """It loads no font, image or script, and names no folder of a machine."""
    content = picture.read_text()
    assert not re.findall(r"url\((?!#)[^)]*\)|href=\"(?!#)[^\"]*\"|@font-face|@import|<script|<image", content)
    assert not re.findall(r"(?:/home|/root|/tmp|/Users|/work)/", content)
