"""Writes what was measured into the report, docs/performance.md."""

from pathlib import Path

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"


def write_section(name: str, content: str) -> None:
    """Put the content between the marks of that name, in place of what is there."""
    begin, end = f"<!-- make bench: {name} -->", "<!-- end -->"
    before, rest = REPORT.read_text().split(begin)
    _, after = rest.split(end, 1)
    REPORT.write_text(f"{before}{begin}\n{content}\n{end}{after}")
