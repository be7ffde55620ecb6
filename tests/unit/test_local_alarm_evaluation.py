"""The local AWS evaluates alarms as CloudWatch documents it."""

import contextvars
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from ministack.core.responses import request_scope
from ministack.services import cloudwatch
from scavenger_ops.local import alarm_evaluation
from scavenger_ops.local.alarm_evaluation import (
    INTERVAL_S,
    evaluate,
    evaluate_all,
    new_state,
    reason_of,
    recent_values,
)

NOW = 1_800_000_000.0


@pytest.fixture
def alarm() -> Iterator[dict[str, Any]]:
    """Return an alarm that three errors within one of two periods start, on a metric of its own."""
    function = uuid4().hex
    yield {
        "AlarmName": function,
        "AlarmArn": f"arn:{function}",
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": function}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 1,
        "Threshold": 3.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
    }
    vars(cloudwatch)["_metrics"].clear()


def publish(function: str, at: float, value: float) -> None:
    """Add an error count."""
    cloudwatch.record_metric("AWS/Lambda", "Errors", value, "Count", {"FunctionName": function})
    key = cloudwatch._dims_key({"FunctionName": function})  # noqa: SLF001 - there is no other
    vars(cloudwatch)["_metrics"]["AWS/Lambda", "Errors", key][-1]["Timestamp"] = at


def test_each_period_has_a_value_of_its_own(alarm: dict[str, Any]) -> None:
    """The latest ends now. Values of another function, and older ones, do not count."""
    for age_s, value in ((10, 1), (20, 1), (310, 5), (610, 9)):
        publish(alarm["AlarmName"], NOW - age_s, value)
    publish("another", NOW - 10, 7)
    assert recent_values(alarm, NOW) == [5, 2]
    assert recent_values(alarm, NOW + 300) == [2, None]


@pytest.mark.parametrize(
    ("treatment", "values", "state"),
    [
        ("notBreaching", [None, None], "OK"),
        ("notBreaching", [None, 3.0], "ALARM"),
        ("notBreaching", [3.0, None], "ALARM"),
        ("breaching", [None, 0.0], "ALARM"),
        ("missing", [None, None], "INSUFFICIENT_DATA"),
        ("missing", [None, 0.0], "OK"),
        ("ignore", [None, None], "as before"),
        ("ignore", [None, 4.0], "ALARM"),
    ],
)
def test_missing_data_is_treated_as_the_alarm_says(
    alarm: dict[str, Any], treatment: str, values: list[float | None], state: str
) -> None:
    """One of the two periods must breach."""
    assert new_state({**alarm, "TreatMissingData": treatment, "StateValue": "as before"}, values) == state


def test_without_a_number_of_datapoints_all_periods_must_breach(alarm: dict[str, Any]) -> None:
    """As in AWS, DatapointsToAlarm is then the number of periods."""
    del alarm["DatapointsToAlarm"]
    assert new_state(alarm, [3.0, 2.0]) == "OK"
    assert new_state(alarm, [3.0, 3.0]) == "ALARM"


def test_an_alarm_ends_when_its_values_are_too_old(alarm: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """No new value is needed for that."""
    publish(alarm["AlarmName"], time.time(), 3)
    evaluate(alarm)
    assert alarm["StateValue"] == "ALARM"
    later = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: later)
    evaluate(alarm)
    assert alarm["StateValue"] == "OK"


def test_a_state_that_somebody_sets_lasts_until_the_result_changes(alarm: dict[str, Any]) -> None:
    """An alarm with the name of a deleted one is a new alarm."""
    evaluate(alarm)
    assert alarm["StateValue"] == "OK"
    created = {**alarm, "StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation"}
    alarm["StateValue"] = "ALARM"
    evaluate(alarm)
    assert alarm["StateValue"] == "ALARM"
    evaluate(created)
    assert created["StateValue"] == "OK"


def test_an_alarm_that_cannot_be_evaluated_leaves_the_others_their_turn(
    alarm: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One broken alarm must not end the evaluation for good."""
    broken = {"AlarmName": "broken", "MetricName": "Errors", "ComparisonOperator": "GreaterThanThreshold"}
    alarms = [(("000000000000", "us-east-1", each["AlarmName"]), each) for each in (broken, alarm)]
    monkeypatch.setattr(cloudwatch, "_alarms", SimpleNamespace(all_items=lambda: alarms))
    evaluate_all()
    assert alarm["StateValue"] == "OK"


def test_the_reason_is_in_words(alarm: dict[str, Any]) -> None:
    """Status shows it as the cause."""
    assert reason_of(alarm, [None, 1.0]) == "Errors in the last 2 periods of 300 s: none, 1. Threshold: 3."
    assert reason_of(alarm, [4.5]) == "Errors in the last period of 300 s: 4.5. Threshold: 3."


def test_an_alarm_on_an_expression_is_left_alone(alarm: dict[str, Any]) -> None:
    """It has no metric of its own."""
    del alarm["MetricName"]
    evaluate(alarm)
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"


class SleptEnough(Exception):  # noqa: N818 - not an error
    """The test has seen enough."""


def test_all_alarms_are_evaluated_again_and_again(alarm: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with the metrics of its own account and Region."""
    account, region = "111122223333", "eu-west-1"
    with request_scope(account, region):
        publish(alarm["AlarmName"], time.time(), 3)
    alarms = vars(cloudwatch)["_alarms"]
    other = {**alarm, "AlarmArn": "other", "AlarmName": alarm["AlarmName"]}
    alarms.set_scoped(account, region, alarm["AlarmName"], alarm)
    alarms.set_scoped(account, "us-west-2", alarm["AlarmName"], other)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise SleptEnough

    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(SleptEnough):
        contextvars.copy_context().run(alarm_evaluation._evaluate_forever)  # noqa: SLF001 - there is no other
    alarms.clear()
    assert (alarm["StateValue"], other["StateValue"], slept) == ("ALARM", "OK", [INTERVAL_S] * 3)


def test_ministack_evaluates_with_this_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is installed, when a value comes, and in a thread that ends with the process."""
    started: list[threading.Thread] = []
    monkeypatch.setattr(cloudwatch, "_evaluate_alarm", None)

    def start(thread: threading.Thread) -> None:
        started.append(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    alarm_evaluation.install()
    (thread,) = started
    assert vars(cloudwatch)["_evaluate_alarm"] is evaluate
    assert thread.daemon
