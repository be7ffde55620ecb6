"""When a mapping reads nothing of what is written, alone or beside another mapping."""

from dataclasses import replace
from datetime import datetime

import pytest
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problems import find_problems
from scavenger_ops.status.report import make_report
from scavenger_ops.status.series import MetricSeries
from support.status_facts import MAPPING, ago, at_minutes_ago, check, points, with_metrics


@pytest.mark.parametrize("polled", [MetricSeries(), points(*[0.0] * 15)])
def test_a_mapping_that_reads_nothing_of_the_writes_is_a_problem(polled: MetricSeries) -> None:
    """A mapping that never polled has no metric, and one that polls an old stream has zeros."""
    unread = with_metrics(written=points(*[600.0] * 15), polled=polled)
    (problem,) = find_problems(unread)
    assert problem.about == "event source mapping"
    assert "has read nothing in the last 15 minutes" in problem.what
    (command,) = problem.commands
    check(command)
    # Something else stops it.
    assert [
        found.about for found in find_problems(replace(unread, metrics=replace(unread.metrics, errors=points(3))))
    ] == ["errors"]


@pytest.mark.parametrize(
    ("written", "polled", "changed_at"),
    [
        (points(*[600.0] * 15), points(*[0.0] * 14, 1.0), ago(days=1)),
        # The metric of its polling has not arrived yet.
        (points(*[600.0] * 4), MetricSeries(), ago(days=1)),
        # It may not have begun to poll.
        (points(*[600.0] * 15), MetricSeries(), ago(minutes=14)),
        (points(*[0.0] * 15), points(*[0.0] * 15), ago(days=1)),
        (MetricSeries(), MetricSeries(), ago(days=1)),
        (points(*[600.0] * 15), None, ago(days=1)),
        (None, MetricSeries(), ago(days=1)),
    ],
)
def test_a_mapping_that_may_have_nothing_to_read_is_not_a_problem(
    written: MetricSeries | None, polled: MetricSeries | None, changed_at: datetime
) -> None:
    """A quiet table has nothing to read, and metrics may be late or not known."""
    assert (
        find_problems(
            replace(with_metrics(written=written, polled=polled), mappings=(replace(MAPPING, changed_at=changed_at),))
        )
        == []
    )


def test_writes_in_two_minutes_may_have_changed_nothing() -> None:
    """A condition that is not met consumes write units, and makes no record. Writes in three minutes are a sign."""
    assert find_problems(with_metrics(written=at_minutes_ago({10: 1.0}))) == []
    assert find_problems(with_metrics(written=at_minutes_ago({12: 1.0, 10: 900.0}))) == []
    (problem,) = find_problems(with_metrics(written=at_minutes_ago({12: 1.0, 10: 1.0, 8: 1.0})))
    assert "has read nothing" in problem.what


def together(**parts: MetricSeries) -> MetricSeries:
    """Return the metric of several tables or mappings."""
    times = sorted({time for part in parts.values() for time, _ in part.points})
    sums = tuple((time, sum(dict(part.points).get(time, 0) for part in parts.values())) for time in times)
    return MetricSeries(sums, parts)


TWO = (
    replace(MAPPING, uuid="alive", messages_table_name="a"),
    replace(MAPPING, uuid="other", messages_table_name="b"),
)
EACH = points(*[5.0] * 50)


def with_two(**series: MetricSeries) -> Facts:
    """Return a deployment with two mappings. The function deletes the rows of the first one's records."""
    metrics = {"received": EACH, "deleted": EACH, "invocations": EACH, **series}
    return replace(with_metrics(**metrics), mappings=TWO)


def test_a_mapping_does_not_hide_another_that_reads_nothing() -> None:
    """Status names each mapping that reads nothing, and compares each with its own table."""
    written, nothing = points(*[1000.0] * 50), MetricSeries()
    for dead in (nothing, points(*[0.0] * 50)):
        facts = with_two(written=together(a=written, b=written), polled=together(alive=EACH, other=dead))
        (problem,) = find_problems(facts)
        assert "table b was written to, but event source mapping other has read nothing" in problem.what
    both = find_problems(
        with_two(written=together(a=written, b=written), polled=together(alive=nothing, other=nothing))
    )
    assert [f"mapping {uuid} has" in problem.what for problem, uuid in zip(both, ("alive", "other"), strict=True)]
    quiet = with_two(written=together(a=written, b=nothing), polled=together(alive=EACH, other=nothing))
    assert make_report(quiet).is_well


def test_a_mapping_does_not_hide_records_of_another_that_do_not_arrive() -> None:
    """The function's metrics do not distinguish mappings, but their sum is less than what was read."""
    polled = together(alive=EACH, other=points(*[1000.0] * 50))
    (problem,) = find_problems(with_two(polled=polled))
    assert problem.about == "inserts"
    assert "passed the event filter in the last hour, but only 250 reached function orders" in problem.what
    assert [command.split()[-1] for command in problem.commands] == ["alive", "other"]
    filtered = together(alive=MetricSeries(), other=points(*[1000.0] * 50))
    assert make_report(with_two(polled=polled, filtered_out=filtered)).is_well
    # Records in the failure bucket did not reach the function either, but are known. What fails may be read again.
    assert "only" not in " ".join(
        f.what for f in find_problems(with_two(polled=polled, retries_exhausted=points(60_000.0)))
    )
    failed = at_minutes_ago({40: 1, **dict.fromkeys(range(2, 40), 0.0)})
    assert find_problems(with_two(polled=polled, errors=failed)) == []
    # A mapping that filters out more than it read until then takes nothing from the other.
    late = together(alive=points(*[9.0] * 50), other=MetricSeries())
    (problem,) = find_problems(with_two(polled=together(alive=EACH, other=points(*[9.0] * 50)), filtered_out=late))
    assert [command.split()[-1] for command in problem.commands] == ["other"]
