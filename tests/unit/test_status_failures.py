"""When status reports errors, throttles and failed records, and when they are over."""

from dataclasses import replace

import pytest
from scavenger_ops.status.problems import find_problems
from support.status_facts import (
    CALL_FAILED,
    HEALTHY,
    LOG,
    at_minutes_ago,
    points,
    screen,
    with_mapping,
    with_metrics,
)

ENABLE = "aws lambda update-event-source-mapping --uuid 11111111-2222-3333-4444-555555555555 --enabled"
FAILURES = pytest.mark.parametrize(
    ("metric", "row", "what", "shown"),
    [
        ("errors", "errors", "3 errors in the last hour", "invocations 3,"),
        ("failed", "errors", "3 failed records in the last hour", "failed records 3,"),
        ("throttles", "throttling", "3 throttles in the last hour", "function 3"),
    ],
)


@FAILURES
def test_a_failure_is_over_after_15_minutes_of_zeros(metric: str, row: str, what: str, shown: str) -> None:
    """Its numbers stay, without a mark. One zero is enough: a quiet table has few. A new failure is a problem."""
    for zeros in (dict.fromkeys(range(1, 40), 0.0), {25: 0.0}):
        facts = with_metrics(**{metric: at_minutes_ago({50: 0, 40: 3, **zeros})})
        assert find_problems(facts) == []
        assert shown in " ".join(screen(facts).split())
        assert not [line for line in screen(facts).splitlines() if line.startswith("✗")]
    (problem,) = find_problems(
        with_metrics(**{metric: at_minutes_ago({40: 2, **dict.fromkeys(range(2, 40), 0.0), 1: 1})})
    )
    assert problem.about == row
    assert f"{what}, the last 60 s ago." in problem.what


@FAILURES
def test_a_failure_without_15_minutes_of_zeros_is_not_known_to_be_over(
    metric: str, row: str, what: str, shown: str
) -> None:
    """It stays a problem for the hour, which says how long ago it was."""
    for after in ({}, {26: 0.0}, dict.fromkeys(range(26, 40), 0.0)):
        facts = with_metrics(**{metric: at_minutes_ago({50: 1, 40: 2, **after})})
        (problem,) = find_problems(facts)
        assert problem.about == row
        assert f"{what}, the last 40 min ago." in problem.what
        assert shown in " ".join(screen(facts).split())


@FAILURES
def test_a_failure_that_comes_back_is_not_over(metric: str, row: str, what: str, shown: str) -> None:
    """It is over after a longer pause than any other in the hour."""
    zeros = dict.fromkeys(range(1, 60), 0.0)
    facts = with_metrics(**{metric: at_minutes_ago(zeros | {58: 1.0, 38: 1.0, 18: 1.0})})
    (problem,) = find_problems(facts)
    assert problem.about == row
    assert what in problem.what
    assert shown in " ".join(screen(facts).split())
    assert find_problems(with_metrics(**{metric: at_minutes_ago(zeros | {58: 1.0, 40: 1.0, 22: 1.0})})) == []


@pytest.mark.parametrize("result", [CALL_FAILED, "FAILED"])
def test_a_failed_result_counts_if_failures_are_not_over(result: str) -> None:
    """The mapping keeps it until the next non-empty batch. Afterwards status only shows it as the last result."""
    failed = with_mapping(last_result=result)
    of_the_last = f"the last non-empty batch ended with '{result}'"
    for metric in ("errors", "failed"):
        metrics = {metric: at_minutes_ago({20: 1})}
        (problem,) = find_problems(replace(failed, metrics=replace(HEALTHY.metrics, **metrics)))
        assert problem.about == "errors"
        assert problem.what.startswith(f"Invocations fail: {of_the_last}; 1 ")
        assert list(problem.commands) == [LOG]
        over = replace(failed, metrics=with_metrics(**{metric: at_minutes_ago({20: 1, 4: 0})}).metrics)
        assert find_problems(over) == []
        lines = screen(over, 120).splitlines()
        assert [line for line in lines if f"last batch: '{result}'" in line]
        assert max(len(line.rstrip()) for line in screen(over).splitlines()) <= 80


