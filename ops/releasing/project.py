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
RELEASED = re.compile(r"^## \[(.+)\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$", re.MULTILINE)
# At the end of this project's address, for pip, or for Terraform (also as `...git`, or alone). Addresses of other
# modules have tags of their own.
REFERENCE = re.compile(
    r"""((?:(?:(?:staging-scavenger|\.\.)\.git[^\s"'`]*|(?<![^\s"'`]))[?&]ref=|staging-scavenger(?:\.git)?@)v)"""
    r"([0-9]+\.[0-9]+\.[0-9]+)"
)


def read(path: Path) -> str:
    """Return the text of a file, so that writing it keeps its line ends and what is not UTF-8."""
    return path.read_bytes().decode(errors="surrogateescape")


def write(path: Path, text: str) -> None:
    """Write a text that `read` may have returned."""
    path.write_bytes(text.encode(errors="surrogateescape"))


def current_version(folder: Path) -> str:
    """Return the version in the source of a clone or worktree. Raises ReleaseError if it has none."""
    if not (assigned := ASSIGNMENT.search(read(folder / VERSION_FILE))):
        raise ReleaseError(f"{VERSION_FILE} has no line with __version__. Restore it, and run this again.")
    return assigned[2]


def changes(name: str) -> str:
    """Return what the changelog has below the heading of a release, or of [Unreleased]."""
    _, _, after = read(in_clone(CHANGELOG)).partition(f"\n## [{name}]")
    return re.split(r"^## ", after.partition("\n")[2], maxsplit=1, flags=re.MULTILINE)[0].strip()


def files_with_references(folder: Path) -> list[Path]:
    """Return the files that may refer to a tag. The changelog is left out: what it says about old releases stays."""
    names = git("ls-files", "-z", "*.md", "*.tf", folder=folder).split("\0")
    files = [folder / name for name in names if name and name != CHANGELOG]
    return [path for path in files if not path.is_symlink()]


def other_version(folder: Path, version: str) -> str:
    """Return which file of a clone or worktree has another version, and which one, or nothing if each has this one."""
    newest = RELEASED.search(read(folder / CHANGELOG))
    found = [(VERSION_FILE, current_version(folder)), (CHANGELOG, newest[1] if newest else "no release")]
    for path in files_with_references(folder):
        found += [(str(path.relative_to(folder)), named) for _, named in REFERENCE.findall(read(path))]
    return next((f"{name} has {named}" for name, named in found if named != version), "")


def build(folder: Path) -> str:
    """Build the package of a worktree, and return its SHA-256."""
    # If build.sh is killed, it cannot remove its temporary files. The folder around the worktree is removed.
    environment = {**os.environ, "PYTHON": sys.executable, "TMPDIR": str(folder.parent)}
    command = ["bash", str(folder / "build.sh")]
    if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        raise ReleaseError("build.sh failed, for the reason above. Remove the reason, and run this again.")
    return hashlib.sha256((folder / PACKAGE).read_bytes()).hexdigest()
