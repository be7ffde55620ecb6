"""When metrics contradict each other: those of the function, and of what it receives."""

from dataclasses import replace

import pytest
from scavenger_ops.status.problems import find_problems
from scavenger_ops.status.series import MetricSeries
from support.status_facts import LOG, MAPPING, at_minutes_ago, check, points, with_metrics

UUID = MAPPING.uuid
INCONSISTENT = {
    "invoked without metrics of its own": (
        {"invocations": at_minutes_ago(dict.fromkeys(range(1, 60), 2.0))},
        "inserts",
        "110 times without an error in the last hour, but the function published no metrics of its own",
        LOG,
    ),
    "passed the filter, but not received": (
        {
            "written": points(*[40.0] * 35),
            "polled": at_minutes_ago(dict.fromkeys(range(1, 36), 40.0)),
            "filtered_out": at_minutes_ago(dict.fromkeys(range(1, 36), 10.0)),
        },
        "inserts",
        "stream records passed the event filter since 13:05, but none reached function orders",
        f"aws lambda get-event-source-mapping --uuid {UUID}",
    ),
    "received no more": (
        {
            "polled": at_minutes_ago(dict.fromkeys(range(1, 36), 40.0)),
            "received": at_minutes_ago({30: 200.0}),
            "deleted": at_minutes_ago({30: 200.0}),
        },
        "inserts",
        "passed the event filter since 13:35",
        f"aws lambda get-event-source-mapping --uuid {UUID}",
    ),
    "neither deleted nor failed": (
        {"received": at_minutes_ago({20: 90.0}), "deleted": at_minutes_ago({20: 60.0, 19: 5})},
        "deletes",
        "received 90 records, but counted 65 as deleted",
        LOG,
    ),
    "no result at all": (
        {"received": at_minutes_ago({20: 90.0}), "deleted": at_minutes_ago({20: 0.0})},
        "deletes",
        "received 90 records, but counted 0 as deleted",
        LOG,
    ),
}


@pytest.mark.parametrize(("metrics", "about", "words", "command"), INCONSISTENT.values(), ids=INCONSISTENT)
def test_metrics_that_contradict_each_other_are_a_problem(
    metrics: dict[str, MetricSeries], about: str, words: str, command: str
) -> None:
    """There is one problem, and it says where to look."""
    (problem,) = find_problems(with_metrics(**metrics))
    assert problem.about == about
    assert words in problem.what
    assert list(problem.commands) == [command]
    check(command)


CONSISTENT = {
    "late": {"invocations": points(2, 2), "polled": points(*[40.0] * 4)},
    "a window of 5 min": {
        "polled": at_minutes_ago(dict.fromkeys(range(1, 10), 40.0)),
        "received": at_minutes_ago({10: 400, 9: 0}),
    },
    "all filtered out": {
        "written": points(*[9.0] * 50),
        "polled": points(*[40.0] * 50),
        "filtered_out": points(*[40.0] * 50),
    },
    "updates": {"received": points(*[9.0] * 50), "ignored": points(*[9.0] * 50)},
    "duplicates": {"received": points(*[9.0] * 50), "duplicates": points(*[9.0] * 50)},
    "a dry run": {"received": points(*[9.0] * 50), "would_delete": points(*[9.0] * 50)},
    "superseded": {"received": points(*[9.0] * 50), "superseded": points(*[9.0] * 50)},
    "quarantined": {"received": points(*[9.0] * 50), "quarantined": points(*[9.0] * 50)},
    "a batch without records": {"received": at_minutes_ago({20: 0.0}), "invocations": at_minutes_ago({20: 1})},
    "of the last minutes": {"received": points(9, 9), "deleted": points(9)},
}


@pytest.mark.parametrize("metrics", CONSISTENT.values(), ids=CONSISTENT)
def test_metrics_that_agree_or_may_still_arrive_are_not_a_problem(metrics: dict[str, MetricSeries]) -> None:
    """They are late, a batch still fills, an invocation still runs, or the filter matches nothing."""
    rest = {name: at_minutes_ago({}) for name in ("deleted", "failed")}
    slow = replace(with_metrics(**{**rest, **metrics}), mappings=(replace(MAPPING, window_s=300),))
    if "received" in metrics and "polled" in metrics:
        metrics = {**metrics, "deleted": metrics["received"]}
        slow = replace(slow, metrics=replace(slow.metrics, deleted=metrics["received"]))
    assert find_problems(slow) == []


def test_metrics_that_stop_are_noticed_within_the_hour() -> None:
    """The metrics of the first minutes do not make up for the missing ones."""
    invoked = at_minutes_ago(dict.fromkeys(range(1, 50), 5.0))
    published = at_minutes_ago({50: 5.0, 46: 5.0})
    (problem,) = find_problems(with_metrics(invocations=invoked, received=published, deleted=published))
    assert problem.about == "inserts"
    assert "205 times without an error since 13:19, but the function published no metrics" in problem.what
    # Invocations that fail publish none, and those that have just begun still will.
    for fit in (
        {"errors": at_minutes_ago({**dict.fromkeys(range(25, 46), 5.0), **dict.fromkeys(range(1, 25), 0.0)})},
        {"invocations": at_minutes_ago(dict.fromkeys((50, 46, 4, 3, 2, 1), 5.0))},
    ):
        metrics = {"invocations": at_minutes_ago(dict.fromkeys(range(25, 50), 5.0)), **fit}
        assert find_problems(with_metrics(received=published, deleted=published, **metrics)) == []


def test_records_filtered_out_a_minute_after_they_were_read_are_not_missing() -> None:
    """It does not matter which minute is the last that is compared."""
    for begin in range(1, 20):
        polled, filtered = at_minutes_ago({begin: 40.0}), at_minutes_ago({begin - 1: 40.0})
        assert find_problems(with_metrics(polled=polled, filtered_out=filtered)) == []
