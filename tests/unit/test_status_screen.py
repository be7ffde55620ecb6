"""How status shows a deployment on the screen, and what is not known."""

from dataclasses import fields, replace
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from rich.console import Console
from scavenger_ops.status.as_json import to_json
from scavenger_ops.status.facts import Facts, MetricFacts
from scavenger_ops.status.failure_facts import LogFacts, LoggedError
from scavenger_ops.status.problem import Unknown
from scavenger_ops.status.report import make_report
from scavenger_ops.status.screen import show_screen
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
    assert text.startswith("✓ orders · us-east-1 · all is well what value window function Active")
    assert "Enabled; 100 records or 60 s a batch now last batch: 'OK' lag" in text
    assert "lag latest 61 s, maximum 75 s 15 min to 14:04" in text
    assert "inserts 120.0 a minute; write units 120.0 15 min to 14:04 deletes 120.0 a minute; 1,800 in 1 h 15" in text
    assert "errors invocations 0, failed records no data," in text
    assert "staging table 1,234 rows, counted every six hours 6 h" in text


def test_what_is_not_known_is_listed_with_the_reason() -> None:
    """Status still shows the rest, and does not say that all is well."""
    denied = Unknown(("failure bucket",), "failure bucket", "s3:ListBucket", "S3 did not answer (AccessDenied).")
    silent = Unknown(("lag", "errors"), "metrics", None, "Read timeout.")
    lines = screen(replace(HEALTHY, bucket=None, metrics=MetricFacts(), unknown=(denied, silent)), 150).splitlines()
    assert lines[0] == "? orders · us-east-1 · nothing wrong is found, but not everything is known"
    assert "?  Not known: failure bucket. S3 did not answer (AccessDenied)." in lines
    assert "?  Not known: metrics. Read timeout." in lines
    not_known = [line.split("  ")[1].strip() for line in lines[6:] if line.startswith("?")]
    of_metrics = ["lag", "inserts", "deletes", "throttling", "errors", "retries exhausted"]
    assert not_known == [*of_metrics, "failure bucket", "reconciler"]


def test_if_nothing_is_known_nothing_is_wrong() -> None:
    """Status invents nothing: each row is not known."""
    nothing = Facts("orders", "us-east-1", NOW)
    report = make_report(nothing)
    assert report.problems == ()
    assert {row.state for row in report.rows} == {"not known"}
    assert not report.is_well
    assert "all is well" not in screen(nothing)


def missing_facts() -> dict[str, Facts]:
    """Return facts by the name of the one fact that each of them lacks."""
    whole: Any = HEALTHY
    names = ("function", "concurrency", "mappings", "bucket", "log", "staging_table", "all_alarms")
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
    assert "all is well" not in screen(facts)
    assert not to_json(report)["is_well"]


def test_a_rate_is_of_the_data_points_that_have_arrived() -> None:
    """Here the last three are missing. A burst counts as an average, and without points there is no rate."""
    busy = MetricSeries(points(*[120.0] * 15).points[:-3])
    text = " ".join(screen(with_metrics(deleted=busy, received=MetricSeries(busy.points[:1]))).split())
    assert "deletes 120.0 a minute" in text
    assert "inserts 10.0 a minute; write units no data" in text


def test_a_dry_run_shows_what_it_counts() -> None:
    """The row of deletes says that they are only counted."""
    busy = points(*[120.0] * 15)
    facts = replace(with_settings(is_dry_run=True), metrics=with_metrics(would_delete=busy).metrics)
    assert "deletes 120.0 a minute; 1,800 in 1 h, only counted (dry run)" in " ".join(screen(facts, 120).split())


def test_a_table_without_a_count_is_not_shown_as_empty() -> None:
    """A table that DynamoDB creates has no count."""
    facts = replace(HEALTHY, staging_table=replace(STAGING, item_count=None))
    assert "? staging table not known 6 h" in " ".join(screen(facts).split())


