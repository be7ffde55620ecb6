"""The project's files that a release changes or adds: version, changelog, references to tags, and package."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from releasing.git import git, in_clone
from releasing.messages import ReleaseError

PACKAGE = "dist/scavenger.zip"
CHECKSUM = f"{PACKAGE}.sha256"
NOTES = "dist/release-notes.md"
CHANGELOG = "CHANGELOG.md"
# pyproject.toml and the function read the version from it.
VERSION_FILE = "lambda_src/scavenger/__init__.py"
ASSIGNMENT = re.compile(r'^(__version__ = )"(.*)"$', re.MULTILINE)
NUMBER = r"(?:0|[1-9][0-9]*)"
VERSION = re.compile(rf"{NUMBER}\.{NUMBER}\.{NUMBER}")
# At the end of this project's address, also as `...git`, or alone. Addresses of other modules have tags of their own.
REFERENCE = re.compile(
    r"""((?:(?:staging-scavenger|\.\.)\.git[^\s"'`]*|(?<![^\s"'`]))[?&]ref=v)([0-9]+\.[0-9]+\.[0-9]+)"""
)


def current_version() -> str:
    """Return the version in the source. Raises ReleaseError if it has none."""
    if not (assigned := ASSIGNMENT.search(in_clone(VERSION_FILE).read_text())):
        raise ReleaseError(f"{VERSION_FILE} has no line with __version__. Restore it, and run this again.")
    return assigned[2]


def changes(name: str) -> str:
    """Return what the changelog has below the heading of a release, or of [Unreleased]."""
    _, _, after = in_clone(CHANGELOG).read_text().partition(f"\n## [{name}]")
    return re.split(r"^## ", after.partition("\n")[2], maxsplit=1, flags=re.MULTILINE)[0].strip()


def files_with_references(folder: Path) -> list[Path]:
    """Return the files that may refer to a tag. The changelog is left out: what it says about old releases stays."""
    names = git("ls-files", "-z", "*.md", "*.tf", folder=folder).split("\0")
    return [folder / name for name in names if name and name != CHANGELOG]


def build(folder: Path) -> str:
    """Build the package of a worktree, and return its SHA-256."""
    # If build.sh is killed, it cannot remove its temporary files. The folder around the worktree is removed.
    environment = {**os.environ, "PYTHON": sys.executable, "TMPDIR": str(folder.parent)}
    if subprocess.run([folder / "build.sh"], env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        raise ReleaseError("build.sh failed, for the reason above. Remove the reason, and run this again.")
    return hashlib.sha256((folder / PACKAGE).read_bytes()).hexdigest()
