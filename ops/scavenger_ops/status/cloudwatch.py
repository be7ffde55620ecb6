"""Reads a deployment's metrics from CloudWatch, in two requests, and its alarms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scavenger.redaction import redact
from scavenger.telemetry import METRICS, METRICS_NAMESPACE

from scavenger_ops.status.facts import Alarm, Metrics, Unknown
from scavenger_ops.status.series import Series

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef, MetricDataQueryTypeDef

# How it is now; how it went; and what does not pass by itself, so that it must not be overlooked.
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# The mapping's and the function's metrics have a point a minute. Of a day, 288 points are enough to add up.
MINUTE_S = 60
FIVE_MINUTES_S = 300

# Of a metric's points in an answer that AWS does not refuse as such. Source: API_MetricDataResult.html.
_WHOLE = "Complete"
_FORBIDDEN = "Forbidden"
_NO_ANSWER = "no answer"

# The names of the values that a metric's dimension may have: none where they are not known.
Dimensions = Mapping[str, Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class _Metric:
    namespace: str
    name: str
    dimension: str
    # Whose name the dimension has.
    of: str
    window: timedelta
    statistic: str = "Sum"


def _own(field: str, window: timedelta) -> _Metric:
    """Describe one of the function's own metrics."""
    return _Metric(METRICS_NAMESPACE, METRICS[field][0], "service", "service", window)


def _lambdas(name: str, window: timedelta, statistic: str = "Sum") -> _Metric:
    return _Metric("AWS/Lambda", name, "FunctionName", "function", window, statistic)


def _mappings(name: str, window: timedelta) -> _Metric:
    return _Metric("AWS/Lambda", name, "EventSourceMappingUUID", "mapping", window)


# By their names in Metrics.
_METRICS = {
    "lag_ms": _lambdas("IteratorAge", QUARTER, "Maximum"),
    "deleted": _own("deleted", QUARTER),
    "received": _own("received", QUARTER),
    "written": _Metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "messages", QUARTER),
    "polled": _mappings("PolledEventCount", QUARTER),
    "write_throttles": _Metric("AWS/DynamoDB", "WriteThrottleEvents", "TableName", "staging", HOUR),
    "unprocessed": _own("unprocessed", HOUR),
    "throttles": _lambdas("Throttles", HOUR),
    "errors": _lambdas("Errors", HOUR),
    "failed": _own("failed", HOUR),
    "quarantined": _own("quarantined", HOUR),
    "given_up": _mappings("OnFailureDestinationDeliveredEventCount", DAY),
    "dropped": _mappings("DroppedEventCount", DAY),
    "lag_of_day_ms": _lambdas("IteratorAge", DAY, "Maximum"),
}


def read_metrics(
    cloudwatch: "CloudWatchClient", dimensions: Dimensions, at: datetime, unknown: list[Unknown]
) -> Metrics:
    """Return what there was up to a moment, and add to `unknown` what AWS answered without.

    The dimensions name the function, service, staging, messages and mapping.
    """
    series: dict[str, Series | None] = {}
    for windows, period_s in (((QUARTER, HOUR), MINUTE_S), ((DAY,), FIVE_MINUTES_S)):
        wanted = {field: metric for field, metric in _METRICS.items() if metric.window in windows}
        points, faults = _ask(cloudwatch, wanted, dimensions, (at - max(windows), at), period_s)
        for field, metric in wanted.items():
            known = dimensions[metric.of] is not None and field not in faults
            series[field] = Series(tuple(sorted(points[field]))).since(at - metric.window) if known else None
        unknown += [_not_told(wanted[field], status) for field, status in faults.items()]
    return Metrics(**series)


def _not_told(metric: _Metric, status: str) -> Unknown:
    permission = "cloudwatch:GetMetricData" if status == _FORBIDDEN else None
    return Unknown(f"metric {metric.name}", permission, f"GetMetricData: {status}")


def window_of(field: str) -> timedelta:
    """Give how far back a metric was read."""
    return _METRICS[field].window


def read_alarms(cloudwatch: "CloudWatchClient", name: str, dimensions: Dimensions) -> tuple[Alarm, ...]:
    """Read which of the deployment's alarms are on."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{name}-", StateValue="ALARM")
    ours = {value for values in dimensions.values() for value in values or ()}
    return tuple(
        Alarm(alarm["AlarmName"], redact(alarm.get("StateReason", "")))
        for page in pages
        for alarm in page["MetricAlarms"]
        if _is_ours(alarm, ours)
    )


def _is_ours(alarm: "MetricAlarmTypeDef", ours: Collection[str]) -> bool:
    """Tell the alarms of `orders` from those of a deployment `orders-test`, whose names begin with the same."""
    metrics = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    values = [
        dimension["Value"]
        for dimensions in (alarm.get("Dimensions", []), *(metric.get("Dimensions", []) for metric in metrics))
        for dimension in dimensions
    ]
    return not values or any(value in ours for value in values)


def _ask(
    cloudwatch: "CloudWatchClient",
    wanted: Mapping[str, _Metric],
    dimensions: Dimensions,
    times: tuple[datetime, datetime],
    period_s: int,
) -> tuple[dict[str, list[tuple[datetime, float]]], dict[str, str]]:
    """Return the points of each field, of several tables or mappings together, and the status of what is not whole."""
    points: dict[str, list[tuple[datetime, float]]] = {field: [] for field in wanted}
    queries = {
        f"{field}_{number}": _query(f"{field}_{number}", metric, value, period_s)
        for field, metric in wanted.items()
        for number, value in enumerate(dimensions[metric.of] or ())
    }
    statuses = dict.fromkeys(queries, _NO_ANSWER)
    if queries:
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=list(queries.values()), StartTime=times[0], EndTime=times[1]
        )
        for result in (result for page in pages for result in page["MetricDataResults"]):
            points[_field_of(result["Id"])] += zip(result["Timestamps"], result["Values"], strict=True)
            # Of a metric whose points fill several pages, the last one says if it is whole.
            statuses[result["Id"]] = result.get("StatusCode", _WHOLE)
    return points, {_field_of(query): status for query, status in statuses.items() if status != _WHOLE}


def _field_of(query_id: str) -> str:
    return query_id.rpartition("_")[0]


def _query(query_id: str, metric: _Metric, value: str, period_s: int) -> "MetricDataQueryTypeDef":
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": metric.dimension, "Value": value}],
            },
            "Period": period_s,
            "Stat": metric.statistic,
        },
    }
