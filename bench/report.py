"""Writes what was measured into the docs."""

from pathlib import Path

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"


def write_section(name: str, content: str, report: Path = REPORT) -> None:
    """Put the content between the marks of that name, in place of what is there."""
    begin, end = f"<!-- make bench: {name} -->", "<!-- end -->"
    before, rest = report.read_text().split(begin)
    _, after = rest.split(end, 1)
    report.write_text(f"{before}{begin}\n{content}\n{end}{after}")
