"""The local AWS keeps the metrics in a function's log."""

import json

import pytest
from scavenger_ops.local.metrics import read_embedded


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
