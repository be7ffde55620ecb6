"""Reads the alarms of a deployment from CloudWatch."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws.ask import RetryPolicy, ask_pages
from scavenger.redaction import redact

from scavenger_ops.status.facts import AlarmFacts

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

# The alarms of modules/monitoring, by the ends of their names. The first of these exists only with a failure bucket,
# the second only if its input is set.
GIVEN_UP = "given-up"
OLDEST_UNPROCESSED = "oldest-unprocessed"
KEYS = (
    "iterator-age",
    "errors",
    "throttles",
    GIVEN_UP,
    "dropped",
    "quarantined",
    "write-throttling",
    "stopped",
    OLDEST_UNPROCESSED,
)

# The end of their descriptions, which other alarms do not have. Until 0.1.0, the page was operations.md.
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
    """Return CloudWatch's descriptions of the alarms whose names begin like those of the deployment."""
    tokens = ("NextToken", "NextToken")
    pages = ask_pages(cloudwatch.describe_alarms, _FORM, retry_policy, tokens, AlarmNamePrefix=f"{name}-")
    return [alarm for page in pages for alarm in page["MetricAlarms"]]


def choose_alarms(
    alarms: Collection[Mapping[str, Any]], name: str, parts: Collection[str], *, is_complete: bool
) -> tuple[AlarmFacts, ...]:
    """Return the alarms that watch the deployment's parts, by the names of the parts.

    If not all parts are known (`is_complete`), an alarm with the name of one of the module's alarms counts too.
    """
    names = {f"{name}-{key}" for key in KEYS}
    return tuple(
        _alarm(alarm) for alarm in alarms if _watches(alarm, parts) or (not is_complete and alarm["AlarmName"] in names)
    )


def _alarm(alarm: Mapping[str, Any]) -> AlarmFacts:
    section = _SECTION.search(alarm.get("AlarmDescription", ""))
    return AlarmFacts(
        name=alarm["AlarmName"],
        reason=redact(alarm.get("StateReason", "")),
        state=redact(alarm["StateValue"]),
        changed_at=alarm["StateUpdatedTimestamp"],
        has_actions=bool(alarm.get("AlarmActions")),
        is_silenced=not alarm["ActionsEnabled"],
        key=section[1] if section and section[1] in KEYS else None,
    )


def _watches(alarm: Mapping[str, Any], parts: Collection[str]) -> bool:
    """Return whether an alarm watches one of the parts.

    The alarms of a deployment `orders-test` have names that begin with `orders-` too, but they watch other parts.
    """
    metrics = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    values = [
        dimension["Value"]
        for dimensions in (alarm.get("Dimensions", []), *(metric.get("Dimensions", []) for metric in metrics))
        for dimension in dimensions
    ]
    return not values or any(value in parts for value in values)
