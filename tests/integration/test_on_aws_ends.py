"""A run of `make test-aws` destroys what it deployed, however it ends."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aws.run_names import PREFIX
from aws.terraform_run import RUNS_VARIABLE
from scavenger_ops.signals import SIGNALLED
from scavenger_ops.toolchain import ROOT
from support.aws_runs import PYTEST, RUN_TIMEOUT_S, names_left
from support.deployment import wait_until

Clients = Callable[[str], Any]
Start = Callable[..., subprocess.Popen[str]]

# A deployment of seconds. The apply lasts until the file `go` is there.
CONFIGURATION = """
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "name" {
  type = string
}

variable "go" {
  type = string
}

resource "aws_dynamodb_table" "this" {
  name         = var.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "until [ -e ${var.go} ]; do sleep 0.1; done"
  }

  depends_on = [aws_dynamodb_table.this]
}
"""
TESTS = """
import threading
from pathlib import Path

import pytest
from aws.run_names import name_of
from aws.terraform_run import deploy

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def table(aws):
    name = name_of(aws.run_id, "x")
    with deploy(aws, HERE / "configuration", name, {"name": name, "go": str(HERE / "go")}):
        yield name


def test_which_fails(table):
    assert table is None


def test_which_waits(table):
    (HERE / "waits").touch()
    threading.Event().wait()
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return the folder with the deployments of a run."""
    return tmp_path / "runs"


@pytest.fixture
def environment(attached: dict[str, str], runs: Path) -> dict[str, str]:
    """Return the environment of a run on the local AWS."""
    # The tests of a run are imported by their names, as pytest's setting `pythonpath` allows for those in the clone.
    return {**attached, RUNS_VARIABLE: str(runs), "PYTHONPATH": str(ROOT / "tests")}


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a run of TESTS, in a process group of its own, as a terminal does."""
    (tmp_path / "configuration").mkdir()
    (tmp_path / "configuration" / "main.tf").write_text(CONFIGURATION)
    (tmp_path / "test_deployed.py").write_text(TESTS)
    conftest = ("-p", "aws.conftest", f"--config-file={ROOT / 'pyproject.toml'}", f"--rootdir={tmp_path}")
    with ExitStack() as processes:

        def start(*options: str) -> subprocess.Popen[str]:
            # One process more that runs tests, instead of three, which would take seconds to start.
            command = [*PYTEST, *conftest, "--numprocesses=1", *options, str(tmp_path)]
            process = processes.enter_context(
                subprocess.Popen(
                    command,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    start_new_session=True,
                )
            )
            # If it does not end, the test fails, and it is killed.
            processes.callback(process.kill)
            return process

        yield start


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end of a run, and return its exit code and output."""
    output, _ = process.communicate(timeout=RUN_TIMEOUT_S)
    return process.returncode, output


def test_what_a_failed_test_deployed_is_destroyed(start: Start, client: Clients, tmp_path: Path, runs: Path) -> None:
    """The run fails."""
    (tmp_path / "go").touch()
    code, output = end(start("-k", "fails"))
    assert (code, "1 failed" in output) == (1, True), output
    assert names_left(client) == set()
    assert not list(runs.iterdir())


def test_what_an_ended_run_deployed_is_destroyed(start: Start, client: Clients, tmp_path: Path, runs: Path) -> None:
    """The signal is for the first process, which ends the others."""
    (tmp_path / "go").touch()
    process = start("-k", "waits")
    assert wait_until((tmp_path / "waits").exists, 120)
    process.send_signal(signal.SIGTERM)
    code, output = end(process)
    assert (code, f"Destroying {PREFIX}" in output) == (SIGNALLED + signal.SIGTERM, True), output
    assert names_left(client) == set()
    assert not list(runs.iterdir())


def test_a_run_that_is_interrupted_while_it_deploys_waits_for_terraform(
    start: Start, client: Clients, tmp_path: Path, runs: Path
) -> None:
    """Terraform writes its state before another one destroys. A second Ctrl-C only says that it takes a while."""
    process = start("-k", "waits")
    assert wait_until(lambda: bool(names_left(client)), 120)
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout
    assert any("Destroying" in line for line in process.stdout)
    os.killpg(process.pid, signal.SIGINT)
    assert any("kill -9" in line for line in process.stdout)
    (tmp_path / "go").touch()
    assert end(process)[0] == 2
    assert names_left(client) == set()
    assert not list(runs.iterdir())


def test_what_terraform_cannot_destroy_is_named(start: Start, client: Clients, tmp_path: Path, runs: Path) -> None:
    """The run fails, and its state is kept."""
    (tmp_path / "go").touch()
    process = start("-k", "waits")
    assert wait_until((tmp_path / "waits").exists, 120)
    (state,) = runs.rglob("terraform.tfstate")
    state.write_text("not a state")
    process.send_signal(signal.SIGTERM)
    code, output = end(process)
    assert code == 1
    (name,) = names_left(client)
    assert f"{name} is not destroyed: terraform destroy ended with 1." in output
    assert f"To try again: terraform -chdir={state.parent} destroy" in output
    assert state.exists()
    client("dynamodb").delete_table(TableName=name)


def test_a_run_without_an_account_ends_at_once(start: Start, environment: dict[str, str]) -> None:
    """It says what to set."""
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nowhere"}
    code, output = end(start())
    assert (code, "No Region is set. Set AWS_REGION" in output) == (4, True), output
    environment["AWS_REGION"] = "us-east-1"
    code, output = end(start())
    assert (code, "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID" in output) == (4, True), output
