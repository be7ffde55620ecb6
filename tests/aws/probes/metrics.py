"""Reads sums of a table's metrics, which CloudWatch has minutes later."""

import time
from datetime import UTC, datetime, timedelta

from aws.account import Aws
from aws.waiting import wait_for

# CloudWatch has a minute's values some minutes later, and not all at the same time.
_UNCHANGED_S = 120
_TIMEOUT_S = 900


def sum_of_metric(aws: Aws, table: str, metric: str) -> float:
    """Return a metric's sum of the last hour, once it has been there for two minutes without change."""
    cloudwatch = aws.client("cloudwatch")
    last, changed_at = 0.0, time.monotonic()

    def is_complete() -> bool:
        nonlocal last, changed_at
        now = datetime.now(UTC)
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName=metric,
            Dimensions=[{"Name": "TableName", "Value": table}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        total = sum(point["Sum"] for point in found["Datapoints"])
        if total != last:
            last, changed_at = total, time.monotonic()
        return last > 0 and time.monotonic() - changed_at > _UNCHANGED_S

    wait_for(f"{metric} of {table} is complete", is_complete, _TIMEOUT_S)
    return last
