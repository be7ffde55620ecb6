"""What `make test-aws` runs on an account passes on the local AWS, but for what that does not model.

It runs as a user who has only the policies of docs/reference/test-role.
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from aws.terraform_run import RUNS_VARIABLE
from scavenger_ops.local.limits import LIMITS
from scavenger_ops.toolchain import ROOT
from support.aws_runs import PYTEST, RUN_TIMEOUT_S, names_left
from support.provider import running_provider
from support.tester_role import make_tester

# What only an account shows.
SKIPPED = {
    "test_a_difference_to_a_metric_without_values",
    "test_a_metric_without_values_is_filled",
    "test_a_throttled_table_is_drained_without_loss",
    "test_an_update_by_partiql_has_an_old_image",
    "test_backoff_between_retries",
    "test_differences_across_a_gap",
    "test_equals_ignore_case",
    "test_filters_on_old_and_new_images",
    "test_partiql_answers_a_refused_delete_among_good_ones",
    "test_partiql_answers_the_same_key_twice",
    "test_the_epoch_of_a_metric_with_gaps",
    "test_what_conditional_deletes_cost",
}
REASON = "The local AWS does not model: "


@pytest.fixture
def tester(
    local: dict[str, str], client: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Run a provider with the permissions of a user who has only the role's policies; return the user's environment."""
    environment = {**local, **make_tester(client("iam"))}
    with running_provider(tmp_path_factory.mktemp("provider"), environment) as attached:
        yield attached


def test_a_run_passes_and_names_what_it_skips(
    tester: dict[str, str], client: Callable[[str], Any], tmp_path: Path
) -> None:
    """It destroys what it made."""
    runs, report = tmp_path / "runs", tmp_path / "report.xml"
    command = [*PYTEST, "--confcutdir=tests/aws", f"--junitxml={report}", "tests/aws"]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**tester, RUNS_VARIABLE: str(runs)},
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
