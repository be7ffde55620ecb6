"""Deploys copies of a configuration, and destroys them, also after a run that was interrupted.

Each deployment has a folder in `runs_folder()`: the copy, its state, and terraform.log, which has all that Terraform
said. Terraform runs in a session of its own and writes to a file, so that Ctrl-C, or the end of the tests' process,
never ends it before it has written its state.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from scavenger_ops.terraform import LOCK, TERRAFORM, TerraformError, copy_configuration
from scavenger_ops.toolchain import ROOT
from support.examples import copy_with_root

from aws.account import Aws
from aws.run_names import RUN_TAG

# Where the states of runs are. Tests of the suite itself set another folder.
FOLDER_VARIABLE = "SCAVENGER_TEST_RUNS"
OVERRIDE = "test_run_override.tf"
VARIABLES = "test_run.auto.tfvars.json"
# A Terraform that the tests left behind may still apply.
LOCK_TIMEOUT = "-lock-timeout=10m"
# After an interrupt, Terraform waits for what AWS is making.
INTERRUPT_TIMEOUT_S = 600


class Deployment(NamedTuple):
    """A configuration that is applied: its copy, the folder that has only this deployment, and Terraform's environment."""

    folder: Path
    home: Path
    environment: Mapping[str, str]

    def apply(self, **variables: object) -> None:
        """Apply the configuration, with these variables instead of their earlier values."""
        file = self.folder / VARIABLES
        before = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(before | variables))
        self._terraform("apply", "-auto-approve")

    def outputs(self) -> dict[str, Any]:
        """Return the outputs, by name."""
        found = json.loads(self._terraform("output", "-json"))
        return {name: output["value"] for name, output in found.items()}

    def planned_changes(self) -> dict[str, list[str]]:
        """Plan, and return what an apply would do, by address."""
        self._terraform("plan", "-out=test.tfplan")
        plan = json.loads(self._terraform("show", "-json", "test.tfplan"))
        changes = {each["address"]: each["change"]["actions"] for each in plan.get("resource_changes", [])}
        return {address: actions for address, actions in changes.items() if actions not in (["no-op"], ["read"])}

    def destroy(self) -> None:
        """Destroy what was applied, if anything is left, and remove the folder. Raises TerraformError if that fails."""
        if (self.folder / "terraform.tfstate").exists():
            self._terraform("destroy", "-auto-approve", LOCK_TIMEOUT)
        shutil.rmtree(self.home)

    def _terraform(self, command: str, *arguments: str) -> str:
        """Run a Terraform command, and return its output. Raises TerraformError with the end of the output."""
        log = self.home / "terraform.log"
        with log.open("a+") as output:
            start = output.seek(0, os.SEEK_END)
            code = _run(self.folder, (command, *arguments), self.environment, output.fileno())
            output.seek(start)
            told = output.read()
        if code != 0:
            raise TerraformError(f"terraform {command} failed; {log} has all of it:\n{told[-4000:]}")
        return told


def _run(folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str], output: int) -> int:
    """Run a Terraform command to its end, and return its exit code. After an interrupt, it gets time to end."""
    with subprocess.Popen(
        [TERRAFORM, f"-chdir={folder}", *arguments],
        env={
            **environment,
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_CLI_ARGS": "-no-color",
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
        },
        stdout=output,
        stderr=output,
        start_new_session=True,
    ) as process:
        try:
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait(INTERRUPT_TIMEOUT_S)
            raise


def runs_folder() -> Path:
    """Return the folder with the deployments of all runs."""
    return Path(os.environ.get(FOLDER_VARIABLE, ROOT / ".test-aws"))


@contextmanager
def deploy(
    aws: Aws, configuration: Path, name: str, variables: Mapping[str, object], *, override: str = ""
) -> Iterator[Deployment]:
    """Apply a copy of a configuration for the time of the block.

    `name` is that of the deployment (run_names.name_of), and of its folder. `override` is Terraform code that replaces
    parts of the copy, as in an override file.
    """
    home = runs_folder() / aws.run_id / name
    home.mkdir(parents=True)
    copy = copy_configuration(home) if configuration == ROOT else copy_with_root(configuration, home)
    (copy / LOCK.name).write_text(LOCK.read_text())
    (copy / OVERRIDE).write_text(_tagged(aws.run_id) + override)
    deployment = Deployment(copy, home, aws.environment)
    try:
        deployment._terraform("init")  # noqa: SLF001 - of this module
        deployment.apply(**variables)
        yield deployment
    finally:
        deployment.destroy()


def _tagged(run_id: str) -> str:
    """Return Terraform code that tags everything that a configuration makes."""
    return f'provider "aws" {{\n  default_tags {{\n    tags = {{ {RUN_TAG} = "{run_id}" }}\n  }}\n}}\n'


def left_behind(run_id: str, environment: Mapping[str, str]) -> list[Deployment]:
    """Return the deployments of a run that were not destroyed."""
    homes = (runs_folder() / run_id).glob("*")
    return [Deployment(file.parent, home, environment) for home in homes for file in home.rglob(OVERRIDE)]
