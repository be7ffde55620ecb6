"""Tells how much memory a process has taken."""

import re
from pathlib import Path


def peak_memory_mb(pid: int) -> float | None:
    """Give the most memory that a running process has had, where the system tells it; that is on Linux.

    What wait4 tells includes the memory of whoever started the process.
    """
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return int(found[1]) / 1024 if found else None
