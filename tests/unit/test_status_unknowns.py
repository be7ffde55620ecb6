"""What is not known although AWS answered."""

from dataclasses import replace

import pytest
from scavenger_ops.status.facts import Facts
from scavenger_ops.status.problems import find_problems
from scavenger_ops.status.report import make_report
from scavenger_ops.status.series import MetricSeries
from support.status_facts import (
    HEALTHY,
    MAPPING,
    MESSAGES,
    STAGING,
    ago,
    points,
    with_alarms,
    with_function,
    with_mapping,
    with_metrics,
)

ODD = {
    "no state": (with_function(state=None), "function", "AWS did not return a state."),
    "another state": (with_function(state="Hibernating"), "function", "'Hibernating', which this version"),
    "another update": (with_function(last_update_status="Odd"), "function", "'Odd', which this version"),
    "no update": (with_function(last_update_status=None), "function", "AWS did not return a status."),
    "encrypted": (with_function(settings=None, settings_fault="no"), "function", "you are not allowed to use (no)"),
    "another mapping state": (with_mapping(state="Resting"), "event source mapping", "'Resting', which this version"),
    "enabling for long": (
        with_mapping(state="Enabling", changed_at=ago(hours=3)),
        "event source mapping",
        "Enabling for 3 h",
    ),
    "another table status": (
        replace(HEALTHY, staging_table=replace(STAGING, status="COLD")),
        "staging table",
        "'COLD'",
    ),
    "of messages": (with_mapping(messages_table=replace(MESSAGES, status="COLD")), "event source mapping", "'COLD'"),
    "another bucket": (with_mapping(failure_bucket_name="more"), "failure bucket", "The mapping names another bucket"),
    "no alarms": (replace(HEALTHY, all_alarms=()), "alarms", "nothing notifies you when the deployment stops"),
    "another alarm state": (with_alarms(errors={"state": "DOZING"}), "alarms", "'DOZING', which this version"),
    "no data": (with_alarms(stopped={"state": "INSUFFICIENT_DATA"}), "alarms", "It has had no data for 9 days"),
}


@pytest.mark.parametrize(("facts", "about", "words"), ODD.values(), ids=ODD)
def test_an_unexpected_answer_is_not_known(facts: Facts, about: str, words: str) -> None:
    """It is neither wrong nor fine, and has a reason."""
    report = make_report(facts)
    assert report.problems == ()
    assert about in {row.name for row in report.rows if row.state == "not known"}
    assert [each for each in report.unknown if words in each.reason]
    assert not report.is_well


def test_events_that_a_mapping_does_not_count_are_not_known() -> None:
    """Without EventCount there are no points, as on a quiet table. Status does not say then that it reads nothing."""
    busy = with_metrics(written=points(*[9.0] * 20), received=points(*[9.0] * 20), deleted=points(*[9.0] * 20))
    for counts, said in (
        (False, "The mapping counts no events."),
        (None, "Lambda does not say whether the mapping counts events."),
    ):
        for facts in (HEALTHY, busy, with_metrics(written=points(*[9.0] * 20))):
            report = make_report(replace(facts, mappings=(replace(MAPPING, counts_events=counts),)))
            assert report.problems == ()
            assert {row.name for row in report.rows if row.state == "not known"} == {"inserts", "retries exhausted"}
            assert said in report.unknown[0].reason
            assert "metrics_config" in report.unknown[0].reason
    assert make_report(with_metrics(received=points(*[9.0] * 20), deleted=points(*[9.0] * 20))).is_well


def test_data_points_show_that_a_mapping_counts_events() -> None:
    """Zeros are points. The points of another mapping do not count."""
    silent = replace(MAPPING, counts_events=None)
    other = replace(silent, uuid="another")
    zeros = points(*[0.0] * 15)
    assert make_report(replace(with_metrics(polled=zeros), mappings=(silent,))).is_well
    facts = with_metrics(polled=MetricSeries(zeros.points, {silent.uuid: zeros, "another": MetricSeries()}))
    report = make_report(replace(facts, mappings=(silent, other)))
    assert [each.what for each in report.unknown] == [
        "what event source mapping another reads, sends to the failure bucket and drops"
    ]
    (problem,) = find_problems(replace(with_metrics(polled=zeros, written=points(*[9.0] * 15)), mappings=(silent,)))
    assert "has read nothing" in problem.what
