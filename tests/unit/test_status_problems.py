"""What status finds: each test changes one thing in the facts of a healthy deployment."""

from dataclasses import replace
from typing import Any

import pytest
from scavenger_ops.status.facts import MISSING, BucketFacts, Facts, TableFacts
from scavenger_ops.status.problems import find_problems
from support.status_facts import (
    CALL_FAILED,
    FUNCTION,
    HEALTHY,
    LOG,
    MAPPING,
    MESSAGES,
    RECONCILE,
    SETTINGS,
    STAGING,
    ago,
    check,
    points,
    screen,
    with_alarms,
    with_function,
    with_mapping,
    with_metrics,
    with_settings,
)

ENABLE = "aws lambda update-event-source-mapping --uuid 11111111-2222-3333-4444-555555555555 --enabled"
REDRIVE = "scavenger redrive orders"
QUARANTINE = "scavenger redrive orders --dry-run"
LOOK_AGAIN = "scavenger status orders"
ON_DEMAND = replace(STAGING, write_units=None)
THROTTLED = points(*[1] * 5)


@pytest.mark.parametrize(
    ("facts", "about", "words", "commands"),
    [
        (with_function(state="Failed", state_reason="no"), "function", "orders is Failed (no)", []),
        (with_function(state="Pending"), "function", "still prepares it", [LOOK_AGAIN]),
        (with_function(last_update_status="Failed", last_update_reason="no"), "function", "failed (no)", []),
        (with_settings(error="X is not set."), "function", "X is not set.", []),
        (with_settings(is_dry_run=True), "function", "only counts what it would delete", [RECONCILE]),
        (replace(HEALTHY, mappings=()), "event source mapping", "no event source mapping", []),
        (with_mapping(state="Deleting"), "event source mapping", "deletes event source mapping", []),
        (
            with_mapping(state="Disabled", changed_at=ago(hours=3)),
            "event source mapping",
            "Disabled for 3 h (User action)",
            [ENABLE],
        ),
        (with_mapping(state="Disabling", changed_at=ago(seconds=9)), "event source mapping", "for 9 s", [ENABLE]),
        (
            with_mapping(state="Disabled", changed_at=ago(hours=25)),
            "event source mapping",
            "have expired",
            [ENABLE, RECONCILE],
        ),
        (with_mapping(stream_arn="old"), "event source mapping", "an old stream", [RECONCILE]),
        (
            with_mapping(messages_table=replace(MESSAGES, stream_arn=None)),
            "event source mapping",
            "is disabled",
            [RECONCILE],
        ),
        (
            with_mapping(messages_table=TableFacts("m", MISSING, None, None, None)),
            "event source mapping",
            "m is missing",
            [],
        ),
        (
            with_mapping(last_result="PROBLEM: Cannot access stream"),
            "event source mapping",
            "'PROBLEM: Cannot access stream'. That is not a failed invocation",
            [],
        ),
        (with_metrics(errors=points(1, 2)), "errors", "3 errors in the last hour", [LOG]),
        (with_metrics(failed=points(2)), "errors", "2 failed records in the last hour", [LOG]),
        (
            replace(HEALTHY, concurrency=0),
            "throttling",
            "reserved concurrency is 0",
            ["aws lambda delete-function-concurrency --function-name orders"],
        ),
        (
            with_metrics(throttles=points(1)),
            "throttling",
            "1 throttle in the last hour",
            ["aws lambda get-account-settings"],
        ),
        (replace(with_metrics(throttles=points(2)), concurrency=3), "throttling", "(now 3)", []),
        (with_metrics(write_throttles=THROTTLED), "throttling", "raise its write capacity units (now 5)", []),
        (
            replace(with_metrics(write_throttles=THROTTLED), staging_table=ON_DEMAND),
            "throttling",
            "on demand",
            ["aws dynamodb describe-table --table-name orders-staging"],
        ),
        (replace(HEALTHY, staging_table=replace(STAGING, status=MISSING)), "staging table", "is missing", []),
        (
            replace(HEALTHY, staging_table=replace(STAGING, status="ARCHIVED")),
            "staging table",
            "is ARCHIVED",
            ["aws dynamodb describe-table --table-name orders-staging"],
        ),
        (with_metrics(lag_ms=points(1, 2 * 3_600_000)), "lag", "2 h behind", []),
        (with_metrics(lag_of_day_ms=points(20 * 3_600_000, 1)), "lag", "20 h behind", [RECONCILE]),
        (with_metrics(dropped=points(1, 1)), "retries exhausted", "dropped 2 records", [RECONCILE]),
        (replace(HEALTHY, bucket=BucketFacts("failures", exists=False)), "failure bucket", "is missing", []),
        (with_settings(failure_bucket_name=None), "failure bucket", "set for the function.", []),
        (with_mapping(failure_bucket_name=None), "failure bucket", "set for its event source mapping.", []),
        (
            replace(HEALTHY, bucket=BucketFacts("failures", waiting=1, oldest_at=ago(hours=3))),
            "failure bucket",
            "1 object waits, the oldest for 3 h",
            [REDRIVE],
        ),
        (
            replace(
                HEALTHY,
                bucket=BucketFacts("failures", waiting=5000, quarantined=2, has_more=True, oldest_at=ago(days=3)),
            ),
            "failure bucket",
            "5,000+ objects wait, 2+ quarantined, the oldest for at least 3 days",
            [QUARANTINE, REDRIVE],
        ),
        (
            with_alarms(errors={"state": "ALARM"}),
            "alarms",
            "orders-errors",
            ["aws cloudwatch describe-alarms --alarm-names orders-errors"],
        ),
    ],
)
def test_each_problem_is_shown_once_with_the_commands_that_fix_it(
    facts: Facts, about: str, words: str, commands: list[str]
) -> None:
    """There is no other problem. Its row is marked, and each command is on a line of its own, not wrapped."""
    (problem,) = find_problems(facts)
    assert problem.about == about
    assert words in f"{problem.what} {problem.fix}"
    assert list(problem.commands) == commands
    for command in commands:
        check(command)
    lines = screen(facts, width=40).splitlines()
    assert [line.strip() for line in lines if line.strip() in commands] == commands
    assert [line for line in lines if line.startswith(f"✗ {about}")]


