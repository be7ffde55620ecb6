"""The metrics that status reads: their names in CloudWatch, their dimensions, and how far back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from reconciler.metric_names import RUN_METRICS
from scavenger.metric_names import METRICS, METRICS_NAMESPACE

from scavenger_ops.status.series import RECENT

# The windows of the metrics: RECENT shows what is true now, an hour the trend. A day is for what does not pass by
# itself, so that nobody overlooks it.
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The reconciler runs every night or every week, as a rule: the last run is shown, even if the next did not come.
# CloudWatch keeps points of a minute for 15 days (API_GetMetricData.html). With longer periods, a run that repairs a
# failed one would be in the same point.
RUNS = timedelta(days=14)

# The kind of resource that a metric's dimension names.
Owner = Literal["function", "service", "staging", "messages", "mapping"]


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A metric: its names, its dimension and whose name that has, how far back to read it, and the statistic."""

    namespace: str
    name: str
    dimension: str
    of: Owner
    window: timedelta
    statistic: str = "Sum"


def _own(field: str) -> MetricQuery:
    """Return the query of one of the function's own metrics."""
    return MetricQuery(METRICS_NAMESPACE, METRICS[field][0], "service", "service", HOUR)


def _of_run(field: str) -> MetricQuery:
    """Return the query of a metric that each run of the reconciler writes once, in the name of the function."""
    return MetricQuery(METRICS_NAMESPACE, RUN_METRICS[field][0], "service", "function", RUNS, "Maximum")


def _lambdas(name: str, window: timedelta, statistic: str = "Sum") -> MetricQuery:
    return MetricQuery("AWS/Lambda", name, "FunctionName", "function", window, statistic)


def _mappings(name: str, window: timedelta) -> MetricQuery:
    return MetricQuery("AWS/Lambda", name, "EventSourceMappingUUID", "mapping", window)


# By the names of the fields of MetricFacts.
_QUERIES = {
    "lag_ms": _lambdas("IteratorAge", RECENT, "Maximum"),
    "written": MetricQuery("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "messages", HOUR),
    "polled": _mappings("PolledEventCount", HOUR),
    "filtered_out": _mappings("FilteredOutEventCount", HOUR),
    "invocations": _lambdas("Invocations", HOUR),
    **{field: _own(field) for field in ("received", "deleted", "would_delete", "superseded", "duplicates", "ignored")},
    "write_throttles": MetricQuery("AWS/DynamoDB", "WriteThrottleEvents", "TableName", "staging", HOUR),
    "unprocessed": _own("unprocessed"),
    "throttles": _lambdas("Throttles", HOUR),
    "errors": _lambdas("Errors", HOUR),
    "failed": _own("failed"),
    "quarantined": _own("quarantined"),
    "retries_exhausted": _mappings("OnFailureDestinationDeliveredEventCount", DAY),
    "dropped": _mappings("DroppedEventCount", DAY),
    "lag_of_day_ms": _lambdas("IteratorAge", DAY, "Maximum"),
    "unprocessed_rows": _of_run("unprocessed"),
    "oldest_unprocessed_s": _of_run("oldest_unprocessed_s"),
    "failed_segments": _of_run("failed_segments"),
}


def metric_query(field: str) -> MetricQuery:
    """Return the query of a field of MetricFacts."""
    return _QUERIES[field]


def fields_of(owners: Collection[Owner]) -> list[str]:
    """Return the fields of MetricFacts whose metrics belong to these kinds of resources."""
    return [field for field, query in _QUERIES.items() if query.of in owners]
