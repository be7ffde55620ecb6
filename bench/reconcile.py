"""Measure how long reconcile takes for 20,000 rows on a local AWS, and how much memory. Writes performance.md."""

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import boto3
from scavenger_ops.local.ministack import local_aws
from support.command import start
from support.memory import peak_memory_mb
from support.tables import fill, make_table, row

from bench.report import write_generated_block

ROWS = 20_000
# One in ten was never processed.
UNPROCESSED_EVERY = 10
COMMAND = ("reconcile", "--staging", "staging", "--messages", "messages")
# More than the local AWS can do, so that the limits do not slow the command down.
UNLIMITED = ("--max-write-units", "1000000", "--max-read-units", "1000000", "--yes")
RUNS = (("count", ()), ("`--apply`", ("--apply",)), ("`--apply` again", ("--apply",)))


class ReconcileFigures(NamedTuple):
    """What a run took: seconds of wall time, seconds of its own CPU, and its peak memory in megabytes."""

    wall_s: float
    cpu_s: float
    memory_mb: float | None


def measure(environment: dict[str, str], *options: str) -> ReconcileFigures:
    """Run the command, and return what it took. Raises RuntimeError if the command fails."""
    began_at, memory_mb = time.monotonic(), None
    process = start(environment, *COMMAND, *UNLIMITED, *options)
    while True:
        try:
            process.communicate(timeout=0.1)
            break
        except subprocess.TimeoutExpired:
            memory_mb = peak_memory_mb(process.pid) or memory_mb
    if process.returncode:
        raise RuntimeError(f"{' '.join(COMMAND)} failed with exit code {process.returncode}.")
    return ReconcileFigures(time.monotonic() - began_at, _cpu_of_children_s(), memory_mb)


def _cpu_of_children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def lay_out() -> str:
    """Fill two tables, measure, and return the Markdown table."""
    lines = [
        "| run | rows in staging | seconds | CPU seconds of the command | peak memory in MB |",
        "| --- | --: | --: | --: | --: |",
    ]
    with tempfile.TemporaryDirectory() as folder, local_aws(Path(folder)) as environment:
        os.environ.update(environment)
        client = boto3.client("dynamodb")
        for name, numbers in (
            ("staging", range(ROWS)),
            ("messages", (number for number in range(ROWS) if number % UNPROCESSED_EVERY)),
        ):
            make_table(client, name)
            fill(client, name, (row(f"m-{number}") for number in numbers))
        cpu_before_s = _cpu_of_children_s()
        for name, options in RUNS:
            rows = client.describe_table(TableName="staging")["Table"]["ItemCount"]
            figures = measure({**environment, "XDG_CONFIG_HOME": folder}, *options)
            lines.append(
                f"| {name} | {rows:,} | {figures.wall_s:.0f} | {figures.cpu_s - cpu_before_s:.0f} | "
                f"{figures.memory_mb or float('nan'):.0f} |"
            )
            cpu_before_s = figures.cpu_s
            print(lines[-1], flush=True)  # noqa: T201 - progress, since it takes minutes
    return "\n".join(lines)


if __name__ == "__main__":
    write_generated_block("reconcile", lay_out())
