"""Reads a deployment's metrics from CloudWatch."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws.ask import RetryPolicy, ask_pages
from reconciler.aws.form import NUMBER
from scavenger.redaction import redact

from scavenger_ops.status.metric_queries import DAY, HOUR, RUNS, MetricQuery, Owner, fields_of, metric_query
from scavenger_ops.status.series import MetricSeries

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

# The periods of the points in seconds, by how far back a request goes. Most metrics have a point a minute. Of a day,
# 288 points are enough to add up. A reconciler writes few points, whatever their period.
PERIODS_S = {HOUR: 60, DAY: 300, RUNS: 60}

# The status of a metric's points in an answer that AWS does not refuse as a whole. Source: API_MetricDataResult.html.
_COMPLETE = "Complete"
_FORBIDDEN = "Forbidden"
_NO_RESULT = "no result"
_FORM = {
    "MetricDataResults": [{"Id": str, "StatusCode?": str, "Timestamps?": [datetime], "Values?": [NUMBER]}],
    "Messages?": [{"Value?": str}],
}

Points = dict[datetime, float]


@dataclass(frozen=True, slots=True)
class UnknownMetric:
    """The reason why an answer does not have a metric."""

    status: str

    @property
    def is_denial(self) -> bool:
        """Whether a permission is missing."""
        return self.status == _FORBIDDEN


def read_metrics(
    cloudwatch: "CloudWatchClient", names: Mapping[Owner, Sequence[str]], at: datetime, retry_policy: RetryPolicy
) -> dict[str, MetricSeries | UnknownMetric]:
    """Return the metrics of these resources up to a moment, by field. Resources of one kind are added up."""
    series: dict[str, MetricSeries | UnknownMetric] = {}
    queries = {field: metric_query(field) for field in fields_of(names)}
    for window, period_s in PERIODS_S.items():
        fields = {field: query for field, query in queries.items() if max(query.window, HOUR) == window}
        ids = {
            field: {name: f"{field}_{number}" for number, name in enumerate(names[query.of])}
            for field, query in fields.items()
        }
        requests = {
            query_id: _request(query_id, fields[field], name, period_s)
            for field, of_names in ids.items()
            for name, query_id in of_names.items()
        }
        answers = _ask(cloudwatch, requests, (at - window, at), retry_policy)
        series |= {
            field: _add_up(query, {name: answers[query_id] for name, query_id in ids[field].items()}, at)
            for field, query in fields.items()
        }
    return series


def _add_up(
    query: MetricQuery, answers: Mapping[str, Points | UnknownMetric], at: datetime
) -> MetricSeries | UnknownMetric:
    """Return one series with those of all names as its parts. It is not known if one of these is not known."""
    points: Points = {}
    parts: dict[str, MetricSeries] = {}
    for name, answer in answers.items():
        if isinstance(answer, UnknownMetric):
            return answer
        for time, value in answer.items():
            before = points.get(time, 0.0)
            points[time] = max(before, value) if query.statistic == "Maximum" else before + value
        parts[name] = MetricSeries(tuple(sorted(answer.items())))
    return MetricSeries(tuple(sorted(points.items())), parts if len(parts) > 1 else {}).since(at - query.window)


def _ask(
    cloudwatch: "CloudWatchClient",
    requests: "Mapping[str, MetricDataQueryTypeDef]",
    times: tuple[datetime, datetime],
    retry_policy: RetryPolicy,
) -> dict[str, Points | UnknownMetric]:
    """Return the points of each query, or why they are not known."""
    if not requests:
        return {}
    tokens = ("NextToken", "NextToken")
    wanted: dict[str, Any] = {"MetricDataQueries": list(requests.values()), "StartTime": times[0], "EndTime": times[1]}
    pages = list(ask_pages(cloudwatch.get_metric_data, _FORM, retry_policy, tokens, **wanted))
    # Such a message is about the answer as a whole. Source: API_GetMetricData.html.
    warnings = [message.get("Value", "") for page in pages for message in page.get("Messages", [])]
    if warnings:
        return dict.fromkeys(requests, UnknownMetric(redact(warnings[0])))
    results = [page["MetricDataResults"] for page in pages]
    return {name: _points([[each for each in page if each["Id"] == name] for page in results]) for name in requests}


def _points(pages: Sequence[Sequence[Mapping[str, Any]]]) -> Points | UnknownMetric:
    """Return the points in the results of one query, page by page."""
    points: Points = {}
    # If the points of a metric fill several pages, the last page says whether they are complete.
    status = _NO_RESULT
    for page in pages:
        if len(page) > 1:
            return UnknownMetric("two results in one answer")
        for result in page:
            times, values = result.get("Timestamps", []), result.get("Values", [])
            if len(times) != len(values):
                return UnknownMetric(f"{len(times)} timestamps with {len(values)} values")
            if not all(math.isfinite(value) and value >= 0 for value in values):
                return UnknownMetric("an impossible value")
            points |= dict(zip(times, values, strict=True))
            status = result.get("StatusCode", _NO_RESULT)
    return points if status == _COMPLETE else UnknownMetric(redact(status))


def _request(query_id: str, query: MetricQuery, name: str, period_s: int) -> "MetricDataQueryTypeDef":
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {
                "Namespace": query.namespace,
                "MetricName": query.name,
                "Dimensions": [{"Name": query.dimension, "Value": name}],
            },
            "Period": period_s,
            "Stat": query.statistic,
        },
    }
