"""Copies an example, so that its state is not the user's, and runs the commands of its README."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from scavenger_ops.terraform import PACKAGE, copy_configuration
from scavenger_ops.toolchain import BIN, ROOT

# Terraform would ask a person.
WITHOUT_QUESTIONS = {
    f"TF_CLI_ARGS_{command}": "-auto-approve -input=false -no-color" for command in ("apply", "destroy")
}


def copy_example(name: str, folder: Path) -> Path:
    """Copy an example, with what it refers to and the tools that its README runs, and return the copy's path."""
    folder.mkdir(exist_ok=True)
    example = copy_with_root(ROOT / "examples" / name, folder)
    (example.parents[1] / ".venv").symlink_to(BIN.parent)
    return example


def copy_with_root(configuration: Path, folder: Path) -> Path:
    """Copy a configuration to where the examples are, with the root and the package, and return the copy's path."""
    root = copy_configuration(folder)
    (root / "dist").mkdir()
    shutil.copy(PACKAGE, root / "dist")
    copy = root / "examples" / configuration.name
    shutil.copytree(configuration, copy, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    return copy


def find_deployment(example: Path) -> str:
    """Return the block of commands in the example's README that deploys it."""
    blocks: list[str] = re.findall(r"^```\n(.*?)^```$", (example / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if block.startswith("cd "))


def carry_out(example: Path, step: str, environment: Mapping[str, str]) -> str:
    """Run a step of the README as it is, and return its output.

    A step that changes to the example runs in the root of the repository. Other steps run in the example.
    """
    root = example.parents[1]
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", step],  # noqa: S607 - the user's own shell
        cwd=root if step.startswith("cd ") else example,
        env={**environment, **WITHOUT_QUESTIONS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout
