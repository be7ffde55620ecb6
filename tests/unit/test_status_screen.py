"""How status shows a deployment on the screen, and what is not known."""

from dataclasses import fields, replace
from typing import Any

import pytest
from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.facts import Facts, MetricFacts
from scavenger_ops.status.finding import Unknown
from scavenger_ops.status.report import make_report
from scavenger_ops.status.series import MetricSeries
from support.status_facts import (
    HEALTHY,
    NOW,
    STAGING,
    points,
    screen,
    with_function,
    with_mapping,
    with_metrics,
    with_settings,
)


def test_a_healthy_deployment_fits_on_a_screen() -> None:
    """The screen is 80 by 24 with the prompt below. Each number is beside its name."""
    busy, none = points(*[120.0] * 15), points(0)
    facts = with_metrics(
        lag_ms=points(75_000, 61_000), deleted=busy, received=busy, written=busy, polled=busy, errors=none
    )
    lines = screen(facts).splitlines()
    assert len(lines) <= 23
    assert max(len(line.rstrip()) for line in lines) <= 80
    text = " ".join(" ".join(lines).split())
    assert "Enabled; batches of 100 records or 60 s now last batch: 'OK' lag" in text
    assert "lag latest 61 s, maximum 75 s 15 min to 14:04" in text
    assert "inserts 120.0 a minute; 120.0 write units a minute 15 min to 14:04 deletes 120.0 a minute 15 min" in text
    assert "errors 0; records - failed" in text
    assert "staging 1,234 rows, counted about every six hours 6 h" in text


def test_what_is_not_known_is_listed_with_the_reason() -> None:
    """Status still shows the rest, and does not say that all is well."""
    denied = Unknown(("failure bucket",), "failure bucket", "s3:ListBucket", "S3 did not answer (AccessDenied).")
    silent = Unknown(("lag", "faults"), "metrics", None, "Read timeout.")
    lines = screen(replace(HEALTHY, bucket=None, metrics=MetricFacts(), unknown=(denied, silent)), 150).splitlines()
    assert "Not known: failure bucket. S3 did not answer (AccessDenied)." in lines
    assert "Not known: metrics. Read timeout." in lines
    assert lines[-1] == "What is known is fine, but not everything is known."
    not_known = [line.split("  ")[1].strip() for line in lines if line.startswith("?")]
    assert not_known == ["lag", "inserts", "deletes", "throttling", "faults", "given up", "failure bucket"]


def test_if_nothing_is_known_nothing_is_wrong() -> None:
    """Status invents nothing: each row is not known."""
    nothing = Facts("orders", "us-east-1", NOW)
    report = make_report(nothing)
    assert report.findings == ()
    assert {row.state for row in report.rows} == {"not known"}
    assert not report.is_well
    assert "All is well" not in screen(nothing)


def missing_facts() -> dict[str, Facts]:
    """Return facts by the name of the one fact that each of them lacks."""
    whole: Any = HEALTHY
    names = ("function", "concurrency", "mappings", "bucket", "staging_table", "all_alarms")
    nothing = {name: replace(whole, **{name: None}) for name in names}
    nothing |= {field.name: with_metrics(**{field.name: None}) for field in fields(MetricFacts)}
    nothing["messages table"] = with_mapping(messages_table=None)
    nothing["settings"] = with_function(settings=None)
    nothing["item count"] = replace(HEALTHY, staging_table=replace(STAGING, item_count=None))
    return nothing


@pytest.mark.parametrize("facts", missing_facts().values(), ids=missing_facts())
def test_no_fact_may_be_missing(facts: Facts) -> None:
    """Even without a reason, a row that lacks a fact is not known, and then not all is well."""
    report = make_report(facts)
    assert "not known" in {row.state for row in report.rows}
    assert not report.is_well
    assert "All is well" not in screen(facts)
    assert not to_json(report)["is_well"]


def test_a_rate_is_of_the_data_points_that_have_arrived() -> None:
    """Here the last three are missing. A burst counts as an average, and without points there is no rate."""
    busy = MetricSeries(points(*[120.0] * 15).points[:-3])
    text = " ".join(screen(with_metrics(deleted=busy, received=MetricSeries(busy.points[:1]))).split())
    assert "deletes 120.0 a minute" in text
    assert "inserts 10.0 a minute; - write units a minute" in text


def test_a_dry_run_shows_what_it_counts() -> None:
    """The row of deletes says that they are only counted."""
    busy = points(*[120.0] * 15)
    facts = replace(with_settings(is_dry_run=True), metrics=with_metrics(would_delete=busy).metrics)
    assert "deletes 120.0 a minute, only counted (dry run)" in " ".join(screen(facts).split())


def test_a_table_without_a_count_is_not_shown_as_empty() -> None:
    """A table that DynamoDB creates has no count."""
    facts = replace(HEALTHY, staging_table=replace(STAGING, item_count=None))
    assert "? staging not known 6 h" in " ".join(screen(facts).split())