def problems() -> Facts:
    """Return a deployment that has an error with a cause, and objects in the failure bucket."""
    facts = with_metrics(errors=points(1, 2))
    error = LoggedError(NOW, "TableError: The staging table is missing. " + "Create it again. " * 9)
    return replace(
        facts, log=LogFacts(last_error=error), bucket=None, unknown=(Unknown(("lag",), "x", None, "y" * 90),)
    )


@pytest.mark.parametrize("width", [60, 80, 120, 160])
@pytest.mark.parametrize("facts", [HEALTHY, problems()], ids=["well", "problems"])
def test_each_line_fits_into_the_terminal(facts: Facts, width: int) -> None:
    """Nothing is cut: at 60 columns the rows are blocks. Only words and commands that are longer are not wrapped."""
    lines = [line.rstrip() for line in screen(facts, width).splitlines()]
    assert max(len(line) for line in lines if "scavenger" not in line and "yyy" not in line) <= width
    assert "…" not in screen(facts, width)
    names = [row.name for row in make_report(facts).rows]
    assert [name for name in names if not any(line[2:].strip().startswith(name) for line in lines)] == []


def test_the_verdict_comes_first_and_a_problem_has_its_cause_and_its_fix() -> None:
    """The command of the fix is on a line of its own."""
    lines = screen(problems(), 80).splitlines()
    assert lines[0] == "✗ orders · us-east-1 · 1 problem, and not everything is known"
    assert lines[2].startswith("1. Invocations fail: 3 errors in the last hour")
    assert [line[:10] for line in lines[3:8] if line[:10].strip()] == ["   Cause: ", "   Fix:   "]
    assert "          scavenger logs orders --since 1h --errors" in lines


def test_a_terminal_with_only_ascii_characters_gets_only_these() -> None:
    """The marks are words, or other characters."""
    content = BytesIO()
    output = TextIOWrapper(content, "ascii", write_through=True)
    show_screen(make_report(problems()), Console(file=output, width=80, highlight=False))
    lines = content.getvalue().decode().splitlines()
    assert lines[0].startswith("PROBLEM: orders - us-east-1 - 1 problem")
    assert [line for line in lines if line.startswith("!  errors")]


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (HEALTHY, "all is well"),
        (with_metrics(errors=points(1)), "1 problem"),
        (replace(with_metrics(errors=points(1)), concurrency=0), "2 problems"),
        (replace(with_metrics(errors=points(1)), bucket=None), "1 problem, and not everything is known"),
        (replace(HEALTHY, bucket=None), "nothing wrong is found, but not everything is known"),
    ],
)
def test_the_verdict_counts_the_problems(facts: Facts, verdict: str) -> None:
    """It is the same in the JSON."""
    assert screen(facts).splitlines()[0].endswith(f" · {verdict}")
    assert to_json(make_report(facts))["verdict"] == verdict


def test_a_metric_that_the_local_aws_does_not_keep_is_said_to_be_so() -> None:
    """A row with nothing but such metrics is fine. A metric that has points is shown."""
    facts = replace(HEALTHY, metrics_not_kept=("lag_ms", "polled", "written", "write_throttles"))
    report = make_report(facts)
    texts = {row.name: row.text for row in report.rows}
    assert report.is_well
    assert texts["lag"] == "no data (the local AWS keeps no such metric)"
    assert texts["inserts"] == "no data; write units no data (the local AWS keeps no such metric)"
    assert texts["throttling"].endswith("unprocessed no data, table no data (the local AWS keeps no such metric)")
    shown = replace(facts, metrics=replace(facts.metrics, lag_ms=points(1_000)))
    assert "lag latest 1 s, maximum 1 s 15 min" in " ".join(screen(shown, 120).split())


def test_without_data_no_cell_is_a_bare_dash() -> None:
    """It says that there is no data, or that it is not known."""
    for facts in (HEALTHY, Facts("orders", "us-east-1", NOW)):
        assert "-" not in screen(facts, 120).replace("us-east-1", "").replace("2026-11-23", "").split()
