"""Metric math and the evaluation of alarms are as CloudWatch documents them."""

from dataclasses import replace

import pytest
from support.alarm_rules import AlarmRule, History, Rules, is_on, read_alarm
from support.metric_math import EvaluatedSeries, evaluate

PERIOD_S = 300
TIMES = [0, 300, 600, 900]


def series(*values: float | None) -> EvaluatedSeries:
    """Return a series of four periods; None is a missing value."""
    found = zip(TIMES, values, strict=True)
    return EvaluatedSeries({time: value for time, value in found if value is not None}, TIMES)


def values(expression: str, *, fills_absent: bool = True, **operands: EvaluatedSeries) -> list[float | None]:
    """Return the values of an expression."""
    result = evaluate(expression, operands, PERIOD_S, fills_absent=fills_absent).values
    return [result.get(time) for time in TIMES]


# Source: using-metric-math.html. Its own example of a comparison is the third.
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a - b", [10, 20, -20, 0]),
        ("a * b", [600, 0, 0, 0]),
        ("a <= b", [0, 0, 1, 1]),
        ("a >= 30", [1, 0, 0, 0]),
        ("b > 0", [1, None, 1, None]),
        ("b * 2", [40, None, 40, None]),
        ("a / PERIOD(a)", [0.1, 20 / 300, 0, 0]),
        ("FILL(b, 7)", [20, 7, 20, 7]),
        ("DIFF(a)", [None, -10, -20, 0]),
        # Of the values that there are.
        ("DIFF(b)", [None, None, 0, None]),
        ("EPOCH(b)", [0, 300, 600, 900]),
    ],
)
def test_an_expression_has_the_documented_values(expression: str, expected: list[float | None]) -> None:
    """With two series, a missing value is 0 if the other has one; with a number, it stays missing."""
    assert values(expression, a=series(30, 20, 0, 0), b=series(20, None, 20, None)) == expected


@pytest.mark.parametrize("expression", ["FILL(a, 0)", "EPOCH(a)"])
def test_a_metric_without_any_value_is_filled_or_not(expression: str) -> None:
    """The documentation does not say which, so the rules have both."""
    nothing = series(None, None, None, None)
    assert None not in values(expression, a=nothing)
    assert values(expression, a=nothing, fills_absent=False) == [None] * 4


@pytest.mark.parametrize(("absent_is_zero", "expected"), [(True, [1, 2, 3, 4]), (False, [None] * 4)])
def test_a_metric_without_any_value_is_zero_beside_another_or_not(
    *, absent_is_zero: bool, expected: list[float | None]
) -> None:
    """The documentation says this of a missing value, but not of a metric without values."""
    nothing = replace(series(None, None, None, None), absent_is_zero=absent_is_zero)
    assert values("a - b", a=replace(series(1, 2, 3, 4), absent_is_zero=absent_is_zero), b=nothing) == expected


# Source: alarms-and-missing-data.html, both tables, the column NOT BREACHING: three periods of 5 minutes are evaluated,
# and five retrieved. 0 is a good value, X a breaching one, - a missing one.
@pytest.mark.parametrize(
    ("points", "breaches", "expected"),
    [
        ("0-X-X", 3, False),
        ("0----", 3, False),
        ("-----", 3, False),
        ("0XX-X", 3, True),
        ("--X--", 3, False),
        ("0-X-X", 2, True),
        ("00X0X", 2, True),
        ("0-X--", 2, False),
        ("----0", 2, False),
        ("---X-", 2, False),
    ],
)
def test_an_alarm_is_evaluated_as_in_the_documented_tables(points: str, breaches: int, *, expected: bool) -> None:
    """There are more values than are evaluated, and some are missing."""
    alarm = AlarmRule({"watched": ("Errors", "Sum")}, "watched", PERIOD_S, 1.0, breaches, 3)
    minutes = {number * 5: float(point == "X") for number, point in enumerate(points) if point != "-"}
    assert is_on(alarm, History({"Errors": minutes}), 25, Rules(more_periods=2)) == expected


@pytest.mark.parametrize(("now", "expected"), [(101, True), (105, True), (106, False), (100, False)])
def test_periods_end_when_an_alarm_is_evaluated(now: int, *, expected: bool) -> None:
    """The evaluation is each minute, over the minutes before it. Source: AlarmThatSendsEmail.html."""
    alarm = AlarmRule({"watched": ("Errors", "Sum")}, "watched", PERIOD_S, 1.0, 1, 1)
    assert is_on(alarm, History({"Errors": {100: 1.0}}), now, Rules()) == expected


def test_a_late_value_is_not_seen_before_it_arrives() -> None:
    """It arrives three minutes after its minute."""
    alarm = AlarmRule({"watched": ("Errors", "Sum")}, "watched", PERIOD_S, 1.0, 1, 1)
    history = History({"Errors": {100: 1.0}})
    assert [is_on(alarm, history, now, Rules(delay=3)) for now in (103, 104)] == [False, True]


def test_an_alarm_of_another_kind_is_refused() -> None:
    """The rules here would be wrong for it."""
    values_of_another = {"comparison_operator": "LessThanThreshold", "treat_missing_data": "breaching"}
    with pytest.raises(ValueError, match="LessThanThreshold"):
        read_alarm(values_of_another)
