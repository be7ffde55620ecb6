"""Runs Terraform on a copy of the root configuration, so that its state and settings stay apart from the user's."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scavenger_ops.toolchain import BIN, ROOT

TERRAFORM = BIN / "terraform"
PACKAGE = ROOT / "dist" / "scavenger.zip"


class TerraformError(Exception):
    """A Terraform command failed; the text ends as its output does."""


def copy_configuration(folder: Path) -> Path:
    """Copy the root configuration into a new folder and give its path.

    The state is kept there, whatever backend the configuration names.
    """
    copy = folder / "configuration"
    copy.mkdir()
    for file in (*ROOT.glob("*.tf"), ROOT / ".terraform.lock.hcl"):
        shutil.copy(file, copy)
    shutil.copytree(ROOT / "modules", copy / "modules", ignore=shutil.ignore_patterns(".terraform"))
    (copy / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    return copy


def run_terraform(configuration: Path, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run one command and give what it printed.

    Raises TerraformError if it fails. Ctrl-C is passed on to Terraform, which then ends in good order.
    """
    process = subprocess.Popen(
        [TERRAFORM, f"-chdir={configuration}", *arguments],
        # A cached provider may lack a checksum for this platform in the lock file, of which this is only a copy.
        env={**environment, "TF_IN_AUTOMATION": "1", "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
        raise
    if process.returncode != 0:
        raise TerraformError(f"terraform {arguments[0]} failed:\n{output[-4000:]}")
    return output


def destroy(configuration: Path, *options: str, environment: Mapping[str, str]) -> None:
    """Destroy what was applied. Raises TerraformError if it fails."""
    run_terraform(configuration, "destroy", "-auto-approve", "-input=false", *options, environment=environment)


def read_outputs(configuration: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the outputs of what was applied, by name."""
    outputs = json.loads(run_terraform(configuration, "output", "-json", environment=environment))
    return {name: output["value"] for name, output in outputs.items()}
