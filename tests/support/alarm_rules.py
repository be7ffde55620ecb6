"""How CloudWatch evaluates alarms, by its documentation: AlarmThatSendsEmail.html, alarms-and-missing-data.html."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import fsum
from typing import Any

from support.metric_math import EvaluatedSeries, evaluate

MINUTE_S = 60

# A metric's value of each minute: its sum or its maximum.
Minutes = Mapping[int, float]
AGGREGATES: dict[str, Callable[[Iterable[float]], float]] = {"Sum": fsum, "Maximum": max}


# Compared by identity, so that results for it can be cached.
@dataclass(frozen=True, eq=False)
class AlarmRule:
    """A deployed alarm. `metrics` has the name and the statistic of each metric, by its ID in the expression."""

    metrics: Mapping[str, tuple[str, str]]
    expression: str
    period_s: int
    threshold: float
    breaches: int
    of: int


@dataclass(frozen=True)
class Rules:
    """Rules of CloudWatch that its documentation leaves open, and how late metrics are.

    `more_periods`: how many older periods it evaluates if values are missing. `fills_absent`: whether functions fill a
    metric that has no value at all. `absent_is_zero`: whether such a metric is 0 in arithmetic with another one.
    `delay`: after how many minutes a value is known.
    """

    more_periods: int = 0
    fills_absent: bool = True
    absent_is_zero: bool = True
    delay: int = 0


def read_alarm(values: Mapping[str, Any]) -> AlarmRule:
    """Return the rule of a planned alarm. Ours start at the threshold, and a missing value does not breach it."""
    kind = (values["comparison_operator"], values["treat_missing_data"])
    if kind != ("GreaterThanOrEqualToThreshold", "notBreaching"):
        raise ValueError(f"Alarms with {kind} are not modeled.")
    stats = {query["id"]: query["metric"][0] for query in values["metric_query"] if query["metric"]}
    if stats:
        (expression,) = (query["expression"] for query in values["metric_query"] if query["return_data"])
        metrics = {name: (stat["metric_name"], stat["stat"]) for name, stat in stats.items()}
        (period_s,) = {stat["period"] for stat in stats.values()}
    else:
        expression, metrics = "watched", {"watched": (values["metric_name"], values["statistic"])}
        period_s = values["period"]
    return AlarmRule(
        metrics=metrics,
        expression=expression,
        period_s=int(period_s),
        threshold=float(values["threshold"]),
        breaches=int(values["datapoints_to_alarm"]),
        of=int(values["evaluation_periods"]),
    )


class History:
    """Metrics by their names. Values are cached, because alarms read them again and again."""

    def __init__(self, metrics: Mapping[str, Minutes]) -> None:
        self._metrics = metrics
        self.value = cache(self._value)

    def _value(self, name: str, statistic: str, begin: int, end: int) -> float | None:
        minutes = self._metrics.get(name, {})
        values = [minutes[minute] for minute in range(begin, end) if minute in minutes]
        return AGGREGATES[statistic](values) if values else None


def is_on(alarm: AlarmRule, history: History, now: int, rules: Rules) -> bool:
    """Return whether an alarm is on when it is evaluated at a minute, over periods that end then.

    Older values count in place of missing ones. If these are too few as well, missing values do not breach.
    """
    period = alarm.period_s // MINUTE_S
    begins = [now - number * period for number in range(alarm.of + rules.more_periods, 0, -1)]
    values = tuple(
        tuple(history.value(metric, statistic, begin, min(begin + period, now - rules.delay)) for begin in begins)
        for metric, statistic in alarm.metrics.values()
    )
    # Only an expression with EPOCH depends on the time. For all others, equal values share a cached result.
    first = begins[0] if "EPOCH" in alarm.expression else 0
    return _is_on(alarm, values, first, rules)


@cache
def _is_on(alarm: AlarmRule, values: tuple[tuple[float | None, ...], ...], first: int, rules: Rules) -> bool:
    operands = {}
    for name, of_metric in zip(alarm.metrics, values, strict=True):
        begins_s = range(first * MINUTE_S, first * MINUTE_S + len(of_metric) * alarm.period_s, alarm.period_s)
        by_time = dict(zip(begins_s, of_metric, strict=True))
        known = {begin_s: value for begin_s, value in by_time.items() if value is not None}
        operands[name] = EvaluatedSeries(known, begins_s, rules.absent_is_zero)
    watched = evaluate(alarm.expression, operands, alarm.period_s, fills_absent=rules.fills_absent).values
    latest = sorted(watched, reverse=True)[: alarm.of]
    return sum(watched[time] >= alarm.threshold for time in latest) >= alarm.breaches


def times_on(alarm: AlarmRule, history: History, span: range, rules: Rules) -> Iterator[range]:
    """Return the ranges of minutes in which an alarm is on that is created at the beginning of a span."""
    begun = None
    for now in span:
        on = is_on(alarm, history, now, rules)
        if on and begun is None:
            begun = now
        if not on and begun is not None:
            yield range(begun, now)
            begun = None
    if begun is not None:
        yield range(begun, span.stop)
