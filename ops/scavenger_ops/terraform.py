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
LOCK = ROOT / ".terraform.lock.hcl"
# Terraform ends within seconds of its first Ctrl-C, if its providers do.
INTERRUPT_TIMEOUT_S = 10


class TerraformError(Exception):
    """A Terraform command failed; the text ends as its output does."""


def check_clone() -> None:
    """Raise TerraformError unless there is what the configuration is applied with, which only a clone has."""
    missing = [path for path in (ROOT / "main.tf", LOCK, PACKAGE, TERRAFORM) if not path.is_file()]
    if not missing:
        return
    raise TerraformError(
        f"it needs a clone of the repository, with Terraform and the function's package in it, and there is no "
        f"{missing[0]}. Clone it, and run `make demo` there, which sets up both."
    )


def copy_configuration(folder: Path) -> Path:
    """Copy the root configuration into a new folder and give its path.

    The state is kept there, whatever backend the configuration names.
    """
    copy = folder / "configuration"
    copy.mkdir()
    for file in (*ROOT.glob("*.tf"), LOCK):
        shutil.copy(file, copy)
    shutil.copytree(ROOT / "modules", copy / "modules", ignore=shutil.ignore_patterns(".terraform"))
    (copy / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    return copy


def run_terraform(configuration: Path, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run one command and give what it printed.

    Raises TerraformError if it fails. Ctrl-C is passed on to Terraform, which then ends in good order, or is ended.
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
        try:
            process.communicate(timeout=INTERRUPT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
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
