"""Writes what was measured into the docs."""

from pathlib import Path

from scavenger_ops.section import replace_section

REPORT = Path(__file__).parents[1] / "docs" / "explanation" / "performance.md"


def write_section(name: str, content: str, report: Path = REPORT) -> None:
    """Put the content between the marks of that name, in place of what is there."""
    report.write_text(replace_section(report.read_text(), f"make bench: {name}", content))
