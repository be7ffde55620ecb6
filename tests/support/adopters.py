"""Copies a configuration of tests/data/adopter: what those write who use the modules and the root."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from scavenger_ops.terraform import LOCK, PACKAGE, copy_configuration, run_terraform
from scavenger_ops.toolchain import ROOT


def copy_adopter(name: str, folder: Path, environment: Mapping[str, str]) -> Path:
    """Copy a configuration, with the root, the modules and the package that it uses. Return the path of the copy."""
    root = copy_configuration(folder)
    (root / "dist").mkdir()
    shutil.copy(PACKAGE, root / "dist")
    copy = root / "examples" / name
    shutil.copytree(ROOT / "tests/data/adopter" / name, copy)
    shutil.copy(LOCK, copy)
    run_terraform(copy, "init", "-input=false", environment=environment)
    return copy


def one_line(text: str) -> str:
    """Return an output of Terraform in one line, without the frames of its errors."""
    return " ".join(text.replace("│", "").split())
