"""Writes the metrics that MiniStack does not: those in a function's log, and the write units of tables.

Sources: CloudWatch_Embedded_Metric_Format_Specification.html; metrics-dimensions.html of DynamoDB.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ministack.services import cloudwatch, dynamodb, lambda_svc

LOG = lambda_svc._emit_lambda_logs  # noqa: SLF001 - there is no public function
COUNT_ONE = dynamodb._add_consumed_capacity  # noqa: SLF001 - likewise
COUNT_IN_BATCH = dynamodb._accumulate_write_capacity  # noqa: SLF001 - likewise


def install() -> None:
    """Let MiniStack use the functions of this module."""
    lambda_svc._emit_lambda_logs = write_log  # noqa: SLF001 - there is no other
    dynamodb._add_consumed_capacity = count_one  # noqa: SLF001 - likewise
    dynamodb._accumulate_write_capacity = count_in_batch  # noqa: SLF001 - likewise


def write_log(function: dict[str, Any], request_id: str, text: str, *others: object, **options: object) -> None:
    """Write the log of an invocation, and the metrics that are embedded in it."""
    LOG(function, request_id, text, *others, **options)
    for line in text.splitlines():
        for namespace, name, dimensions, unit, value in read_embedded(line):
            cloudwatch.record_metric(namespace, name, value, unit, dimensions)


def read_embedded(line: str) -> Iterator[tuple[str, str, dict[str, str], str, float]]:
    """Return the values embedded in a line: namespace, name, dimensions, unit and value of each."""
    body: Any = None
    with suppress(json.JSONDecodeError):
        body = json.loads(line)
    if not isinstance(body, dict) or "_aws" not in body:
        return
    for directive in body["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = {name: str(body[name]) for name in names}
            for metric in directive["Metrics"]:
                found = body[metric["Name"]]
                for value in found if isinstance(found, list) else [found]:
                    yield directive["Namespace"], metric["Name"], dimensions, metric.get("Unit", "None"), value


def count_one(result: Any, request: Any, table_name: str, **options: Any) -> None:  # noqa: ANN401 - MiniStack has no types
    """Count what a read or write of one item consumes. Only writes have a metric here."""
    COUNT_ONE(result, request, table_name, **options)
    if options.get("write"):
        _count_write(table_name, options.get("old_item"), options.get("new_item"))


def count_in_batch(units: Any, table: Any, old: Any, new: Any) -> None:  # noqa: ANN401 - MiniStack has no types
    """Count what one of the writes of a batch consumes."""
    COUNT_IN_BATCH(units, table, old, new)
    _count_write(table["TableName"], old, new)


def _count_write(table_name: str, *items: dict[str, Any] | None) -> None:
    # A write consumes a unit for each KB of the larger item, and at least one.
    units = dynamodb._capacity_kb(max(dynamodb._item_size_bytes(item) if item else 0 for item in items))  # noqa: SLF001
    cloudwatch.record_metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", units, "Count", {"TableName": table_name})
