"""Runs Terraform on a copy of the root configuration, so that it never touches the user's state and settings."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scavenger_ops.toolchain import BIN, ROOT

TERRAFORM = BIN / "terraform"
PACKAGE = ROOT / "dist" / "scavenger.zip"
LOCK = ROOT / ".terraform.lock.hcl"
# After one Ctrl-C, Terraform ends within seconds, if its providers do.
INTERRUPT_TIMEOUT_S = 10


class TerraformError(Exception):
    """A Terraform command failed. The text ends with the end of its output."""


def check_clone() -> None:
    """Raise TerraformError unless this is a clone with Terraform and the function's package."""
    missing = [path for path in (ROOT / "main.tf", LOCK, PACKAGE, TERRAFORM) if not path.is_file()]
    if not missing:
        return
    raise TerraformError(
        f"it needs a clone of the repository with Terraform and the function's package, but {missing[0]} is missing. "
        "Clone the repository and run `make demo` there: it sets up both."
    )


def copy_configuration(folder: Path) -> Path:
    """Copy the root configuration into a new folder below `folder`, and return its path.

    The state is kept in that folder, whichever backend the configuration names.
    """
    copy = folder / "configuration"
    copy.mkdir()
    for file in (*ROOT.glob("*.tf"), LOCK):
        shutil.copy(file, copy)
    shutil.copytree(ROOT / "modules", copy / "modules", ignore=shutil.ignore_patterns(".terraform"))
    (copy / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    return copy


def run_terraform(configuration: Path, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run a Terraform command, and return its output.

    Raises TerraformError if it fails. Ctrl-C is passed on to Terraform, so that it can end properly; after
    INTERRUPT_TIMEOUT_S it is killed.
    """
    with _terraform(configuration, arguments, environment) as process:
        output, _ = process.communicate()
    if process.returncode != 0:
        raise TerraformError(f"terraform {arguments[0]} failed:\n{output[-4000:]}")
    return output


def follow_terraform(
    configuration: Path, *arguments: str, environment: Mapping[str, str], show: Callable[[Mapping[str, Any]], None]
) -> None:
    """Apply or destroy without questions, and show each line of what Terraform tells in JSON.

    Raises TerraformError with Terraform's errors if it fails. Ctrl-C is passed on, as by run_terraform.
    """
    command, *options = arguments
    errors: list[str] = []
    with _terraform(
        configuration, (command, "-json", "-auto-approve", "-input=false", *options), environment
    ) as process:
        for line in process.stdout or ():
            event = _read_event(line)
            show(event)
            errors += _errors_of(event)
    if process.returncode != 0:
        raise TerraformError(f"terraform {command} failed:\n{''.join(errors)[-4000:]}")


@contextmanager
def _terraform(
    configuration: Path, arguments: Sequence[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Start a Terraform command. If the block is interrupted, interrupt Terraform too, and wait for its end."""
    with subprocess.Popen(
        [TERRAFORM, f"-chdir={configuration}", *arguments],
        # The lock file may have no checksum of a cached provider for this platform; Terraform changes only a copy.
        env={**environment, "TF_IN_AUTOMATION": "1", "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        except BaseException:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.communicate(timeout=INTERRUPT_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
            raise


def _read_event(line: str) -> Mapping[str, Any]:
    """Return a line of Terraform's as an object. A line that is none is an error, such as of a crash."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    return event if isinstance(event, dict) else {"diagnostic": {"severity": "error", "summary": line.rstrip()}}


def _errors_of(event: Mapping[str, Any]) -> Iterator[str]:
    """Yield the error that Terraform tells in a line, if it does."""
    told = event.get("diagnostic", {})
    if told.get("severity") == "error":
        yield "\n".join(filter(None, (told.get("summary"), told.get("detail")))) + "\n"


def destroy(configuration: Path, *options: str, environment: Mapping[str, str]) -> None:
    """Destroy what was applied. Raises TerraformError if that fails."""
    run_terraform(configuration, "destroy", "-auto-approve", "-input=false", *options, environment=environment)


def read_outputs(configuration: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the outputs of what was applied, by name."""
    outputs = json.loads(run_terraform(configuration, "output", "-json", environment=environment))
    return {name: output["value"] for name, output in outputs.items()}
