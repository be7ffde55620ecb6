"""The deployed alarms and widgets use metrics that exist."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import uuid4

import pytest
from python_terraform import IsFlagged
from support.deployment import Deployment, invoke, log_lines, wait_until
from support.events import event, record

# Namespace, name, and the names and values of the dimensions.
Metric = tuple[str, str, frozenset[tuple[str, str]]]

# The settings that determine an alarm's evaluation.
EVALUATED = (
    *("Namespace", "Statistic", "Period", "EvaluationPeriods", "DatapointsToAlarm"),
    *("Threshold", "ComparisonOperator", "TreatMissingData"),
)

# The dimensions of AWS's metrics, by the page that documents them.
DOCUMENTED = {
    # monitoring-metrics-types.html; monitoring-metrics-view.html documents that they are per function.
    ("AWS/Lambda", "Invocations"): {"FunctionName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "DestinationDeliveryFailures"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
    ("AWS/Lambda", "Duration"): {"FunctionName"},
    ("AWS/Lambda", "ConcurrentExecutions"): {"FunctionName"},
    # The same pages; per event source mapping.
    ("AWS/Lambda", "PolledEventCount"): {"EventSourceMappingUUID"},
    ("AWS/Lambda", "FilteredOutEventCount"): {"EventSourceMappingUUID"},
    ("AWS/Lambda", "InvokedEventCount"): {"EventSourceMappingUUID"},
    ("AWS/Lambda", "OnFailureDestinationDeliveredEventCount"): {"EventSourceMappingUUID"},
    ("AWS/Lambda", "DroppedEventCount"): {"EventSourceMappingUUID"},
    # amazondynamodb/latest/developerguide/metrics-dimensions.html.
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): {"TableName"},
    ("AWS/DynamoDB", "ProvisionedWriteCapacityUnits"): {"TableName"},
    ("AWS/DynamoDB", "WriteThrottleEvents"): {"TableName"},
    # AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html.
    ("AWS/Logs", "IncomingBytes"): {"LogGroupName"},
}


@pytest.fixture(scope="module")
def alarms(deployment: Deployment) -> dict[str, Any]:
    """Return the deployed alarms, by key.

    MiniStack stores no expressions: these come from Terraform's state.
    """
    prefix = f"{deployment.outputs['function_name']}-"
    pages = deployment.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    found: dict[str, Any] = {
        alarm["AlarmName"].removeprefix(prefix): alarm for page in pages for alarm in page["MetricAlarms"]
    }
    code, shown, error = deployment.terraform("show", json=IsFlagged)
    assert code == 0, error
    for module in json.loads(shown)["values"]["root_module"]["child_modules"]:
        for resource in module["resources"]:
            if resource["type"] == "aws_cloudwatch_metric_alarm":
                found[resource["index"]]["queries"] = resource["values"]["metric_query"]
    return found


@pytest.fixture(scope="module")
def watched(alarms: dict[str, Any]) -> set[Metric]:
    """Return all metrics of the alarms."""
    found: set[Metric] = set()
    for alarm in alarms.values():
        if alarm["queries"]:
            stats = [stat for query in alarm["queries"] for stat in query["metric"]]
            found |= {(stat["namespace"], stat["metric_name"], frozenset(stat["dimensions"].items())) for stat in stats}
        else:
            dimensions = frozenset((dimension["Name"], dimension["Value"]) for dimension in alarm["Dimensions"])
            found.add((alarm["Namespace"], alarm["MetricName"], dimensions))
    return found


@pytest.fixture(scope="module")
def dashboard(deployment: Deployment) -> dict[str, list[Any]]:
    """Return the widgets of the deployed dashboard, by type."""
    body = deployment.cloudwatch.get_dashboard(DashboardName=deployment.outputs["dashboard_name"])["DashboardBody"]
    widgets = json.loads(body)["widgets"]
    return {kind: [widget for widget in widgets if widget["type"] == kind] for kind in ("alarm", "text", "metric")}


@pytest.fixture(scope="module")
def drawn(dashboard: dict[str, list[Any]]) -> set[Metric]:
    """Return all metrics of the dashboard."""
    lines = [line for widget in dashboard["metric"] for line in widget["properties"]["metrics"]]
    # A line has namespace, name, the dimensions' names and values in turn, and options. An expression has only options.
    return {
        (line[0], line[1], frozenset(zip(line[2:-1:2], line[3:-1:2], strict=True))) for line in lines if len(line) > 1
    }


@pytest.fixture(scope="module")
def emitted(deployment: Deployment) -> set[Metric]:
    """Invoke the function, and return the metrics of its log lines in embedded metric format."""
    invoke(deployment, event(record(1)))
    assert wait_until(lambda: any('"_aws"' in line for line in log_lines(deployment)))
    lines = [json.loads(line) for line in log_lines(deployment) if '"_aws"' in line]
    return {
        (block["Namespace"], metric["Name"], frozenset((name, line[name]) for name in dimensions))
        for line in lines
        for block in line["_aws"]["CloudWatchMetrics"]
        for dimensions in block["Dimensions"]
        for metric in block["Metrics"]
    }


def test_all_alarms_are_at_the_top_of_the_dashboard(alarms: dict[str, Any], dashboard: dict[str, list[Any]]) -> None:
    """There are eight, and one widget shows them all."""
    (widget,) = dashboard["alarm"]
    assert widget["y"] == 0
    names = {alarm["AlarmArn"] for alarm in alarms.values()}
    assert set(widget["properties"]["alarms"]) == names
    assert len(names) == 8


def test_the_function_writes_each_metric_of_its_namespace(
    watched: set[Metric], drawn: set[Metric], emitted: set[Metric]
) -> None:
    """Namespace, name and dimensions are the same. Two are written only with dry_run or match_attributes."""
    ours = {metric for metric in watched | drawn if not metric[0].startswith("AWS/")}
    assert {name for _, name, _ in ours - emitted} == {"WouldDelete", "Superseded"}
    assert emitted & ours


def test_the_dashboard_shows_each_metric_that_the_function_writes(emitted: set[Metric], drawn: set[Metric]) -> None:
    """Metrics cost money, so each must be visible."""
    assert emitted <= drawn


def test_each_metric_of_aws_has_its_documented_dimensions(watched: set[Metric], drawn: set[Metric]) -> None:
    """CloudWatch accepts any name, and an alarm on a metric that does not exist never starts."""
    theirs = {metric for metric in watched | drawn if metric[0].startswith("AWS/")}
    assert {(namespace, name): {key for key, _ in found} for namespace, name, found in theirs} == DOCUMENTED


def test_each_dimension_belongs_to_this_deployment(
    deployment: Deployment, watched: set[Metric], drawn: set[Metric]
) -> None:
    """The same metric of another function or table would say nothing about this one."""
    outputs = deployment.outputs
    assert {dimension for *_, found in watched | drawn for dimension in found} == {
        ("FunctionName", outputs["function_name"]),
        ("service", outputs["function_name"]),
        ("EventSourceMappingUUID", outputs["event_source_mapping_uuid"]),
        ("TableName", outputs["staging_table_name"]),
        ("TableName", outputs["messages_table_name"]),
        ("LogGroupName", outputs["log_group_name"]),
    }


def test_no_alarm_starts_because_data_is_missing(deployment: Deployment, alarms: dict[str, Any]) -> None:
    """A table without traffic has no data."""
    listed = {metric["MetricName"] for page in metric_pages(deployment) for metric in page["Metrics"]}
    for key, alarm in alarms.items():
        assert alarm["TreatMissingData"] == "notBreaching", key
        if alarm.get("MetricName") not in listed:
            assert alarm["StateValue"] != "ALARM", key


def metric_pages(deployment: Deployment) -> Iterable[Any]:
    """Return the pages of all metrics that have data."""
    return deployment.cloudwatch.get_paginator("list_metrics").paginate()


@pytest.fixture
def copied(deployment: Deployment, alarms: dict[str, Any]) -> Iterator[Callable[[str], Any]]:
    """Return a function that copies an alarm, with a new metric: other tests write the deployment's metrics."""
    copies: list[str] = []

    def copy(key: str) -> Any:
        name = f"copy-{uuid4().hex}"
        deployment.cloudwatch.put_metric_alarm(
            AlarmName=name, MetricName=name, **{setting: alarms[key][setting] for setting in EVALUATED}
        )
        copies.append(name)
        return alarms[key] | {"AlarmName": name, "MetricName": name}

    yield copy
    deployment.cloudwatch.delete_alarms(AlarmNames=copies)


