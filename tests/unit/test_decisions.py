"""Each decision is a record of its own, and the index lists all of them."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from scavenger_ops.toolchain import ROOT
from support.aws_questions import all_questions

FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
NUMBERS = [path.name[:4] for path in RECORDS]
HEADING = re.compile(r"# (\d{4}): (.+)\n")
DATE = re.compile(r"^- \*\*Date:\*\* (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
STATUS = re.compile(r"^- \*\*Status:\*\* (Accepted|Superseded by \[(\d{4})\]\(\2-[a-z0-9-]+\.md\))$", re.MULTILINE)
ASSUMING = sorted({question.place for question in all_questions() if question.place.startswith("docs/decisions/")})
PARTS = ("Context", "Decision", "Consequences")
ROW = re.compile(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| (\S+) \| (.+) \|$", re.MULTILINE)

by_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name[:4])


def only(found: Sequence[str]) -> str:
    """Return the only one of the strings. Raises ValueError if there are none, or several."""
    (one,) = found
    return one


def test_numbers_are_unique_and_have_no_gaps() -> None:
    """A number is never reused, and no record is deleted."""
    assert RECORDS
    assert [f"{number:04}" for number in range(1, len(RECORDS) + 1)] == NUMBERS


@by_record
def test_a_file_name_has_the_number_and_a_short_title(record: Path) -> None:
    """It is in lower case, with hyphens."""
    assert re.fullmatch(r"\d{4}(?:-[a-z0-9]+)+\.md", record.name)


@by_record
def test_a_record_has_all_of_its_parts(record: Path) -> None:
    """In this order, they are number and title, date, status, and three sections, each with a text."""
    text = record.read_text()
    heading = HEADING.match(text)
    assert heading
    assert heading[1] == record.name[:4]
    assert len(DATE.findall(text)) == 1
    assert len(STATUS.findall(text)) == 1
    _, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert [section.partition("\n")[0] for section in sections] == [*PARTS]
    assert all(section.partition("\n")[2].strip() for section in sections)


def test_the_index_lists_each_record_as_it_is() -> None:
    """It lists it once, with the same title, date and status."""
    expected = []
    for record in RECORDS:
        text = record.read_text()
        ((number, title),) = HEADING.findall(text)
        expected.append(
            (number, record.name, title, only(DATE.findall(text)), only([status for status, _ in STATUS.findall(text)]))
        )
    assert sorted(ROW.findall((FOLDER / "README.md").read_text())) == expected


@pytest.mark.parametrize("place", ASSUMING, ids=lambda place: Path(place).name[:4])
def test_a_record_that_assumes_what_aws_is_asked_about_leads_to_the_questions(place: str) -> None:
    """Its reader sees that nobody knows it yet, and where the answer will be."""
    assert "](../../tests/aws/questions.md)" in (ROOT / place).read_text()
