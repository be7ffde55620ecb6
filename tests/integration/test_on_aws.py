"""What `make test-aws` runs on an account passes on the local AWS, but for what that does not model."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from aws.terraform_run import RUNS_VARIABLE
from scavenger_ops.local.limits import LIMITS
from scavenger_ops.toolchain import ROOT
from support.aws_runs import PYTEST, RUN_TIMEOUT_S, names_left

# What only an account shows.
SKIPPED = {"test_a_throttled_table_is_drained_without_loss"}
REASON = "The local AWS does not model: "


def test_a_run_passes_and_names_what_it_skips(
    attached: dict[str, str], client: Callable[[str], Any], tmp_path: Path
) -> None:
    """It destroys what it made."""
    runs, report = tmp_path / "runs", tmp_path / "report.xml"
    command = [*PYTEST, "--confcutdir=tests/aws", f"--junitxml={report}", "tests/aws"]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**attached, RUNS_VARIABLE: str(runs)},
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr
    skipped = {
        case.attrib["name"].split("@")[0]: found.attrib["message"]
        for case in ET.parse(report).iter("testcase")  # noqa: S314 - the report is pytest's
        for found in case.iter("skipped")
    }
    assert skipped.keys() == SKIPPED
    assert {reason.removeprefix(REASON) for reason in skipped.values()} <= {limit.subject for limit in LIMITS}
    assert names_left(client) == set()
    assert not list(runs.iterdir())
