"""Write what was measured into the docs."""

from pathlib import Path

from scavenger_ops.generated_block import replace_generated_block

REPORT = Path(__file__).parents[1] / "docs" / "explanation" / "performance.md"


def write_generated_block(name: str, content: str, report: Path = REPORT) -> None:
    """Replace the content of the generated block with that name."""
    report.write_text(replace_generated_block(report.read_text(), f"make bench: {name}", content))
