"""Evaluate metrics as CloudWatch does: values per period, expressions, lines of widgets, and states of alarms."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, isnan, nan
from statistics import fmean
from typing import Any, NamedTuple

from support import alarm_rules
from support.alarm_rules import History, Rules
from support.metric_math import EvaluatedSeries, evaluate


class DashboardMetric(NamedTuple):
    """A metric's namespace and name, and the end of its table's name, since both tables have the same metrics."""

    namespace: str
    name: str
    table: str = ""


class MetricSample(NamedTuple):
    """A value that was written, and its time in seconds since the start."""

    time_s: float
    value: float


class Query(NamedTuple):
    """Values to find: of a metric and a statistic or, without a metric, of an expression over other queries by name."""

    name: str
    metric: DashboardMetric | None = None
    statistic: str = ""
    expression: str = ""


class Line(NamedTuple):
    """A line of a widget: its label, and its values per period. The list is empty if they are unknown."""

    label: str
    values: list[float]


STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {**alarm_rules.AGGREGATES, "Average": fmean}


class Recording(NamedTuple):
    """Everything that was written within the duration."""

    samples: Mapping[DashboardMetric, Sequence[MetricSample]]
    duration_s: float

    def answer(self, queries: Sequence[Query], period_s: int) -> dict[str, list[float]]:
        """Return each query's values per period: NaN if nothing was written, an empty list if the metric is unknown."""
        found = {query.name: self._values(query.metric, query.statistic, period_s) for query in queries if query.metric}
        expressions = {query.name: query.expression for query in queries if not query.metric}
        return found | {name: _evaluate(expression, found, period_s) for name, expression in expressions.items()}

    def by_minute(self, stat: Mapping[str, Any]) -> dict[int, float]:
        """Return the values of an alarm's metric by minute."""
        metric = _metric(stat["namespace"], stat["metric_name"], stat["dimensions"])
        values = self._values(metric, stat["stat"], alarm_rules.MINUTE_S)
        return {minute: value for minute, value in enumerate(values) if not isnan(value)}

    def _values(self, metric: DashboardMetric, statistic: str, period_s: int) -> list[float]:
        if metric not in self.samples:
            return []
        parts: list[list[float]] = [[] for _ in range(ceil(self.duration_s / period_s))]
        for time_s, value in self.samples[metric]:
            if time_s < self.duration_s:
                parts[int(time_s // period_s)].append(value)
        return [STATISTICS[statistic](part) if part else nan for part in parts]


def _evaluate(expression: str, found: Mapping[str, Sequence[float]], period_s: int) -> list[float]:
    """Return the values of an expression over those that were found; an empty list if an operand is unknown."""
    used = {name: found[name] for name in compile(expression, "expression", "eval").co_names if name in found}
    if not all(used.values()):
        return []
    begins_s = [number * period_s for number in range(max(map(len, used.values())))]
    operands = {
        name: EvaluatedSeries(
            {time: value for time, value in zip(begins_s, values, strict=True) if not isnan(value)}, begins_s
        )
        for name, values in used.items()
    }
    result = evaluate(expression, operands, period_s)
    return [result.values.get(time, nan) for time in begins_s]


def find_lines(properties: Mapping[str, Any], recording: Recording) -> list[Line]:
    """Return the lines of a widget with these properties, in their order."""
    queries, labels = [], {}
    # Namespace, name, then names and values of dimensions in turn, and options. An expression has only options.
    for *of, options in properties["metrics"]:
        metric = _metric(of[0], of[1], dict(zip(of[2::2], of[3::2], strict=True))) if of else None
        queries.append(Query(options["id"], metric, options.get("stat", ""), options.get("expression", "")))
        if options.get("visible", True):
            labels[options["id"]] = options["label"]
    found = recording.answer(queries, properties["period"])
    return [Line(label, found[name]) for name, label in labels.items()]


def is_on(alarm: Mapping[str, Any], recording: Recording) -> bool:
    """Return whether an alarm, with Terraform's attribute names, is on at the end of a recording."""
    stats = [stat for query in alarm["metric_query"] for stat in query["metric"]]
    stats = stats or [{**alarm, "stat": alarm["statistic"]}]
    history = History({stat["metric_name"]: recording.by_minute(stat) for stat in stats})
    return alarm_rules.is_on(alarm_rules.read_alarm(alarm), history, int(recording.duration_s // 60), Rules())


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> DashboardMetric:
    """Return the metric with these dimensions. The tables are <name>-messages and <name>-staging."""
    return DashboardMetric(namespace, name, dimensions.get("TableName", "").rpartition("-")[2])
