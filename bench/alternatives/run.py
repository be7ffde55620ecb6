"""Run all contenders in turns, and write what they took: results.json, performance.md, and a picture.

Each contender runs against the same local endpoint, a stub that answers after 5 ms, and once against the local AWS.
"""

import json
import os
import platform
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import distributions, version
from pathlib import Path
from statistics import median
from typing import Any

from scavenger_ops.plan.function_cost import MEMORY_OF_A_VCPU_MB

from bench.alternatives.cpu_share import cpu_share_of
from bench.alternatives.measure import (
    NEWEST_BOTO3,
    PACKAGE,
    Bench,
    ContenderFigures,
    has_awswrangler,
    lambda_environment,
)
from bench.alternatives.on_local_aws import on_local_aws
from bench.alternatives.picture import draw
from bench.alternatives.report import (
    ARTICLE,
    BARE,
    MATCHING,
    MOST_RECORDS,
    OURS,
    POWERTOOLS,
    SEQUEL,
    Results,
    report,
)
from bench.alternatives.work import Work
from bench.stub import stub, take_counts

# As DynamoDB, which answers within milliseconds.
REQUEST_S = 0.005
BATCHERS = (OURS, SEQUEL, "batch_writer", "awswrangler")
ONE_BY_ONE = (MATCHING, ARTICLE, POWERTOOLS)
BATCH_SIZES = (100, 1_000, 10_000)
# This function and the sequel are compared most closely, and so are those that send one request for each row: their
# figures are the median of all rounds. The others run once.
ROUNDS = 3
STARTS = 3
GROWTH = (100, 300, 1_000, 3_000, 10_000)
# Enough records for a stable figure, however small the batches are.
LEAST_FOR_GROWTH = 3_000
MEMORY_SIZES = (128, 256, 512, MEMORY_OF_A_VCPU_MB)
FOR_MEMORY = Work(2_000, 1_000)
# Only the warm-up event.
NO_WORK = Work(0, 1)

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class ContenderResult:
    """What a contender took for a piece of work: the median of its runs, and the exact number of requests."""

    contender: str
    records: int
    batch_size: int
    requests: int
    wall_s: float
    cpu_s: float
    peak_memory_mb: float | None


def batchers() -> tuple[str, ...]:
    """Return the installed contenders that delete several rows with one request."""
    return tuple(name for name in BATCHERS if name != "awswrangler" or has_awswrangler())


def turns() -> Iterator[tuple[str, Work]]:
    """Yield each contender and its work, in the order of the runs."""
    for _ in range(ROUNDS):
        for batch_size in BATCH_SIZES:
            yield OURS, Work(10_000, batch_size)
            yield SEQUEL, Work(10_000, batch_size)
        for name in ONE_BY_ONE:
            # Powertools sends one request after the other: 10,000 would take minutes.
            yield name, Work(2_000 if name == POWERTOOLS else 10_000, 1_000, has_images=name == MATCHING)
    for name in batchers():
        if name not in (OURS, SEQUEL):
            yield name, Work(10_000, 1_000)
    for batch_size in BATCH_SIZES:
        yield OURS, Work(MOST_RECORDS, batch_size)
    yield SEQUEL, Work(MOST_RECORDS, 10_000)


def compare(bench: Bench, url: str) -> list[ContenderResult]:
    """Run the contenders in turns, and return their results. Raises RuntimeError if one leaves rows."""
    figures: defaultdict[tuple[str, Work], list[ContenderFigures]] = defaultdict(list)
    requests: dict[tuple[str, Work], int] = {}
    warm_up: dict[str, int] = {}
    for name in (*batchers(), *ONE_BY_ONE):
        take_counts(url)
        bench.run(name, NO_WORK._replace(has_images=name == MATCHING))
        warm_up[name] = take_counts(url).requests
    for name, work in turns():
        figures[name, work].append(bench.run(name, work))
        counts = take_counts(url)
        if counts.deletes != work.records + 1:
            raise RuntimeError(f"{name} deleted {counts.deletes - 1} of {work.records} rows.")
        requests[name, work] = counts.requests - warm_up[name]
        say(
            f"{name:14} {work.records:>7,} in batches of {work.batch_size:>6,}: {figures[name, work][-1].wall_s:6.2f} s"
        )
    return [
        ContenderResult(
            name,
            work.records,
            work.batch_size,
            requests[name, work],
            wall_s=median(each.wall_s for each in taken),
            cpu_s=median(each.cpu_s for each in taken),
            peak_memory_mb=max((each.peak_memory_mb for each in taken if each.peak_memory_mb), default=None),
        )
        for (name, work), taken in figures.items()
    ]


