"""Reads sums of tables' metrics, which CloudWatch has minutes later."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aws.account import Aws
from aws.waiting import wait_for

# CloudWatch has a minute's values some minutes later, and not all at the same time.
_UNCHANGED_S = 120
_TIMEOUT_S = 900


def sums_of_metrics(aws: Aws, wanted: Sequence[tuple[str, str]]) -> list[float]:
    """Return the sums of the last hour, once all have been there for two minutes without change.

    `wanted` has the tables and their metrics.
    """
    cloudwatch = aws.client("cloudwatch")
    last, changed_at = [0.0 for _ in wanted], time.monotonic()

    def sum_of(table: str, metric: str) -> float:
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
        return float(sum(point["Sum"] for point in found["Datapoints"]))

    def are_complete() -> bool:
        nonlocal last, changed_at
        totals = [sum_of(table, metric) for table, metric in wanted]
        if totals != last:
            last, changed_at = totals, time.monotonic()
        return all(last) and time.monotonic() - changed_at > _UNCHANGED_S

    wait_for("the metrics of deletes are complete", are_complete, _TIMEOUT_S)
    return last
