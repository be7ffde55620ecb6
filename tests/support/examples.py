"""Copies an example, so that its state stays apart from the user's."""

import shutil
from pathlib import Path

from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import ROOT


def copy_example(name: str, folder: Path) -> Path:
    """Copy an example, with what it refers to, and give the copy's path."""
    for file in ROOT.glob("*.tf"):
        shutil.copy(file, folder)
    shutil.copytree(ROOT / "modules", folder / "modules", ignore=shutil.ignore_patterns(".terraform"))
    (folder / "dist").mkdir()
    shutil.copy(PACKAGE, folder / "dist")
    example = folder / "examples" / name
    shutil.copytree(ROOT / "examples" / name, example, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    return example
