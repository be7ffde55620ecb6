"""The picture of the dashboard is drawn from the dashboard that Terraform creates, as CloudWatch would draw it."""

from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.plan.load import PipelineSettings
from scavenger_ops.plan.scenario import Disturbance

from bench.pictures.dashboard import Shown, draw_dashboard
from bench.pictures.deployed import Monitoring, read_monitoring
from bench.pictures.metrics import DashboardMetric, Line, MetricSample, Recording, find_lines, is_on
from bench.pictures.simulated import SETTINGS

ERRORS, THROTTLES = DashboardMetric("AWS/Lambda", "Errors"), DashboardMetric("AWS/Lambda", "Throttles")
WRITES = DashboardMetric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "staging")
RECORDING = Recording(
    {
        ERRORS: [
            MetricSample(0.0, 1.0),
            MetricSample(299.9, 3.0),
            MetricSample(600.0, 7.0),
            MetricSample(900.0, 100.0),
        ],
        THROTTLES: [],
        WRITES: [MetricSample(0.0, 600.0), MetricSample(300.0, 300.0), MetricSample(600.0, 0.0)],
    },
    duration_s=900.0,
)
ERRORS_LINE: list[Any] = [
    "AWS/Lambda",
    "Errors",
    "FunctionName",
    "f",
    {"id": "errors", "label": "errors", "stat": "Sum"},
]
WRITES_LINE: list[Any] = [
    *("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "f-staging"),
    {"id": "writes", "label": "writes", "stat": "Sum", "visible": False},
]
A_SECOND = [{"id": "a_second", "label": "a second", "expression": "writes / PERIOD(writes)"}]


def properties(*metrics: list[Any], **others: Any) -> dict[str, Any]:
    """Return the properties of a widget."""
    return {
        "title": "What happens",
        "period": 300,
        "yAxis": {"left": {"label": "events"}},
        "metrics": list(metrics),
        **others,
    }


def alarm(**others: Any) -> dict[str, Any]:
    """Return an alarm on errors."""
    return {
        "alarm_name": "f-errors",
        "arn": "arn:f-errors",
        "namespace": "AWS/Lambda",
        "metric_name": "Errors",
        "dimensions": {"FunctionName": "f"},
        "statistic": "Sum",
        "period": 300,
        "metric_query": [],
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "treat_missing_data": "notBreaching",
        "threshold": 7,
        "evaluation_periods": 1,
        "datapoints_to_alarm": 1,
        **others,
    }


@pytest.mark.parametrize(("statistic", "value"), [("Sum", 4.0), ("Average", 2.0), ("Maximum", 3.0)])
def test_a_metric_has_a_value_a_period(statistic: str, value: float) -> None:
    """A period in which nothing was written has none. Values after the end do not count."""
    (line,) = find_lines(properties([*ERRORS_LINE[:-1], ERRORS_LINE[-1] | {"stat": statistic}]), RECORDING)
    first, second, third = line.values
    assert (first, third) == (value, 7.0)
    assert isnan(second)


def test_an_expression_is_drawn_and_its_hidden_operand_is_not() -> None:
    """The expression is per second, over periods of five minutes."""
    assert find_lines(properties(WRITES_LINE, A_SECOND), RECORDING) == [Line("a second", [2.0, 1.0, 0.0])]


def test_an_unknown_metric_has_no_values() -> None:
    """An expression over an unknown metric has no values either."""
    unknown = [*WRITES_LINE[:-2], "f-messages", WRITES_LINE[-1] | {"visible": True}]
    assert find_lines(properties(unknown, A_SECOND), RECORDING) == [Line("writes", []), Line("a second", [])]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, True),
        ({"threshold": 8}, False),
        ({"threshold": 4, "evaluation_periods": 3, "datapoints_to_alarm": 2}, True),
        ({"threshold": 4, "evaluation_periods": 2, "datapoints_to_alarm": 2}, False),
    ],
)
def test_an_alarm_is_on_if_its_latest_periods_breach(others: dict[str, Any], *, expected: bool) -> None:
    """A value at the threshold or above breaches; a period without a value does not."""
    assert is_on(alarm(**others), RECORDING) == expected


