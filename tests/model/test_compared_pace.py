"""The comparison itself, in simulated time, is as fast as planned where the capacity units are the limit."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from math import ceil
from types import SimpleNamespace
from typing import Any

import pytest
from reconciler import conditional_delete, rate_limit, reading, rows
from reconciler.comparison import Comparison
from reconciler.match_rule import MatchRule
from reconciler.progress import ComparisonProgress
from reconciler.rows import compare_segment
from reconciler.tables import ComparedTable, ComparedTables
from reconciler.units import UnitsASecond
from scavenger.settings import KeyedTable
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.reconcile.bill import find_use
from scavenger_ops.plan.reconcile.load import ReconcileLoad, ReconcileSettings
from scavenger_ops.plan.reconcile.pace import find_pace

LONG_AGO = "2020-01-01T00:00:00Z"


class PassingTime(threading.Event):
    """An event that is never set, and a clock: waiting for the event takes simulated time."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = time.time()

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass."""
        self.now_s += max(0.0, timeout or 0.0)
        return False

    def as_module(self) -> SimpleNamespace:
        """Return what stands for the module `time`."""
        return SimpleNamespace(time=lambda: self.now_s, monotonic=lambda: self.now_s)


class OneAfterTheOther(Executor):
    """Does the work at once."""

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        future.set_result(work(*args, **kwargs))
        return future


def make_item(number: int) -> dict[str, Any]:
    """Return a row, or its message."""
    return {"id": {"S": str(number)}, "createdAt": {"S": LONG_AGO}}


def answer(load: ReconcileLoad, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a scan, a look-up or a delete as DynamoDB does. The first rows of each hundred have messages."""
    if "Segment" in request:
        start = int(request["ExclusiveStartKey"]["id"]["S"]) + 1 if "ExclusiveStartKey" in request else 0
        end = min(load.rows, start + request["Limit"])
        units = ceil((end - start) * load.row_bytes / 4096) / 2
        items = [make_item(number) for number in range(start, end)]
        last = {"LastEvaluatedKey": {"id": {"S": str(end - 1)}}} if end < load.rows else {}
        return {"Items": items, "Count": len(items), "ConsumedCapacity": {"CapacityUnits": units}, **last}
    if "RequestItems" in request:
        numbers = [int(key["id"]["S"]) for key in request["RequestItems"]["messages"]["Keys"]]
        found = [make_item(number) for number in numbers if number % 100 < 100 * load.obsolete_share]
        consumed = [{"CapacityUnits": len(numbers) * ceil(load.message_bytes / 4096)}]
        return {"Responses": {"messages": found}, "UnprocessedKeys": {}, "ConsumedCapacity": consumed}
    return {"ConsumedCapacity": {"CapacityUnits": ceil(load.row_bytes / 1024)}}


def make_comparison(settings: ReconcileSettings, clock: PassingTime) -> Comparison:
    """Return a comparison of one segment, which deletes."""
    client: Any = SimpleNamespace(scan=None, batch_get_item=None, delete_item=None)
    tables = [
        ComparedTable(KeyedTable(name, {"id": "S"}), name, name, 0, 0, 0.0, 0.0) for name in ("staging", "messages")
    ]
    units = UnitsASecond(settings.max_read_units, settings.max_read_units, settings.max_write_units)
    return Comparison(
        tables=ComparedTables(client, *tables),
        match_rule=MatchRule({"id": "id"}),
        limits=units.limits(),
        progress=ComparisonProgress([0]),
        segments=1,
        readers=1,
        stop=clock,
        deletes=OneAfterTheOther(),
        older_than_s=3600,
        age_attribute="createdAt",
    )


@pytest.mark.parametrize(
    ("bound", "load", "settings"),
    [
        ("max_read_units", ReconcileLoad(5000, 1000, 1000, 0.01), ReconcileSettings(max_read_units=200)),
        ("max_read_units", ReconcileLoad(2000, 9000, 500, 0.01), ReconcileSettings(max_read_units=50)),
        ("max_write_units", ReconcileLoad(3000, 2500, 500, 0.5), ReconcileSettings(max_write_units=20)),
    ],
    ids=["look-ups", "scan", "deletes"],
)
def test_the_comparison_is_as_fast_as_planned(
    bound: str, load: ReconcileLoad, settings: ReconcileSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rate limits wait at the same time, so the tightest one is the pace. It uses the units that are planned."""
    clock = PassingTime()
    for module in (rate_limit, reading, rows):
        monkeypatch.setattr(module, "time", clock.as_module())
    for module in (reading, conditional_delete):
        monkeypatch.setattr(module, "ask", lambda _send, _form, _policy, **request: answer(load, request))
    comparison, began_at_s = make_comparison(settings, clock), clock.now_s
    compare_segment(comparison, 0)
    pace = find_pace(load, settings, measured())
    use, progress = find_use(pace), comparison.progress
    assert (pace.workers, pace.limits[0].name, progress.counts["deleted"]) == (1, bound, load.obsolete_rows)
    assert clock.now_s - began_at_s == pytest.approx(pace.busy_s_a_segment, rel=0.1)
    assert progress.read_units == pytest.approx(use.scan_read_units + use.look_up_read_units, rel=0.02)
    assert progress.write_units == pytest.approx(use.delete_write_units, rel=0.02)
