"""Release 0.1.0, as the history of this clone has it: its files, its package and its command."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.toolchain import BIN, ROOT

COMMIT = "db80135959cc3266c7508179cb97c4e272ba6d71"
# What its script `scavenger` runs, which only an installation has.
_PROGRAM = "from scavenger_ops.cli import app; app()"


def require_history() -> None:
    """Skip the test in a clone that lacks the commit, and in a source archive."""
    command = ["git", "cat-file", "-e", f"{COMMIT}^{{commit}}"]
    if subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("Git does not have the commit of release 0.1.0 here. In a shallow clone: git fetch --unshallow")


def read_file(path: str) -> str:
    """Return a file of the release."""
    return _git("show", f"{COMMIT}:{path}").decode()


def list_files() -> list[str]:
    """Return the paths of all files of the release."""
    return _git("ls-tree", "-r", "--name-only", COMMIT).decode().splitlines()


def copy_release(folder: Path) -> Path:
    """Copy the release into a new folder, and return the folder."""
    with tarfile.open(fileobj=io.BytesIO(_git("archive", COMMIT))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def build_package(release: Path) -> None:
    """Build the package of a copied release with its own script, which takes this clone's pip."""
    (release / ".venv").symlink_to(BIN.parent)
    subprocess.run([release / "build.sh"], check=True, capture_output=True)


def list_options(release: Path) -> dict[str, list[str]]:
    """Return the options of each subcommand of a copied release."""
    program = (
        "import json, typer; from scavenger_ops.cli import app; commands = typer.main.get_command(app).commands; "
        "print(json.dumps({name: [option for each in command.params for option in each.opts] "
        "for name, command in commands.items()}))"
    )
    listed: dict[str, list[str]] = json.loads(_run(release, os.environ, "-c", program))
    return listed


def run_for_json(release: Path, environment: Mapping[str, str], *arguments: str) -> Any:
    """Run the release's own `scavenger` with --json, and return the result."""
    return json.loads(_run(release, environment, "-c", _PROGRAM, *arguments, "--json"))


def _run(release: Path, environment: Mapping[str, str], *arguments: str) -> str:
    """Run Python with the release's modules, and return its standard output, whatever the exit code."""
    path = f"{release}/ops:{release}/lambda_src"
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env={**environment, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, check=False
    ).stdout


def _git(*arguments: str) -> bytes:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
