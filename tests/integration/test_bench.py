"""What is compared in performance.md does the same work, and the report is that of the last results."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from scavenger_ops.toolchain import ROOT

from bench.alternatives.measure import Bench, lambda_environment
from bench.alternatives.report import by_boto3, compared, for_planner, targets
from bench.alternatives.run import RESULTS
from bench.alternatives.work import Work
from bench.rules import rules
from bench.stub import Counts, stub, take_counts

REPORT = ROOT / "docs" / "explanation" / "performance.md"
COSTS = ROOT / "docs" / "explanation" / "costs.md"
MEASURED = ROOT / "ops" / "scavenger_ops" / "plan" / "measured.json"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run a stub that answers at once."""
    with stub() as url:
        yield url


@pytest.mark.parametrize(
    ("contender", "requests"),
    [("this function", 3), ("sequel", 3), ("batch_writer", 3), ("article", 60), ("powertools", 60)],
)
def test_each_contender_deletes_each_row_once(contender: str, requests: int, url: str, tmp_path: Path) -> None:
    """It sends as many requests as its method takes. The first event has its own row and request."""
    take_counts(url)
    figures = Bench(tmp_path, lambda_environment(url)).run(contender, Work(60, 60))
    assert take_counts(url) == Counts(requests=requests + 1, deletes=61)
    assert figures.cpu_s > 0
    assert figures.start_cpu_s > 0


def test_the_report_and_the_planner_have_the_last_results() -> None:
    """Commit everything that `make bench` writes."""
    results = json.loads(RESULTS.read_text())
    report = REPORT.read_text()
    assert compared(results) in report
    assert targets(results) in report
    assert by_boto3(results) in report
    assert json.loads(MEASURED.read_text()) == for_planner(results)
    assert rules(results) in COSTS.read_text()
