"""What status says about the last run of the reconciler, and about the unprocessed rows that it found."""

import json

import pytest
from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problems import find_problems
from scavenger_ops.status.report import make_report
from scavenger_ops.status.row_texts import row_texts
from support.status_facts import HEALTHY, at_minutes_ago, check, screen, with_metrics

HOUR, DAY = 60, 24 * 60


def with_runs(
    failed: dict[int, float], rows: dict[int, float] | None = None, oldest_s: dict[int, float] | None = None
) -> Facts:
    """Return facts with what runs of the reconciler wrote, by how many minutes ago each run was."""
    return with_metrics(
        failed_segments=at_minutes_ago(failed),
        unprocessed_rows=at_minutes_ago(rows or {}),
        oldest_unprocessed_s=at_minutes_ago(oldest_s or {}),
    )


FOUND = with_runs({9 * HOUR: 0}, {9 * HOUR: 1204}, {9 * HOUR: 3 * 3600})
FAILED = with_runs({9 * HOUR: 2, 3 * DAY: 0}, {3 * DAY: 1}, {3 * DAY: 7200})
TEXTS = {
    "none": (HEALTHY, "no run"),
    "found": (FOUND, "9 h ago: 1,204 unprocessed rows, the oldest 3 h old then"),
    "found nothing": (with_runs({9: 0}, {9: 0}, {9: 0}), "9 min ago: 0 unprocessed rows"),
    "without an age": (with_runs({9: 0}, {9: 5}, {9: 0}), "9 min ago: 5 unprocessed rows"),
    "the age is late": (with_runs({DAY: 0, 9: 0}, {DAY: 7, 9: 5}, {DAY: 9000}), "9 min ago: 5 unprocessed rows"),
    "scans messages": (with_runs({9: 0}), "9 min ago: 0 segments failed"),
    "failed": (FAILED, "9 h ago: 2 segments failed\n3 days ago: 1 unprocessed row, the oldest 2 h old then"),
    "repaired within the hour": (with_runs({50: 1, 9: 0}, {9: 4}, {9: 7200}), "9 min ago: 4 unprocessed rows, the"),
    "number is late": (with_runs({DAY: 0}, {DAY: 7, 9: 5}, {DAY: 9000, 9: 7200}), "9 min ago: 5 unprocessed rows, the"),
}


@pytest.mark.parametrize(("facts", "text"), TEXTS.values(), ids=TEXTS)
def test_the_row_says_what_the_last_run_found_and_how_long_ago(facts: Facts, text: str) -> None:
    """A run that does not know the unprocessed rows does not hide what an earlier one found."""
    assert dict(row_texts(facts))["reconciler"].startswith(text)


@pytest.mark.parametrize("facts", [HEALTHY, FOUND, TEXTS["scans messages"][0], TEXTS["repaired within the hour"][0]])
def test_unprocessed_rows_are_no_problem_by_themselves(facts: Facts) -> None:
    """How many there may be, and how old, only the owner knows: an alarm has that threshold."""
    assert find_problems(facts) == []
    assert make_report(facts).is_well


def test_a_run_with_failed_segments_is_a_problem() -> None:
    """Its commands show the errors, and start another run."""
    (problem,) = find_problems(FAILED)
    assert problem.about == "reconciler"
    assert problem.what.startswith("In the last run of state machine orders-reconciler, 9 h ago, 2 segments failed:")
    group = "--log-group-name /aws/lambda/orders-reconciler"
    assert problem.commands == (
        f"aws logs filter-log-events {group} --query 'events[].message'",
        "scavenger reconcile orders --on-aws",
    )
    check(problem.commands[0])


def test_the_age_of_a_run_is_in_its_text_and_not_in_the_window() -> None:
    """A time of day would not say which day. The JSON has the whole time."""
    assert "1,204 unprocessed rows, the oldest 3 h old then 14 days alarms" in " ".join(screen(FOUND, 120).split())
    result = json.loads(json.dumps(to_json(make_report(FOUND))))
    rows = {row["name"]: row for row in result["rows"]}
    assert (rows["reconciler"]["window"], rows["reconciler"]["newest_at"]) == ("14 days", "2026-11-23T05:05:00+00:00")
    metrics = result["metrics"]
    assert [metrics[name]["latest"] for name in ("unprocessed_rows", "oldest_unprocessed_s", "failed_segments")] == [
        1204,
        10_800,
        0,
    ]
    assert metrics["unprocessed_rows"]["window_s"] == 14 * DAY * 60
