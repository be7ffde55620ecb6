"""How many rows a worker compares in a second where no limit slows it down."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scavenger_ops.plan.function_cost import Measured
from scavenger_ops.plan.reconcile.load import ReconcileLoad

# The last figures of `make bench`.
MEASURED = Path(__file__).parent / "measured.json"

# Source: API_BatchGetItem.html.
ROWS_A_LOOK_UP = 100
# lambda_src/reconciler/rows.py asks for so many rows, and DynamoDB returns 1 MB at most. Source: API_Scan.html.
MOST_ROWS_A_PAGE = 1000
MOST_BYTES_A_PAGE = 1024 * 1024


@dataclass(frozen=True)
class WorkerCost:
    """What a worker takes of a whole CPU: for each row, and in addition for each delete; where that was measured."""

    measured_on: str
    machine: str
    row_cpu_s: float
    delete_cpu_s: float


@cache
def worker_cost() -> WorkerCost:
    """Read the figures that the last `make bench` has left."""
    return WorkerCost(**json.loads(MEASURED.read_text()))


def rows_a_second(load: ReconcileLoad, memory_size: int, figures: Measured) -> float:
    """Return the rows that one worker compares in a second: its CPU works, then it waits for scan, look-up, deletes.

    The deletes of a portion are in flight together, so the worker waits for one of them.
    """
    cost = worker_cost()
    cpu_s = (cost.row_cpu_s + load.obsolete_share * cost.delete_cpu_s) / figures.this_function.cpu_share(memory_size)
    waits_a_portion = 2 if load.obsolete_share else 1
    waits = waits_a_portion / ROWS_A_LOOK_UP + 1 / rows_a_page(load)
    return 1 / (cpu_s + figures.request_s * waits)


def rows_a_page(load: ReconcileLoad) -> int:
    """Return the rows of a page of the scan."""
    return max(1, min(MOST_ROWS_A_PAGE, MOST_BYTES_A_PAGE // load.row_bytes))
