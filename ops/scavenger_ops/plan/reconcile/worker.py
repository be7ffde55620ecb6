"""How many rows a worker compares in a second where no limit slows it down."""

from scavenger_ops.plan.function_cost import Measured
from scavenger_ops.plan.reconcile.load import ReconcileLoad

# CPU of the command, as `make bench` measured it on 2026-11-30 (docs/explanation/performance.md, Reconcile): 2 s for
# 20,000 rows, and 33 s more with 18,000 deletes.
ROW_CPU_S = 100e-6
DELETE_CPU_S = 33 / 18_000

# Source: API_BatchGetItem.html.
ROWS_A_LOOK_UP = 100
# lambda_src/reconciler/rows.py asks for so many rows, and DynamoDB returns 1 MB at most. Source: API_Scan.html.
MOST_ROWS_A_PAGE = 1000
MOST_BYTES_A_PAGE = 1024 * 1024


def rows_a_second(load: ReconcileLoad, memory_size: int, figures: Measured) -> float:
    """Return the rows that one worker compares in a second: its CPU works, then it waits for scan, look-up, deletes.

    The deletes of a portion are in flight together, so the worker waits for one of them.
    """
    cpu_s = (ROW_CPU_S + load.obsolete_share * DELETE_CPU_S) / figures.this_function.cpu_share(memory_size)
    waits_a_portion = 2 if load.obsolete_share else 1
    waits = waits_a_portion / ROWS_A_LOOK_UP + 1 / rows_a_page(load)
    return 1 / (cpu_s + figures.request_s * waits)


def rows_a_page(load: ReconcileLoad) -> int:
    """Return the rows of a page of the scan."""
    return max(1, min(MOST_ROWS_A_PAGE, MOST_BYTES_A_PAGE // load.row_bytes))
