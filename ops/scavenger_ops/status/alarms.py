"""Reads the alarms of a deployment from CloudWatch."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scavenger.redaction import redact

from scavenger_ops.aws.ask import RetryPolicy, ask_pages
from scavenger_ops.status.facts import Alarm

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

# Those of modules/monitoring, by the ends of their names; one of them only with a failure bucket.
GIVEN_UP = "given-up"
KEYS = (
    "iterator-age",
    "errors",
    "throttles",
    GIVEN_UP,
    "dropped",
    "quarantined",
    "write-throttling",
    "stopped",
)

# So their descriptions end, which tells them from others' alarms. Alarms of older deployments name operations.md.
_SECTION = re.compile(r"\b(?:alarms|operations)\.md, section ([a-z-]+)\.")

_DIMENSIONS = [{"Value": str}]
_FORM = {
    "MetricAlarms": [
        {
            "AlarmName": str,
            "AlarmDescription?": str,
            "StateValue": str,
            "StateReason?": str,
            "StateUpdatedTimestamp": datetime,
            "ActionsEnabled": bool,
            "AlarmActions?": [str],
            "Dimensions?": _DIMENSIONS,
            "Metrics?": [{"MetricStat?": {"Metric": {"Dimensions?": _DIMENSIONS}}}],
        }
    ]
}


def list_alarms(cloudwatch: "CloudWatchClient", name: str, retry_policy: RetryPolicy) -> list[Mapping[str, Any]]:
    """Return the alarms whose names begin as those of the deployment do, as CloudWatch has them."""
    tokens = ("NextToken", "NextToken")
    pages = ask_pages(cloudwatch.describe_alarms, _FORM, retry_policy, tokens, AlarmNamePrefix=f"{name}-")
    return [alarm for page in pages for alarm in page["MetricAlarms"]]


def choose_alarms(
    alarms: Collection[Mapping[str, Any]], name: str, parts: Collection[str], *, is_complete: bool
) -> tuple[Alarm, ...]:
    """Return the alarms that watch the deployment's parts, by the parts' names.

    Where some of these are not known, the names of alarms tell.
    """
    keys = {f"{name}-{key}" for key in KEYS}
    return tuple(
        _alarm(alarm) for alarm in alarms if _watches(alarm, parts) or (not is_complete and alarm["AlarmName"] in keys)
    )


def _alarm(alarm: Mapping[str, Any]) -> Alarm:
    section = _SECTION.search(alarm.get("AlarmDescription", ""))
    return Alarm(
        name=alarm["AlarmName"],
        reason=redact(alarm.get("StateReason", "")),
        state=redact(alarm["StateValue"]),
        changed_at=alarm["StateUpdatedTimestamp"],
        has_actions=bool(alarm.get("AlarmActions")),
        is_silenced=not alarm["ActionsEnabled"],
        key=section[1] if section and section[1] in KEYS else None,
    )


def _watches(alarm: Mapping[str, Any], parts: Collection[str]) -> bool:
    """Tell the alarms of `orders` from those of a deployment `orders-test`, whose names begin with the same."""
    metrics = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    values = [
        dimension["Value"]
        for dimensions in (alarm.get("Dimensions", []), *(metric.get("Dimensions", []) for metric in metrics))
        for dimension in dimensions
    ]
    return not values or any(value in parts for value in values)
