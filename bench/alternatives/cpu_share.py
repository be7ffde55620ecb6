"""Limit a process to the share of a CPU that Lambda gives a function, with Linux control groups."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from scavenger_ops.plan.function_cost import MEMORY_OF_A_VCPU_MB

# Short compared with an invocation. The period that Lambda uses is not documented.
PERIOD_US = 20_000

_ROOT = Path("/sys/fs/cgroup")


@contextmanager
def cpu_share_of(memory_size: int) -> Iterator[Sequence[str] | None]:
    """Yield the words to put before a command line to give it a function's share, or None if that is not permitted."""
    quota_us = PERIOD_US * memory_size // MEMORY_OF_A_VCPU_MB
    is_first_version = (_ROOT / "cpu").is_dir()
    group = (_ROOT / "cpu" if is_first_version else _ROOT) / f"scavenger-bench-{os.getpid()}"
    try:
        group.mkdir()
        if is_first_version:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota_us))
        else:
            (group / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
    except OSError:
        with suppress(OSError):
            group.rmdir()
        yield None
        return
    try:
        yield ("sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$0" "$@"')
    finally:
        group.rmdir()