def report(deployment: Deployment, alarm: Any, value: float) -> str:
    """Write a value of an alarm's metric in as many periods as must breach, and return the alarm's state after it."""
    now = datetime.now(UTC)
    deployment.cloudwatch.put_metric_data(
        Namespace=alarm["Namespace"],
        MetricData=[
            {
                "MetricName": alarm["MetricName"],
                "Value": value,
                "Timestamp": now - number * timedelta(seconds=alarm["Period"]),
            }
            for number in range(alarm["DatapointsToAlarm"])
        ],
    )
    (found,) = deployment.cloudwatch.describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
    return found["StateValue"]


# The local AWS evaluates only alarms on one metric. test_alarms.py follows the rules of CloudWatch for all.
@pytest.mark.parametrize("key", ["errors", "throttles", "given-up", "dropped", "quarantined"])
def test_an_alarm_starts_at_its_threshold(deployment: Deployment, copied: Callable[[str], Any], key: str) -> None:
    """It does not start below the threshold."""
    alarm = copied(key)
    assert report(deployment, alarm, alarm["Threshold"] - 1) == "OK"
    assert report(deployment, alarm, alarm["Threshold"]) == "ALARM"


def test_an_alarm_s_expression_uses_exactly_its_metrics(alarms: dict[str, Any]) -> None:
    """It has one result and uses every ID. All metrics have the same period, as CloudWatch requires."""
    for key, alarm in alarms.items():
        if alarm["queries"]:
            (expression,) = (query["expression"] for query in alarm["queries"] if query["return_data"])
            stats = {query["id"]: query["metric"][0] for query in alarm["queries"] if query["metric"]}
            assert ids(expression) == stats.keys(), key
            assert len({stat["period"] for stat in stats.values()}) == 1, key


