"""Tells how much memory a function has taken, for the last line of an invocation in its log.

MiniStack runs a function in a process, and reports the most that any process has taken that has ended: 0 MB at first.
"""

import re
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

PROBE = lambda_svc._probe_peak_memory_mb  # noqa: SLF001 - there is no public function
# The most that a process has had in memory. Source: proc_pid_status(5). Only Linux has it.
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
PROCESSES = Path("/proc")


def install() -> None:
    """Let MiniStack use the function of this module."""
    lambda_svc._probe_peak_memory_mb = peak_mb  # noqa: SLF001 - there is no other


def peak_mb(function: dict[str, Any]) -> int:
    """Return the most memory that a process of the function has had, in MB; MiniStack's figure if it is not known."""
    arn = (function.get("config") or function)["FunctionArn"]
    workers = [worker for workers in list(lambda_runtime._workers.values()) for worker in list(workers)]  # noqa: SLF001
    own = [worker for worker in workers if worker.config["FunctionArn"] == arn]
    found = [peak for worker in own if (peak := peak_kb(getattr(worker._proc, "pid", 0)))]  # noqa: SLF001
    return max(found) // 1024 if found else PROBE(function)


def peak_kb(process: int) -> int:
    """Return the most memory that a process has had, in kB; 0 if it is not known."""
    try:
        found = PEAK.search((PROCESSES / str(process) / "status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0
