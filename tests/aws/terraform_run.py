"""Deploys copies of a configuration, and destroys them, also after a run that was interrupted.

Each deployment has a folder in `runs_folder()`, with the copy, its state, and terraform.log, which has all that
Terraform said. Terraform runs in a session of its own and writes to that file: neither Ctrl-C nor the end of the tests'
process ends it before it has written its state.
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

# Tests of a run set another folder.
RUNS_VARIABLE = "SCAVENGER_TEST_RUNS"
OVERRIDE = "test_run_override.tf"
VARIABLES = "test_run.auto.tfvars.json"
# A Terraform that a killed process started may still apply.
LOCK_TIMEOUT = "-lock-timeout=10m"
# After an interrupt, Terraform waits for what AWS is making.
INTERRUPT_TIMEOUT_S = 600


class AppliedCopy(NamedTuple):
    """A configuration that is applied: its copy, the folder of the deployment, and Terraform's environment."""

    configuration: Path
    folder: Path
    environment: Mapping[str, str]

    def apply(self, **variables: object) -> None:
        """Apply the configuration, with these variables instead of their earlier values."""
        file = self.configuration / VARIABLES
        before = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(before | variables))
        self.terraform("apply", "-auto-approve")

    def outputs(self) -> dict[str, Any]:
        """Return the outputs, by name."""
        found = json.loads(self.terraform("output", "-json"))
        return {name: output["value"] for name, output in found.items()}

    def destroy(self) -> None:
        """Destroy what was applied, unless that is done, and remove the folder. Raises TerraformError if that fails."""
        # Also before there is a state: a Terraform that was left alone may be about to write it.
        if (self.configuration / VARIABLES).exists():
            self.terraform("destroy", "-auto-approve", LOCK_TIMEOUT)
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def terraform(self, command: str, *arguments: str) -> str:
        """Run a Terraform command, and return its output. Raises TerraformError with the end of the output."""
        log = self.folder / "terraform.log"
        with log.open("a+") as output:
            start = output.seek(0, os.SEEK_END)
            code = self._run(command, *arguments, output=output.fileno())
            output.seek(start)
            told = output.read()
        if code != 0:
            raise TerraformError(f"terraform {command} ended with {code}. The end of {log}:\n{told[-4000:]}")
        return told

    def _run(self, *arguments: str, output: int) -> int:
        """Run a Terraform command to its end, and return its exit code. After an interrupt, it gets time to end."""
        with subprocess.Popen(
            [TERRAFORM, f"-chdir={self.configuration}", *arguments],
            env={
                **self.environment,
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
    return Path(os.environ.get(RUNS_VARIABLE, ROOT / ".test-aws"))


@contextmanager
def deploy(
    aws: Aws, configuration: Path, name: str, variables: Mapping[str, object], *, override: str = ""
) -> Iterator[AppliedCopy]:
    """Apply a copy of a configuration for the time of the block.

    `name` is that of the deployment (run_names.name_of), and of its folder. `override` is Terraform code that replaces
    parts of the copy, as in an override file. Everything that can have tags has the run's.
    """
    folder = runs_folder() / aws.run_id / name
    folder.mkdir(parents=True)
    copy = copy_configuration(folder) if configuration == ROOT else copy_with_root(configuration, folder)
    (copy / LOCK.name).write_text(LOCK.read_text())
    (copy / OVERRIDE).write_text(_TAGGED % (RUN_TAG, aws.run_id) + override)
    deployment = AppliedCopy(copy, folder, aws.environment)
    try:
        deployment.terraform("init")
        deployment.apply(**variables)
        yield deployment
    finally:
        deployment.destroy()


# An override file may also add a provider that the configuration, like the root, leaves to its caller.
_TAGGED = 'provider "aws" {\n  default_tags {\n    tags = { %s = "%s" }\n  }\n}\n'


def left_behind(run_id: str, environment: Mapping[str, str]) -> list[AppliedCopy]:
    """Return the deployments of a run that were not destroyed."""
    folders = (runs_folder() / run_id).glob("*")
    return [AppliedCopy(file.parent, folder, environment) for folder in folders for file in folder.rglob(OVERRIDE)]