def ids(expression: str) -> set[str]:
    """Return the IDs in an expression: words that start with a lowercase letter, as CloudWatch requires."""
    return set(re.findall(r"\b[a-z]\w*", expression))


def test_each_expression_of_the_dashboard_uses_its_widget_s_metrics(dashboard: dict[str, list[Any]]) -> None:
    """IDs are valid and unique in a widget. Hidden metrics are exactly those that an expression needs."""
    expressions = 0
    for widget in dashboard["metric"]:
        lines = [line[-1] for line in widget["properties"]["metrics"]]
        names = [line["id"] for line in lines]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", name) for name in names)
        used = {name for line in lines for name in ids(line.get("expression", ""))}
        hidden = {line["id"] for line in lines if not line.get("visible", True)}
        assert used == hidden
        expressions += sum("expression" in line for line in lines)
    assert expressions


def test_each_widget_describes_what_it_shows(deployment: Deployment, dashboard: dict[str, list[Any]]) -> None:
    """It has a title, a unit, a Region, a period, a statistic for each metric, and at least one visible line."""
    for widget in dashboard["metric"]:
        properties = widget["properties"]
        assert properties["title"]
        assert properties["yAxis"]["left"]["label"]
        assert properties["region"] == deployment.cloudwatch.meta.region_name
        assert properties["period"] in (300, 3600)
        lines = [line[-1] for line in properties["metrics"]]
        assert any(line.get("visible", True) for line in lines)
        assert all(line["stat"] in ("Sum", "Average", "Maximum") for line in lines if "expression" not in line)
    titles = [widget["properties"]["title"] for widget in dashboard["metric"]]
    assert len(set(titles)) == len(titles)
    for heading in dashboard["text"]:
        assert re.fullmatch(r"## [^\n]+\n[^\n]+\.", heading["properties"]["markdown"])


def test_the_lag_widgets_show_the_threshold_of_the_alarm(
    alarms: dict[str, Any], dashboard: dict[str, list[Any]]
) -> None:
    """It is in milliseconds and in seconds, like the metrics."""
    threshold = alarms["iterator-age"]["Threshold"]
    lines = {
        metric[1]: widget["properties"]["annotations"]["horizontal"][0]["value"]
        for widget in dashboard["metric"]
        for metric in widget["properties"]["metrics"]
        if "annotations" in widget["properties"]
    }
    assert lines == {"IteratorAge": threshold, "OldestRecordAge": threshold / 1000}


def test_no_two_widgets_overlap(dashboard: dict[str, list[Any]]) -> None:
    """All are within the grid, which is 24 wide. Source: CloudWatch-Dashboard-Body-Structure.html."""
    placed = [widget for widgets in dashboard.values() for widget in widgets]
    assert all(widget["x"] >= 0 and widget["x"] + widget["width"] <= 24 for widget in placed)
    for one, other in combinations(placed, 2):
        assert (
            one["x"] + one["width"] <= other["x"]
            or other["x"] + other["width"] <= one["x"]
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        ), (one, other)
