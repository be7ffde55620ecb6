"""The filter of `scavenger logs --errors` finds the lines that it is for, and the docs need no other filter."""

from typing import Any

import pytest
from scavenger_ops.logs.reading import PROBLEMS_PATTERN
from support.log_filter import documented_filters, is_found


def test_the_docs_have_no_filter() -> None:
    """One would need a test of its own."""
    assert documented_filters() == set()


# Source: telemetry-schema-reference.html, Status.
@pytest.mark.parametrize(
    ("status", "expected"), [("success", False), ("failure", True), ("error", True), ("timeout", True)]
)
def test_a_failed_invocation_is_found(status: str, *, expected: bool) -> None:
    """A successful one is not: its lines are most of the log."""
    report = {"time": "2026-11-25T09:00:00.000Z", "type": "platform.report", "record": {"status": status}}
    assert is_found(report, PROBLEMS_PATTERN) == expected


@pytest.mark.parametrize("line", [{"type": "platform.start", "record": {}}, {"level": "INFO", "message": "Batch done"}])
def test_other_lines_are_not_failed_invocations(line: dict[str, Any]) -> None:
    """One is a line of Lambda, the other of the function."""
    assert not is_found(line, PROBLEMS_PATTERN)