@pytest.mark.parametrize(
    ("refused", "not_known"),
    [
        (["errors"], "the errors of"),
        (["failed"], "the failed records of"),
        (["errors", "failed"], "the errors and failed records of"),
    ],
)
def test_a_failed_result_counts_if_the_failures_are_not_known(refused: list[str], not_known: str) -> None:
    """What is not known is not fine. Without such a result, it is not a problem either."""
    metrics = replace(HEALTHY.metrics, **dict.fromkeys(refused))
    (problem,) = find_problems(replace(with_mapping(last_result=CALL_FAILED), metrics=metrics))
    assert problem.about == "errors"
    assert problem.what.startswith(f"Invocations may fail: the last non-empty batch ended with '{CALL_FAILED}'")
    assert problem.what.endswith(f"; {not_known} the last hour are not known.")
    assert find_problems(replace(HEALTHY, metrics=metrics)) == []


def test_the_last_result_of_a_disabled_mapping_is_not_a_problem() -> None:
    """The mapping reports nothing new until it is enabled."""
    (problem,) = find_problems(with_mapping(state="Disabled", last_result="PROBLEM: Cannot access stream"))
    assert problem.commands[0] == ENABLE


def test_throttling_only_explains_failed_records_of_its_time() -> None:
    """Records that fail before it, or long after it, have another cause."""
    throttled = {"write_throttles": at_minutes_ago({40: 9}), "deleted": at_minutes_ago({24: 1})}
    assert find_problems(with_metrics(failed=at_minutes_ago({40: 2, 25: 2}), **throttled)) == []
    assert find_problems(with_metrics(failed=at_minutes_ago({41: 2, 26: 0}), **throttled)) == []
    for failed in ({40: 2, 10: 3}, {41: 3, 40: 2}):
        (problem,) = find_problems(with_metrics(failed=at_minutes_ago(failed), **throttled))
        assert problem.about == "errors"
        assert "3 failed records in the last hour" in problem.what
    (problem,) = find_problems(with_metrics(failed=at_minutes_ago({40: 2}), write_throttles=None))
    assert problem.about == "errors"


def test_unprocessed_items_do_not_explain_failed_records() -> None:
    """Server errors and broken connections leave unprocessed items too, and it may be that nothing is deleted."""
    each_minute = points(*[9.0] * 60)
    (problem,) = find_problems(with_metrics(failed=each_minute, unprocessed=each_minute, deleted=points(*[0.0] * 15)))
    assert problem.about == "errors"


def test_if_all_records_fail_that_is_a_finding_even_with_throttling() -> None:
    """Here 5,800 of 5,800 fail in an hour. A table that is throttled now and then accepts the retries in the end."""
    each_minute = dict.fromkeys(range(2, 60), 100.0)
    failed = {"failed": at_minutes_ago(each_minute), "received": at_minutes_ago(each_minute)}
    throttled = {"write_throttles": at_minutes_ago({59: 1, 45: 1, 31: 1, 17: 1, 3: 1})}
    zeros = dict.fromkeys(range(2, 60), 0.0)
    (problem,) = find_problems(with_metrics(**failed, **throttled, deleted=at_minutes_ago(zeros)))
    assert problem.about == "errors"
    assert "nothing was deleted for 59 min, and 5,800 records failed" in problem.what
    # The last delete was more than 15 minutes ago, and then less.
    for deleted in ({20: 9.0}, {17: 9.0}):
        (problem,) = find_problems(with_metrics(**failed, **throttled, deleted=at_minutes_ago(zeros | deleted)))
        assert "nothing was deleted" in problem.what
    assert (
        find_problems(with_metrics(**throttled, failed=failed["failed"], deleted=at_minutes_ago(zeros | {5: 9.0})))
        == []
    )