@pytest.mark.parametrize(
    "facts",
    [
        HEALTHY,
        with_mapping(last_result="No records processed", state="Creating", changed_at=ago(minutes=14)),
        with_mapping(state="Updating", changed_at=ago(seconds=9)),
        with_mapping(last_result=CALL_FAILED),
        with_metrics(lag_ms=points(7_200_000, 61_000), lag_of_day_ms=points(18 * 3_600_000)),
        with_metrics(
            errors=points(0), throttles=points(0), dropped=points(0), retries_exhausted=points(7), failed=points(0)
        ),
        # The function bridges that by itself, and Lambda delivers the records that it reports as failed again.
        with_metrics(write_throttles=points(9, 9, 9, 9), unprocessed=points(90), failed=points(4)),
        with_metrics(written=points(*[9] * 15), polled=points(9)),
        replace(HEALTHY, staging_table=replace(STAGING, status="UPDATING")),
        replace(HEALTHY, concurrency=3),
    ],
)
def test_what_passes_by_itself_is_not_a_problem(facts: Facts) -> None:
    """A table without traffic is not a problem either: it has no data points."""
    assert find_problems(facts) == []
    assert screen(facts).startswith("✓ orders · us-east-1 · all is well\n")


CONSEQUENCES = replace(
    HEALTHY,
    metrics=replace(
        HEALTHY.metrics,
        lag_ms=points(7_200_000),
        lag_of_day_ms=points(20 * 3_600_000),
        errors=points(3),
        failed=points(3),
    ),
    all_alarms=with_alarms(errors={"state": "ALARM"}, iterator_age={"state": "ALARM"}).all_alarms,
)


@pytest.mark.parametrize(
    ("cause", "abouts"),
    [
        ({"function": replace(FUNCTION, settings=replace(SETTINGS, error="X is not set."))}, ["function", "lag"]),
        ({"staging_table": replace(STAGING, status=MISSING)}, ["staging table", "lag"]),
        ({}, ["errors", "lag"]),
        # Its problem already has the command that counts the lost rows.
        (
            {"mappings": (replace(MAPPING, state="Disabled", changed_at=ago(hours=30)),)},
            ["event source mapping", "errors"],
        ),
        # These have other causes.
        ({"bucket": BucketFacts("failures", exists=False)}, ["errors", "lag", "failure bucket"]),
        ({"all_alarms": with_alarms(given_up={"state": "ALARM"}).all_alarms}, ["errors", "lag", "alarms"]),
    ],
)
def test_the_consequences_of_a_cause_are_not_problems(cause: dict[str, Any], abouts: list[str]) -> None:
    """Errors, lag and alarms are consequences. Records that may be lost have a command of their own, once."""
    found = find_problems(replace(CONSEQUENCES, **cause))
    assert [problem.about for problem in found] == abouts
    assert sum(RECONCILE in problem.commands for problem in found) == 1


def test_throttles_are_a_consequence_of_a_concurrency_of_zero() -> None:
    """There is one problem, about the concurrency."""
    (problem,) = find_problems(replace(with_metrics(throttles=points(9)), concurrency=0))
    assert "reserved concurrency is 0" in problem.what


def test_throttles_have_no_stated_cause_if_the_limit_is_not_known() -> None:
    """The commands show both limits."""
    (problem,) = find_problems(replace(with_metrics(throttles=points(1)), concurrency=None))
    assert "It is not known" in problem.fix
    assert len(problem.commands) == 2
    for command in problem.commands:
        check(command)
