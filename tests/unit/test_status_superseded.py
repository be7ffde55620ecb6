"""What status says about superseded rows, which differ from their messages and are kept."""

from dataclasses import replace

import pytest
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.invocation_failures import find_invocation_failures
from scavenger_ops.status.problems import find_problems
from scavenger_ops.status.row_texts import row_texts
from scavenger_ops.status.series import MetricSeries
from support.status_facts import at_minutes_ago, check, points, with_metrics, with_settings

MATCHING = with_settings(match_attributes={"receivedAt": "acceptedAt", "version": "version"})


def matching(**series: MetricSeries) -> Facts:
    """Return the facts of a deployment with match attributes, with these metrics."""
    return replace(with_metrics(**series), function=MATCHING.function)


def test_rows_that_are_all_superseded_are_a_problem() -> None:
    """It says what is compared, what may be wrong with it, and how to see it."""
    (problem,) = find_problems(
        matching(superseded=at_minutes_ago({40: 2, 9: 1}), deleted=at_minutes_ago({40: 0, 9: 0}))
    )
    assert problem.about == "deletes"
    assert "function orders kept 3 superseded rows and deleted none" in problem.what
    assert "receivedAt of a row with acceptedAt of its message and version of a row with version of" in problem.what
    assert "match_attributes names the wrong attribute" in problem.fix
    assert problem.commands == (
        "aws dynamodb scan --table-name orders-staging --limit 1",
        "aws dynamodb scan --table-name orders-messages --limit 1",
    )
    for command in problem.commands:
        check(command)


FINE = {
    "beside a deleted row": {"superseded": points(*[9.0] * 50), "deleted": at_minutes_ago({50: 1.0})},
    "two rows of a quiet table": {"superseded": points(2), "deleted": points(0)},
    "no data": {},
}


@pytest.mark.parametrize("metrics", FINE.values(), ids=FINE)
def test_rows_that_were_staged_again_are_no_problem(metrics: dict[str, MetricSeries]) -> None:
    """Their own messages delete them later."""
    assert find_problems(matching(**metrics)) == []


def test_the_row_of_the_deletes_has_the_superseded_rows() -> None:
    """Without match attributes nothing can be superseded, so that the row does not mention it."""
    facts = matching(superseded=points(2, 5), deleted=points(30, 15))
    assert dict(row_texts(facts))["deletes"] == "3.0 a minute; 45 in 1 h; superseded 7 in 1 h"
    assert dict(row_texts(MATCHING))["deletes"] == "no data"
    assert "superseded" not in dict(row_texts(with_metrics(deleted=points(3))))["deletes"]


def test_a_contradiction_names_all_results() -> None:
    """Without match attributes, a row cannot be superseded."""
    metrics = {"received": at_minutes_ago({20: 90.0}), "deleted": at_minutes_ago({20: 60.0})}
    (problem,) = find_problems(matching(**metrics, superseded=at_minutes_ago({20: 5.0})))
    assert "counted 65 as deleted, superseded, duplicate, ignored, quarantined or failed." in problem.what
    (problem,) = find_problems(with_metrics(**metrics))
    assert "counted 60 as deleted, duplicate, ignored, quarantined or failed." in problem.what


def test_a_superseded_row_shows_that_not_all_records_fail() -> None:
    """DynamoDB answered for it, so the function can delete."""
    throttled = dict.fromkeys(range(1, 30), 5.0)
    metrics = {"failed": at_minutes_ago(throttled), "write_throttles": at_minutes_ago(throttled)}
    assert list(find_invocation_failures(matching(**metrics)))
    assert not list(find_invocation_failures(matching(**metrics, superseded=at_minutes_ago({5: 1.0}))))
