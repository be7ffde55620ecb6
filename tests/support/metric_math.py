"""CloudWatch's metric math, as far as our alarms and dashboard use it. Source: using-metric-math.html."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from types import CodeType
from typing import Any


def _method(
    combine: Callable[[float, float], float],
) -> "Callable[[EvaluatedSeries, EvaluatedSeries | float], EvaluatedSeries]":
    return lambda series, other: series.combined(other, combine)


@dataclass(frozen=True)
class EvaluatedSeries:
    """A time series: its values by the second at which their periods begin, and when all periods begin.

    `absent_is_zero`: whether a metric without any value is 0 in arithmetic with another one. AWS documents that a
    single missing value is.
    """

    values: Mapping[int, float]
    begins_s: Sequence[int]
    absent_is_zero: bool = True

    def combined(self, other: "EvaluatedSeries | float", combine: Callable[[float, float], float]) -> "EvaluatedSeries":
        """Return the combined values. A missing value is 0 beside another series, and stays missing beside a number."""
        if not isinstance(other, EvaluatedSeries):
            return self._with({time: float(combine(value, other)) for time, value in self.values.items()})
        if not self.absent_is_zero and not (self.values and other.values):
            return self._with({})
        times = self.values.keys() | other.values.keys()
        values = {time: float(combine(self.values.get(time, 0.0), other.values.get(time, 0.0))) for time in times}
        return self._with(values)

    def _with(self, values: Mapping[int, float]) -> "EvaluatedSeries":
        # Not dataclasses.replace: it would double the time of an evaluation.
        return EvaluatedSeries(values, self.begins_s, self.absent_is_zero)

    __sub__ = _method(operator.sub)
    __mul__ = _method(operator.mul)
    __truediv__ = _method(operator.truediv)
    __gt__ = _method(operator.gt)
    __ge__ = _method(operator.ge)
    __le__ = _method(operator.le)


def evaluate(
    expression: str, operands: Mapping[str, EvaluatedSeries], period_s: int, *, fills_absent: bool = True
) -> EvaluatedSeries:
    """Return the series of an expression over other series.

    AWS does not document whether functions whose result is never sparse have values for a metric without any value in
    the range. `fills_absent` says whether they do.
    """

    def filled(series: EvaluatedSeries) -> Sequence[int]:
        return series.begins_s if series.values or fills_absent else ()

    def diff(series: EvaluatedSeries) -> EvaluatedSeries:
        times = sorted(series.values)
        return replace(
            series, values={later: series.values[later] - series.values[time] for time, later in pairwise(times)}
        )

    functions: dict[str, Any] = {
        "DIFF": diff,
        "EPOCH": lambda series: replace(series, values={time: float(time) for time in filled(series)}),
        "FILL": lambda series, number: replace(
            series, values={time: series.values.get(time, number) for time in filled(series)}
        ),
        "PERIOD": lambda _: period_s,
        "__builtins__": {},
    }
    # Our expressions use only syntax that Python has too.
    return eval(_compiled(expression), functions, dict(operands))  # type: ignore[no-any-return] # noqa: S307 - our own


@cache
def _compiled(expression: str) -> CodeType:
    return compile(expression, "expression", "eval")