@pytest.mark.parametrize(("threshold", "expected"), [(4, True), (5, False)])
def test_an_alarm_is_on_by_its_expression(threshold: float, *, expected: bool) -> None:
    """The expression has the period of its metrics."""
    stat = {
        "namespace": "AWS/Lambda",
        "metric_name": "Errors",
        "dimensions": {"FunctionName": "f"},
        "stat": "Sum",
        "period": 300,
    }
    queries = [
        {"id": "watched", "metric": [], "expression": "FILL(errors, 0) / 2", "return_data": True},
        {"id": "errors", "metric": [stat], "expression": "", "return_data": False},
    ]
    assert is_on(alarm(metric_query=queries, threshold=threshold - 0.5), RECORDING) == expected


def draw(path: Path, *widgets: dict[str, Any]) -> str:
    """Draw a dashboard with these widgets, one below the other, and return the SVG."""
    placed = [{"x": 0, "y": 6 * row, "width": 24, "height": 6, **widget} for row, widget in enumerate(widgets)]
    monitoring = Monitoring(placed, {"arn:f-errors": alarm()})
    draw_dashboard(monitoring, Shown(RECORDING, Disturbance(300.0, 600.0), "made up"), path)
    return path.read_text()


def test_each_widget_of_the_dashboard_is_drawn(tmp_path: Path) -> None:
    """The picture has title, unit, labels and threshold. An unknown metric is marked as unknown."""
    unknown = ["AWS/Lambda", "New", "FunctionName", "f", {"id": "new", "label": "brand new", "stat": "Sum"}]
    line = {"horizontal": [{"label": "too many", "value": 9}]}
    picture = draw(
        tmp_path / "a.svg",
        {"type": "alarm", "properties": {"title": "All alarms", "alarms": ["arn:f-errors"]}},
        {"type": "text", "properties": {"markdown": "## Heading\nWhat it is about."}},
        {"type": "metric", "properties": properties(ERRORS_LINE, unknown, annotations=line)},
    )
    for text in ("All alarms", "f-errors", "In alarm", "Heading", "What it is about.", "What happens", "events"):
        assert f">{text}<" in picture
    for text in ("errors", "brand new (unknown)", "too many", "made up"):
        assert f">{text}<" in picture


def test_a_metric_without_values_is_drawn_without_a_line(tmp_path: Path) -> None:
    """The metric is known to have no values, so it is not marked as unknown."""
    throttles = ["AWS/Lambda", "Throttles", "FunctionName", "f", {"id": "a", "label": "throttles", "stat": "Sum"}]
    assert ">throttles<" in draw(tmp_path / "a.svg", {"type": "metric", "properties": properties(throttles)})


def test_the_same_dashboard_gives_the_same_bytes(tmp_path: Path) -> None:
    """A picture in the repository changes only when its content changes."""
    widget = {"type": "metric", "properties": properties(ERRORS_LINE)}
    other = {"type": "metric", "properties": properties(ERRORS_LINE, title="What else happens")}
    first = draw(tmp_path / "first.svg", widget)
    assert first == draw(tmp_path / "second.svg", widget)
    assert first != draw(tmp_path / "other.svg", other)


def test_dashboard_and_alarms_are_read_from_a_plan() -> None:
    """The module does not matter."""
    resources = [
        {"type": "aws_cloudwatch_dashboard", "values": {"dashboard_body": '{"widgets": [{"type": "text"}]}'}},
        {"type": "aws_cloudwatch_metric_alarm", "values": alarm()},
        {"type": "aws_s3_bucket"},
    ]
    plan = {"planned_values": {"root_module": {"child_modules": [{"resources": resources}]}}}
    assert read_monitoring(plan) == Monitoring([{"type": "text"}], {"arn:f-errors": alarm()})


def test_the_simulation_has_the_defaults_except_for_its_write_capacity() -> None:
    """The picture's footer says so. That they are Terraform's defaults is tested with the planner."""
    defaults = asdict(PipelineSettings())
    assert {name for name, value in asdict(SETTINGS).items() if value != defaults[name]} == {"write_capacity"}
