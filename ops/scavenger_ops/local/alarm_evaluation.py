"""Evaluates the alarms of the local AWS by CloudWatch's rules, as time passes and not only when a value comes.

MiniStack evaluates an alarm when somebody publishes a value, over all periods at once, and with all metrics of a name.
It does not know missing data. CloudWatch evaluates each period, and uses the metric that has exactly the alarm's
dimensions. Alarms on expressions are not evaluated here.
Source: alarms-and-missing-data.html, alarm-evaluation.html, cloudwatch_concepts.html (Dimensions).
"""

import operator
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch

# CloudWatch evaluates once a minute. Here, people wait for it.
INTERVAL_S = 10
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
# The last result for each alarm, by its ARN. A state that somebody sets lasts until the result changes.
RESULTS: dict[str, str] = {}


def install() -> None:
    """Let MiniStack use this module, also while nothing is published."""
    cloudwatch._evaluate_alarm = evaluate  # noqa: SLF001 - there is no other
    threading.Thread(target=_evaluate_forever, daemon=True, name="alarms").start()


def _evaluate_forever() -> None:
    while True:
        time.sleep(INTERVAL_S)
        evaluate_all()


def evaluate_all() -> None:
    """Evaluate every alarm, in its account and Region."""
    for (account, region, _), alarm in cloudwatch._alarms.all_items():  # noqa: SLF001 - there is no other
        # The thread of this module has a context of its own.
        responses._request_account_id.set(account)  # noqa: SLF001 - there is no other
        responses._request_region.set(region)  # noqa: SLF001 - likewise
        try:
            evaluate(alarm)
        except Exception:  # noqa: BLE001 - the others, and the next evaluations, must go on.
            cloudwatch.logger.exception("Alarm %s cannot be evaluated", alarm.get("AlarmName"))


def evaluate(alarm: dict[str, Any]) -> None:
    """Evaluate an alarm on a metric now. If its state changes, its actions run."""
    if not alarm.get("MetricName") or alarm["ComparisonOperator"] not in COMPARISONS:
        return
    values = recent_values(alarm, time.time())
    new, old = new_state(alarm, values), alarm["StateValue"]
    is_created = alarm["StateReason"].startswith("Unchecked")
    if not is_created and RESULTS.get(alarm["AlarmArn"]) == new:
        return
    RESULTS[alarm["AlarmArn"]] = new
    if new != old:
        reason = reason_of(alarm, values)
        alarm |= {"StateValue": new, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
        cloudwatch._record_history(alarm["AlarmName"], old, new, reason)  # noqa: SLF001 - there is no other
        cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)  # noqa: SLF001 - likewise


def reason_of(alarm: Mapping[str, Any], values: Sequence[float | None]) -> str:
    """Return the reason of a state in words, since `scavenger status` shows it as a cause."""
    shown = ", ".join("none" if value is None else f"{value:g}" for value in values)
    periods = f"last {len(values)} periods" if len(values) > 1 else "last period"
    return f"{alarm['MetricName']} in the {periods} of {alarm['Period']} s: {shown}. Threshold: {alarm['Threshold']:g}."


def recent_values(alarm: dict[str, Any], now: float) -> list[float | None]:
    """Return the alarm's value in each period that it evaluates, the latest last. The latest period ends now."""
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))  # noqa: SLF001
    points = list(cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or [])  # noqa: SLF001
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    periods = [now - number * alarm["Period"] for number in range(alarm["EvaluationPeriods"], 0, -1)]
    return [_value([p for p in points if 0 < p["Timestamp"] - at <= alarm["Period"]], statistic) for at in periods]


def _value(points: list[dict[str, Any]], statistic: str) -> float | None:
    if not points:
        return None
    value: float | None = cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)  # noqa: SLF001
    return value


def new_state(alarm: dict[str, Any], values: Sequence[float | None]) -> str:
    """Return the state of an alarm with these values; None stands for a period without any."""
    treatment, compare = alarm.get("TreatMissingData", "missing"), COMPARISONS[alarm["ComparisonOperator"]]
    known = [value for value in values if value is not None]
    if not known and treatment in {"missing", "ignore"}:
        return "INSUFFICIENT_DATA" if treatment == "missing" else str(alarm["StateValue"])
    breaches = sum(compare(value, alarm["Threshold"]) for value in known)
    if treatment == "breaching":
        breaches += len(values) - len(known)
    return "ALARM" if breaches >= alarm.get("DatapointsToAlarm", len(values)) else "OK"