def cpu_beside_the_loop(bench: Bench) -> list[dict[str, Any]]:
    """Return this function's CPU, compared with the bare loop, by boto3 version and record content."""
    newest = version_in(NEWEST_BOTO3, "boto3"), (NEWEST_BOTO3,)
    rows = []
    for (boto3_version, packages), has_images in (
        (newest, False),
        (newest, True),
        ((version("boto3"), ()), True),
    ):
        for batch_size in (1_000, 10_000):
            work = Work(10_000, batch_size, has_images)
            taken: defaultdict[str, list[float]] = defaultdict(list)
            for _ in range(ROUNDS):
                for name in (OURS, SEQUEL):
                    taken[name].append(bench.run(name, work, packages=packages).cpu_s)
            ratio = median(taken[OURS]) / median(taken[SEQUEL])
            rows.append(
                {"boto3": boto3_version, "has_images": has_images, "batch_size": batch_size, "cpu_ratio": ratio}
            )
            say(f"boto3 {boto3_version}, {'images' if has_images else 'keys'}, {batch_size:>6,}: {ratio:.2f}")
    return rows


def version_in(folder: Path, package: str) -> str:
    """Return the version of a package that is installed in a folder."""
    (found,) = distributions(name=package, path=[str(folder)])
    return found.version


def starts(bench: Bench, *, compiled: bool) -> dict[str, float]:
    """Return the CPU seconds until the first client is created."""
    if compiled:
        bench.compile_package()
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(STARTS):
        for name in (BARE, OURS):
            taken[name].append(bench.run(name, NO_WORK).start_cpu_s)
    return {name: median(each) for name, each in taken.items()}


def growth(bench: Bench) -> list[dict[str, Any]]:
    """Return what an invocation of this function takes, by batch size."""
    rows = []
    for batch_size in GROWTH:
        invocations = max(3, LEAST_FOR_GROWTH // batch_size)
        figures = bench.run(OURS, Work(invocations * batch_size, batch_size))
        rows.append(
            {
                "batch_size": batch_size,
                "wall_s": figures.wall_s / invocations,
                "cpu_s": figures.cpu_s / invocations,
                "peak_memory_mb": figures.peak_memory_mb,
            }
        )
    return rows


def by_memory(bench: Bench, context: dict[str, Any]) -> dict[str, Any]:
    """Measure this function with the CPU shares that Lambda gives. If that is not permitted, keep the last figures."""
    rows: list[dict[str, Any]] = []
    for memory_size in MEMORY_SIZES:
        with cpu_share_of(memory_size) as before:
            if before is None:
                say("Control groups are not permitted here, so the figures by memory stay as they are.")
                kept: dict[str, Any] = json.loads(RESULTS.read_text())["by_memory"]
                return kept
            figures = bench.run(OURS, FOR_MEMORY, before=before)
        rows.append(
            {
                "memory_size": memory_size,
                "records_a_second": FOR_MEMORY.records / figures.wall_s,
                "start_wall_s": figures.start_wall_s,
            }
        )
        say(f"{memory_size:>5} MB: {rows[-1]['records_a_second']:,.0f} records per second")
    return context | {"rows": rows}


def say(text: str) -> None:
    """Print the progress."""
    print(text, flush=True)  # noqa: T201 - progress, since it takes minutes


def main() -> None:
    """Measure, and write the results, the tables and the picture."""
    with tempfile.TemporaryDirectory() as name, stub(REQUEST_S) as url:
        folder = Path(name)
        bench = Bench(folder / "stub", lambda_environment(url))
        context = {
            "measured_on": datetime.now(UTC).date().isoformat(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "python": platform.python_version(),
            "boto3": version("boto3"),
        }
        results: Results = context | {
            "request_s": REQUEST_S,
            "zip_bytes": PACKAGE.stat().st_size,
            "starts": starts(bench, compiled=False),
            "compared": [asdict(result) for result in compare(bench, url)],
            "cpu_beside_the_loop": context | {"rows": cpu_beside_the_loop(bench)},
            "growth": growth(bench),
            "by_memory": by_memory(bench, context),
            "on_local_aws": on_local_aws(folder / "local AWS", (*batchers(), *ONE_BY_ONE)),
            "starts_compiled": starts(bench, compiled=True),
        }
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    report(results)
    draw(results)


if __name__ == "__main__":
    main()
