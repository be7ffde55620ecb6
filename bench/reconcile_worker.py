"""Measure the CPU of a worker of the reconciler on a local AWS. Writes reconcile.md, and the figures of the plan."""

import json
import os
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import boto3
from reconciler.match_rule import MatchRule
from reconciler.pipeline import Pipeline
from reconciler.tables import find_tables
from reconciler.worker import CONNECTIONS, compare
from scavenger_ops.local.ministack import local_aws
from scavenger_ops.plan.function_cost import MEMORY_OF_A_VCPU_MB, measured
from scavenger_ops.plan.reconcile.load import ReconcileSettings
from scavenger_ops.plan.reconcile.worker import MEASURED
from scavenger_ops.text import figure
from support.tables import fill, make_table, row

from bench.reconcile_growth import PAGE
from bench.report import write_generated_block

ROWS = 10_000
# One in ten was never processed.
UNPROCESSED_EVERY = 10
SEGMENTS = (1, 5, 20)
# More than the local AWS can do, so that the limits do not slow the worker down.
UNLIMITED = [1e9, 1e9, 1e9]


class WorkerFigures(NamedTuple):
    """What the workers of a run took together: seconds, seconds of CPU, and how many rows they deleted."""

    segments: int
    wall_s: float
    cpu_s: float
    deleted: int


def run(pipeline: Pipeline, segments: int, *, is_applied: bool) -> WorkerFigures:
    """Compare one segment after the other, as the state machine's function does, and return what that took."""
    options = {"apply": is_applied, "older_than_s": 3600, "age_attribute": "createdAt"}
    plan = {"fingerprint": pipeline.fingerprint(), "segments": segments, "units": UNLIMITED, **options}
    client = pipeline.tables.client
    before = client.describe_table(TableName="staging")["Table"]["ItemCount"]
    began_at, cpu_before_s = time.monotonic(), time.process_time()
    for segment in range(segments):
        event = {"run": plan, "segment": segment, "last_key": None, "counts": []}
        while not event.get("is_done"):
            event = compare(event, pipeline, lambda: True, 3600)
    wall_s, cpu_s = time.monotonic() - began_at, time.process_time() - cpu_before_s
    after = client.describe_table(TableName="staging")["Table"]["ItemCount"]
    return WorkerFigures(segments, wall_s, cpu_s, before - after)


def measure() -> list[WorkerFigures]:
    """Fill two tables, count their rows with few and many segments, and delete them."""
    with tempfile.TemporaryDirectory() as folder, local_aws(Path(folder)) as environment:
        os.environ.update(environment)
        client = boto3.client("dynamodb")
        messages = [number for number in range(ROWS) if number % UNPROCESSED_EVERY]
        for name, numbers in (("staging", range(ROWS)), ("messages", messages)):
            make_table(client, name)
            fill(client, name, (row(f"m-{number}") for number in numbers))
        tables = find_tables("staging", "messages", CONNECTIONS)
        rule = MatchRule({name: name for name in tables.staging.table.key_types})
        pipeline = Pipeline(tables, rule)
        run(pipeline, 1, is_applied=False)  # The first requests open connections.
        counted = [run(pipeline, segments, is_applied=False) for segments in SEGMENTS]
        return [*counted, run(pipeline, SEGMENTS[-1], is_applied=True)]


def lay_out(figures: list[WorkerFigures]) -> str:
    """Return the Markdown table."""
    default = ReconcileSettings().memory_size
    share = {memory: measured().this_function.cpu_share(memory) for memory in (default, MEMORY_OF_A_VCPU_MB)}
    heads = ("run", "segments", "rows", "CPU µs per row", *(f"rows a second, {figure(memory)} MB" for memory in share))
    lines = [f"| {' | '.join(heads)} |", f"| --- |{' --: |' * (len(heads) - 1)}"]
    for each in figures:
        cpu_s = each.cpu_s / ROWS
        name = f"delete {figure(each.deleted)}" if each.deleted else "count"
        speeds = " | ".join(figure(round(of_a_cpu / cpu_s)) for of_a_cpu in share.values())
        lines.append(f"| {name} | {each.segments} | {figure(ROWS)} | {1e6 * cpu_s:.0f} | {speeds} |")
    return "\n".join(lines)


def for_planner(figures: list[WorkerFigures]) -> dict[str, object]:
    """Return the figures that `scavenger plan reconcile` calculates with."""
    *counted, deleting = figures
    row_cpu_s = max(each.cpu_s for each in counted) / ROWS
    return {
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "row_cpu_s": round(row_cpu_s, 7),
        "delete_cpu_s": round((deleting.cpu_s - ROWS * row_cpu_s) / deleting.deleted, 7),
    }


if __name__ == "__main__":
    taken = measure()
    write_generated_block("reconcile worker", lay_out(taken), PAGE)
    MEASURED.write_text(f"{json.dumps(for_planner(taken), indent=2)}\n")
