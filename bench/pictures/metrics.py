"""What CloudWatch makes of metrics: values by the period, expressions over them, lines and the states of alarms."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, fsum, isnan, nan
from statistics import fmean
from typing import Any, NamedTuple


class Metric(NamedTuple):
    """A metric by its namespace and name and, since both tables have the same, by the end of its table's name."""

    namespace: str
    name: str
    table: str = ""


class Sample(NamedTuple):
    """A value that was written, and when, in seconds since the start."""

    time_s: float
    value: float


class Query(NamedTuple):
    """Values to find: of a metric by a statistic or, without a metric, of an expression over others by their names."""

    name: str
    metric: Metric | None = None
    statistic: str = ""
    expression: str = ""


class Line(NamedTuple):
    """A line of a widget: its label, and its values by the period, none if they are unknown."""

    label: str
    values: list[float]


STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {"Sum": fsum, "Average": fmean, "Maximum": max}


class Recording(NamedTuple):
    """All that was written in so many seconds."""

    samples: Mapping[Metric, Sequence[Sample]]
    duration_s: float

    def answer(self, queries: Sequence[Query], period_s: int) -> dict[str, list[float]]:
        """Give each query's values by the period, NaN where nothing was written; none if nothing is known of it."""
        found = {query.name: self._values(query.metric, query.statistic, period_s) for query in queries if query.metric}
        expressions = {query.name: query.expression for query in queries if not query.metric}
        return found | {name: evaluate(expression, found, period_s) for name, expression in expressions.items()}

    def _values(self, metric: Metric, statistic: str, period_s: int) -> list[float]:
        if metric not in self.samples:
            return []
        parts: list[list[float]] = [[] for _ in range(ceil(self.duration_s / period_s))]
        for time_s, value in self.samples[metric]:
            if time_s < self.duration_s:
                parts[int(time_s // period_s)].append(value)
        return [STATISTICS[statistic](part) if part else nan for part in parts]


def evaluate(expression: str, operands: Mapping[str, Sequence[float]], period_s: int) -> list[float]:
    """Evaluate an expression for each period; without values if an operand is unknown.

    What ours use of CloudWatch's syntax is also Python's. Source: using-metric-math.html.
    """
    functions: dict[str, Any] = {
        "PERIOD": lambda _: period_s,
        "FILL": lambda value, filling: filling if isnan(value) else value,
        "IF": lambda condition, yes, no: yes if condition else no,
        "__builtins__": {},
    }
    code = compile(expression, "expression", "eval")
    used = {name: operands[name] for name in code.co_names if name not in functions}
    moments = (dict(zip(used, values, strict=True)) for values in zip(*used.values(), strict=False))
    return [float(eval(code, functions, moment)) for moment in moments]  # noqa: S307 - our own configuration


def find_lines(properties: Mapping[str, Any], recording: Recording) -> list[Line]:
    """Give the lines of a widget with these properties, in their order."""
    queries, labels = [], {}
    # Namespace, name, then names and values of dimensions in turn, and options; an expression has its options alone.
    for *of, options in properties["metrics"]:
        metric = _metric(of[0], of[1], dict(zip(of[2::2], of[3::2], strict=True))) if of else None
        queries.append(Query(options["id"], metric, options.get("stat", ""), options.get("expression", "")))
        if options.get("visible", True):
            labels[options["id"]] = options["label"]
    found = recording.answer(queries, properties["period"])
    return [Line(label, found[name]) for name, label in labels.items()]


def is_on(alarm: Mapping[str, Any], recording: Recording) -> bool:
    """Say whether an alarm, by Terraform's names, is on in the end; all of ours begin at the threshold and above."""
    # One on a metric is taken as a query of it.
    one = {"id": "watched", "metric": [{**alarm, "stat": alarm["statistic"]}], "return_data": True}
    parts = alarm["metric_query"] or [one]
    (watched,) = (part["id"] for part in parts if part["return_data"])
    # All have the same, as CloudWatch demands.
    (period_s,) = {stat["period"] for part in parts for stat in part["metric"]}
    values = recording.answer([_query(part) for part in parts], period_s)[watched]
    threshold, latest = float(alarm["threshold"]), values[-alarm["evaluation_periods"] :]
    return sum(value >= threshold for value in latest) >= int(alarm["datapoints_to_alarm"])


def _query(part: Mapping[str, Any]) -> Query:
    if not part["metric"]:
        return Query(part["id"], expression=part["expression"])
    (stat,) = part["metric"]
    return Query(part["id"], _metric(stat["namespace"], stat["metric_name"], stat["dimensions"]), stat["stat"])


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
    """Give the metric with these dimensions; the tables are <name>-messages and <name>-staging."""
    return Metric(namespace, name, dimensions.get("TableName", "").rpartition("-")[2])
