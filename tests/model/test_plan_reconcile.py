"""A planned run of the reconciler takes as long, and uses as much, as one that is simulated page by page.

The simulation shares no formula with the plan. It has segments of different sizes, pages, portions, the rate limits of
each worker, and invocations that hand the last key on.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import pytest
from scavenger_ops.plan.function_cost import measured
from scavenger_ops.plan.reconcile.bill import find_use
from scavenger_ops.plan.reconcile.load import ReconcileLoad, ReconcileSettings
from scavenger_ops.plan.reconcile.pace import find_pace
from scavenger_ops.plan.reconcile.worker import worker_cost

PORTION, PAGE_ROWS, PAGE_BYTES = 100, 1000, 1024 * 1024
INVOCATION_S, HAND_OVER_S = 300, 0.5
SMALL = ReconcileLoad(rows=1_000_000, row_bytes=1000, message_bytes=1000, obsolete_share=0.01)


class SpentUnits:
    """A limit of units a second without a burst, as lambda_src/reconciler/rate_limit.py spreads them."""

    def __init__(self, units_a_second: float) -> None:
        self.units_a_second, self.free_at, self.used = units_a_second, 0.0, 0.0

    def take(self, units: float, now: float) -> float:
        """Take so many units, and return when they may be used."""
        turn = max(self.free_at, now)
        self.free_at = turn + units / self.units_a_second
        self.used += units
        return turn


@dataclass
class SimulatedRun:
    """What a run has taken so far."""

    duration_s: float = 0.0
    busy_s: float = 0.0
    scan_units: float = 0.0
    look_up_units: float = 0.0
    write_units: float = 0.0
    transitions: int = 3
    invocations: int = 2


class SimulatedWorker:
    """Compares one segment after the other."""

    def __init__(self, load: ReconcileLoad, settings: ReconcileSettings, workers: int, run: SimulatedRun) -> None:
        self.load, self.run = load, run
        self.cpu_share = measured().this_function.cpu_share(settings.memory_size)
        self.scans, self.look_ups = (SpentUnits(settings.max_read_units / workers) for _ in range(2))
        self.deletes = SpentUnits(settings.max_write_units / workers)

    def compare(self, rows: int, now: float) -> float:
        """Compare a segment of so many rows, and return when it is done."""
        self.run.transitions += 2
        while rows > 0:
            began_at = now
            while rows > 0 and now - began_at < INVOCATION_S:
                page = min(rows, PAGE_ROWS, max(1, PAGE_BYTES // self.load.row_bytes))
                now = self.compare_page(page, now)
                rows -= page
            self.run.busy_s += now - began_at
            self.run.invocations += 1
            self.run.transitions += 2
            now += HAND_OVER_S
        return now

    def compare_page(self, rows: int, now: float) -> float:
        """Scan a page, and look up and delete portion by portion."""
        units = ceil(rows * self.load.row_bytes / 4096) / 2
        self.run.scan_units += units
        now = self.scans.take(units, now) + measured().request_s
        for size in portions(rows):
            units = size * ceil(self.load.message_bytes / 4096)
            self.run.look_up_units += units
            now = (
                self.look_ups.take(units, now) + measured().request_s + size * worker_cost().row_cpu_s / self.cpu_share
            )
            now = self.delete(int(size * self.load.obsolete_share + random.random()), now)  # noqa: S311
        return now

    def delete(self, rows: int, now: float) -> float:
        """Delete rows at the same time: each waits for its turn, and for the CPU."""
        sent_at = now
        for _ in range(rows):
            units = ceil(self.load.row_bytes / 1024)
            self.run.write_units += units
            turn = self.deletes.take(units, sent_at)
            now = max(now, turn) + worker_cost().delete_cpu_s / self.cpu_share
        return now + (measured().request_s if rows else 0.0)


def portions(rows: int) -> Iterator[int]:
    """Yield the sizes of the portions of a page."""
    while rows > 0:
        yield min(rows, PORTION)
        rows -= PORTION


def simulate(load: ReconcileLoad, settings: ReconcileSettings, segments: int, workers: int) -> SimulatedRun:
    """Compare segments of about the same size with so many workers, each of which takes the next segment."""
    random.seed(23)
    run = SimulatedRun()
    shares = [random.uniform(0.97, 1.03) for _ in range(segments)]  # noqa: S311
    sizes = [round(load.rows * share / sum(shares)) for share in shares]
    idle = [(0.0, number) for number in range(workers)]
    each = [SimulatedWorker(load, settings, workers, run) for _ in range(workers)]
    for size in sizes:
        now, number = heapq.heappop(idle)
        heapq.heappush(idle, (each[number].compare(size, now), number))
    run.duration_s = max(now for now, _ in idle)
    return run


@pytest.mark.parametrize(
    ("bound", "load", "settings"),
    [
        ("max_read_units", SMALL, ReconcileSettings()),
        ("max_read_units", ReconcileLoad(100_000, 9000, 5000, 0.0), ReconcileSettings()),
        ("max_write_units", ReconcileLoad(200_000, 2500, 500, 0.5), ReconcileSettings(max_write_units=100)),
        ("workers", SMALL, ReconcileSettings(max_read_units=40_000)),
        ("workers", ReconcileLoad(300_000, 700, 700, 1.0), ReconcileSettings(max_write_units=4000)),
        ("workers", SMALL, ReconcileSettings(max_read_units=40_000, memory_size=128)),
        ("max_read_units", ReconcileLoad(36_000, 300, 300, 0.1), ReconcileSettings(max_read_units=40)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_simulated_run_takes_what_is_planned(bound: str, load: ReconcileLoad, settings: ReconcileSettings) -> None:
    """Whatever bounds it: read units, write units, or the CPU of the workers."""
    pace = find_pace(load, settings, measured())
    use, run = find_use(pace), simulate(load, settings, pace.segments, pace.workers)
    assert pace.limits[0].name == bound
    assert pace.duration_s == pytest.approx(run.duration_s, rel=0.1)
    assert use.function_s == pytest.approx(run.busy_s, rel=0.1)
    assert use.scan_read_units == pytest.approx(run.scan_units, rel=0.03)
    assert use.look_up_read_units == pytest.approx(run.look_up_units, rel=0.03)
    assert use.delete_write_units == pytest.approx(run.write_units, rel=0.05)
    assert use.invocations == pytest.approx(run.invocations, rel=0.05)
    assert use.state_transitions == pytest.approx(run.transitions, rel=0.05)
