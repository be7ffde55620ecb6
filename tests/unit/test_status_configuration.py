"""What status finds in a deployment whose configuration cannot work, and the remediation."""

from dataclasses import replace
from typing import Any

import pytest
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problems import find_problems
from scavenger_ops.status.report import make_report
from support.status_facts import (
    ALARMS,
    HEALTHY,
    KEY,
    MAPPING,
    MESSAGES,
    STAGING,
    check,
    points,
    with_alarms,
    with_mapping,
    with_metrics,
    with_settings,
)

WRONG = {
    "no bucket, and no alarm given-up": (
        replace(
            with_settings(failure_bucket_name=None),
            mappings=(replace(MAPPING, failure_bucket_name=None),),
            bucket=None,
            all_alarms=ALARMS[:3] + ALARMS[4:],
        ),
        "failure bucket",
        "No failure bucket is set",
    ),
    "switched off": (with_alarms(stopped={"is_silenced": True}), "alarms", "The actions of 1 of 8 alarms are disabled"),
    "missing": (replace(HEALTHY, all_alarms=ALARMS[:7]), "alarms", "of this deployment are missing: orders-stopped."),
    "mute": (with_alarms(errors={"has_actions": False}), "alarms", "1 of 8 alarms have no actions"),
    "no partial responses": (
        with_mapping(reports_failures=False),
        "event source mapping",
        "without ReportBatchItemFailures",
    ),
    "another key": (
        replace(HEALTHY, staging_table=replace(STAGING, key={"messageId": "S"})),
        "staging table",
        "has the key messageId (S), but function orders is set to createdAt (N) and messageId (S)",
    ),
    "another type": (
        replace(HEALTHY, staging_table=replace(STAGING, key={**KEY, "createdAt": "S"})),
        "staging table",
        "key",
    ),
    "a key of messages": (
        with_mapping(messages_table=replace(MESSAGES, key={"id": "S"})),
        "event source mapping",
        "the key id (S)",
    ),
    **{
        f"{name} {status}": (facts, row, f"is {status}")
        for status in (
            "CREATING",
            "DELETING",
            "ARCHIVING",
            "ARCHIVED",
            "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
            "REPLICATION_NOT_AUTHORIZED",
        )
        for name, facts, row in (
            ("staging", replace(HEALTHY, staging_table=replace(STAGING, status=status)), "staging table"),
            ("messages", with_mapping(messages_table=replace(MESSAGES, status=status)), "event source mapping"),
        )
    },
}


@pytest.mark.parametrize(("facts", "about", "words"), WRONG.values(), ids=WRONG)
def test_a_deployment_that_cannot_work_has_a_problem(facts: Facts, about: str, words: str) -> None:
    """There is one problem, with commands that can be run."""
    (problem,) = find_problems(facts)
    assert problem.about == about
    assert words in problem.what
    for command in problem.commands:
        check(command)
    assert not make_report(facts).is_well


def test_with_a_key_mapping_the_messages_table_may_have_another_key() -> None:
    """The function makes the staging key from it."""
    facts = with_settings(has_key_mapping=True)
    table = replace(MESSAGES, key={"id": "S"})
    assert make_report(replace(facts, mappings=(replace(MAPPING, messages_table=table),))).is_well


def every_problem() -> list[Any]:
    """Return the problems of all facts in WRONG."""
    return [problem for facts, *_ in WRONG.values() for problem in find_problems(facts)]


def test_no_remediation_needs_another_configuration() -> None:
    """For example, make deploy would create a second stack, and a file of our clone may not exist."""
    lagging = [
        *find_problems(with_metrics(lag_ms=points(7_200_000))),
        *find_problems(replace(HEALTHY, mappings=())),
        *every_problem(),
    ]
    text = " ".join(f"{problem.fix} {' '.join(problem.commands)}" for problem in lagging)
    for word in ("make deploy", "tfvars", "max_requests_in_flight", ".venv"):
        assert word not in text
    assert "batch_size, memory_size or parallelization_factor" in text
