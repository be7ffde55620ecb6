"""Copies an example, so that its state stays apart from the user's."""

import shutil
from pathlib import Path

from scavenger_ops.terraform import PACKAGE, copy_configuration
from scavenger_ops.toolchain import ROOT


def copy_example(name: str, folder: Path) -> Path:
    """Copy an example, with the root configuration and the package that it refers to, and give the copy's path."""
    root = copy_configuration(folder)
    (root / "dist").mkdir()
    shutil.copy(PACKAGE, root / "dist")
    example = root / "examples" / name
    shutil.copytree(ROOT / "examples" / name, example, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    return example
