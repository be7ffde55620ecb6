"""The local AWS keeps the metrics in a function's log, and those of the writes to a table."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch, dynamodb, lambda_svc
from scavenger_ops.local.metrics import install, read_embedded

Metrics = Callable[[str, str, str], list[float]]


def embedded(**values: object) -> str:
    """Return a line with metrics in CloudWatch's embedded format."""
    metrics = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {"Namespace": "StagingScavenger", "Dimensions": [["service"]], "Metrics": metrics}
    return json.dumps({"_aws": {"CloudWatchMetrics": [directive]}, "service": "orders", **values})


def test_each_value_in_a_line_is_read() -> None:
    """A metric has one value, or a list of them."""
    found = list(read_embedded(embedded(Deleted=3.0, Failed=[1.0, 2.0])))
    dimensions = {"service": "orders"}
    assert found == [
        ("StagingScavenger", "Deleted", dimensions, "Count", 3.0),
        ("StagingScavenger", "Failed", dimensions, "Count", 1.0),
        ("StagingScavenger", "Failed", dimensions, "Count", 2.0),
    ]


@pytest.mark.parametrize("line", ["START RequestId: 1", "", "17", "{", '{"message": "Batch done"}'])
def test_other_lines_have_none(line: str) -> None:
    """Most lines of a log are not metrics."""
    assert list(read_embedded(line)) == []


TABLE = {"TableName": "messages", "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/messages"}


def item(size_bytes: int) -> dict[str, Any]:
    """Return an item of about this size."""
    return {"messageId": {"S": "m" * size_bytes}}


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Iterator[Metrics]:
    """Return what returns the values of a metric, with the module installed."""
    for service, name in (
        (lambda_svc, "_emit_lambda_logs"),
        (dynamodb, "_add_consumed_capacity"),
        (dynamodb, "_accumulate_write_capacity"),
    ):
        monkeypatch.setattr(service, name, getattr(service, name))
    install()

    def read(namespace: str, name: str, dimension: str) -> list[float]:
        return [point["Value"] for point in stored.get((namespace, name, dimension), [])]

    stored = vars(cloudwatch)["_metrics"]
    stored.clear()
    yield read
    stored.clear()
    vars(dynamodb)["_tables"].clear()


def test_the_metrics_in_a_log_are_written_and_so_is_the_log(metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line may have some."""
    logs: list[tuple[object, ...]] = []
    monkeypatch.setattr("scavenger_ops.local.metrics.LOG", lambda *sent, **options: logs.append((*sent, options)))
    text = f"START\n{embedded(Deleted=3.0)}\n{embedded(Deleted=[1.0, 2.0])}\nEND"
    vars(lambda_svc)["_emit_lambda_logs"]({"FunctionName": "orders"}, "request", text, False, 7, log_source="rie")  # noqa: FBT003 - as MiniStack calls it
    assert metrics("StagingScavenger", "Deleted", "service=orders") == [3, 1, 2]
    assert logs == [({"FunctionName": "orders"}, "request", text, False, 7, {"log_source": "rie"})]


def test_a_write_of_one_item_consumes_units_of_its_size(metrics: Metrics) -> None:
    """A unit for each KB of the larger item, and at least one. MiniStack's answer has what it had."""
    vars(dynamodb)["_tables"]["messages"] = TABLE
    add = vars(dynamodb)["_add_consumed_capacity"]
    answer: dict[str, Any] = {}
    asked = {"ReturnConsumedCapacity": "TOTAL"}
    add(answer, asked, "messages", write=True, old_item=item(3000), new_item=item(10))
    add({}, {}, "messages", write=True, old_item=None, new_item=item(1500))
    add({}, {}, "messages", write=True)
    assert written(metrics) == [3, 2, 1]
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 3


def test_a_read_has_no_metric(metrics: Metrics) -> None:
    """Nothing of the project reads it."""
    vars(dynamodb)["_add_consumed_capacity"]({}, {}, "messages")
    vars(dynamodb)["_add_consumed_capacity"]({}, {}, "messages", write=False, new_item=item(10))
    assert written(metrics) == []


def test_each_write_of_a_batch_consumes_units(metrics: Metrics) -> None:
    """MiniStack's sum, for the answer, is as before."""
    units = {"table": 0.0, "gsi": {}, "lsi": {}}
    for old, new in ((item(3000), None), (None, item(10))):
        vars(dynamodb)["_accumulate_write_capacity"](units, TABLE, old, new)
    assert (written(metrics), units["table"]) == ([3, 1], 4)


def written(metrics: Metrics) -> list[float]:
    """Return the write units that the table consumed."""
    return metrics("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName=messages")
