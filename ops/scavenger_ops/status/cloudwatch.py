"""Reads a deployment's metrics from CloudWatch."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from scavenger.redaction import redact
from scavenger.telemetry import METRICS, METRICS_NAMESPACE

from scavenger_ops.aws.ask import RetryPolicy, ask_pages
from scavenger_ops.aws.form import NUMBER
from scavenger_ops.status.series import Series

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

# How it is now; how it went; and what does not pass by itself, so that it must not be overlooked.
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# Most metrics have a point a minute. Of a day, 288 points are enough to add up.
MINUTE_S = 60
FIVE_MINUTES_S = 300

# Of a metric's points in an answer that AWS does not refuse as such. Source: API_MetricDataResult.html.
_WHOLE = "Complete"
_FORBIDDEN = "Forbidden"
_NO_ANSWER = "no answer"
_FORM = {
    "MetricDataResults": [{"Id": str, "StatusCode?": str, "Timestamps?": [datetime], "Values?": [NUMBER]}],
    "Messages?": [{"Value?": str}],
}

# What a metric's dimension names.
Owner = Literal["function", "service", "staging", "messages", "mapping"]
Points = dict[datetime, float]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its names, whose name its dimension has, how far back it is read, and the statistic."""

    namespace: str
    name: str
    dimension: str
    of: Owner
    window: timedelta
    statistic: str = "Sum"


@dataclass(frozen=True, slots=True)
class NotTold:
    """Why an answer does not tell a metric."""

    status: str

    @property
    def is_denial(self) -> bool:
        """Whether it is for want of a permission."""
        return self.status == _FORBIDDEN


def _own(field: str) -> Metric:
    """Describe one of the function's own metrics."""
    return Metric(METRICS_NAMESPACE, METRICS[field][0], "service", "service", HOUR)


def _lambdas(name: str, window: timedelta, statistic: str = "Sum") -> Metric:
    return Metric("AWS/Lambda", name, "FunctionName", "function", window, statistic)


def _mappings(name: str, window: timedelta) -> Metric:
    return Metric("AWS/Lambda", name, "EventSourceMappingUUID", "mapping", window)


# By their names in Metrics.
_METRICS = {
    "lag_ms": _lambdas("IteratorAge", QUARTER, "Maximum"),
    "written": Metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "messages", HOUR),
    "polled": _mappings("PolledEventCount", HOUR),
    "filtered_out": _mappings("FilteredOutEventCount", HOUR),
    "invocations": _lambdas("Invocations", HOUR),
    **{field: _own(field) for field in ("received", "deleted", "would_delete", "duplicates", "ignored")},
    "write_throttles": Metric("AWS/DynamoDB", "WriteThrottleEvents", "TableName", "staging", HOUR),
    "unprocessed": _own("unprocessed"),
    "throttles": _lambdas("Throttles", HOUR),
    "errors": _lambdas("Errors", HOUR),
    "failed": _own("failed"),
    "quarantined": _own("quarantined"),
    "given_up": _mappings("OnFailureDestinationDeliveredEventCount", DAY),
    "dropped": _mappings("DroppedEventCount", DAY),
    "lag_of_day_ms": _lambdas("IteratorAge", DAY, "Maximum"),
}


def metric_of(field: str) -> Metric:
    """Return what a field of Metrics is of."""
    return _METRICS[field]


def fields_of(owners: Collection[Owner]) -> list[str]:
    """Return which fields of Metrics are of these."""
    return [field for field, metric in _METRICS.items() if metric.of in owners]


def read_metrics(
    cloudwatch: "CloudWatchClient", names: Mapping[Owner, Sequence[str]], at: datetime, retry_policy: RetryPolicy
) -> dict[str, Series | NotTold]:
    """Return the metrics of these parts up to a moment, by their fields; of several of a kind together."""
    wanted = {field: metric for field, metric in _METRICS.items() if metric.of in names}
    told: dict[str, Series | NotTold] = {}
    for is_of_day, period_s in ((False, MINUTE_S), (True, FIVE_MINUTES_S)):
        fields = {field: metric for field, metric in wanted.items() if (metric.window == DAY) == is_of_day}
        queries = {
            f"{field}_{number}": _query(f"{field}_{number}", metric, value, period_s)
            for field, metric in fields.items()
            for number, value in enumerate(names[metric.of])
        }
        answers = _ask(cloudwatch, queries, (at - (DAY if is_of_day else HOUR), at), retry_policy)
        told |= {
            field: _together(metric, {name: answers[f"{field}_{number}"] for number, name in enumerate(of)}, at)
            for field, metric in fields.items()
            for of in (names[metric.of],)
        }
    return told


def _together(metric: Metric, answers: Mapping[str, Points | NotTold], at: datetime) -> Series | NotTold:
    """Return one series of all these, with each as a part; what one does not tell is not known of the whole."""
    points: Points = {}
    parts: dict[str, Series] = {}
    for name, answer in answers.items():
        if isinstance(answer, NotTold):
            return answer
        for time, value in answer.items():
            before = points.get(time, 0.0)
            points[time] = max(before, value) if metric.statistic == "Maximum" else before + value
        parts[name] = Series(tuple(sorted(answer.items())))
    return Series(tuple(sorted(points.items())), parts if len(parts) > 1 else {}).since(at - metric.window)


def _ask(
    cloudwatch: "CloudWatchClient",
    queries: "Mapping[str, MetricDataQueryTypeDef]",
    times: tuple[datetime, datetime],
    retry_policy: RetryPolicy,
) -> dict[str, Points | NotTold]:
    """Return the points of each query, or why they are not known."""
    if not queries:
        return {}
    tokens = ("NextToken", "NextToken")
    wanted: dict[str, Any] = {"MetricDataQueries": list(queries.values()), "StartTime": times[0], "EndTime": times[1]}
    pages = list(ask_pages(cloudwatch.get_metric_data, _FORM, retry_policy, tokens, **wanted))
    # Such a message is of the answer as a whole. Source: API_GetMetricData.html.
    warnings = [message.get("Value", "") for page in pages for message in page.get("Messages", [])]
    if warnings:
        return dict.fromkeys(queries, NotTold(redact(warnings[0])))
    results = [page["MetricDataResults"] for page in pages]
    return {name: _points([[each for each in page if each["Id"] == name] for page in results]) for name in queries}


def _points(pages: Sequence[Sequence[Mapping[str, Any]]]) -> Points | NotTold:
    """Return the points that the results of one query have, page by page."""
    points: Points = {}
    # Of a metric whose points fill several pages, the last one says if it is whole.
    status = _NO_ANSWER
    for page in pages:
        if len(page) > 1:
            return NotTold("two results in one answer")
        for result in page:
            times, values = result.get("Timestamps", []), result.get("Values", [])
            if len(times) != len(values):
                return NotTold(f"{len(times)} timestamps with {len(values)} values")
            if not all(math.isfinite(value) and value >= 0 for value in values):
                return NotTold("a value that can be none of it")
            points |= dict(zip(times, values, strict=True))
            status = result.get("StatusCode", _NO_ANSWER)
    return points if status == _WHOLE else NotTold(redact(status))


def _query(query_id: str, metric: Metric, value: str, period_s: int) -> "MetricDataQueryTypeDef":
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
