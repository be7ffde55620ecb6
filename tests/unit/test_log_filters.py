"""The log filters in the docs find the lines that they are for, and no others."""

from typing import Any

import pytest
from support.log_filter import BATCHES_WITH_FAILURES, FAILED_INVOCATIONS, documented_filters, is_found


def test_these_are_the_filters_of_the_docs() -> None:
    """Any other filter needs a test of its own."""
    assert documented_filters() == {FAILED_INVOCATIONS, BATCHES_WITH_FAILURES}


# Source: telemetry-schema-reference.html, Status.
@pytest.mark.parametrize(
    ("status", "expected"), [("success", False), ("failure", True), ("error", True), ("timeout", True)]
)
def test_a_failed_invocation_is_found(status: str, *, expected: bool) -> None:
    """A successful one is not: its lines are most of the log."""
    report = {"time": "2026-11-25T09:00:00.000Z", "type": "platform.report", "record": {"status": status}}
    assert is_found(report, FAILED_INVOCATIONS) == expected


@pytest.mark.parametrize("line", [{"type": "platform.start", "record": {}}, {"level": "INFO", "message": "Batch done"}])
def test_other_lines_are_not_failed_invocations(line: dict[str, Any]) -> None:
    """One is a line of Lambda, the other of the function."""
    assert not is_found(line, FAILED_INVOCATIONS)
