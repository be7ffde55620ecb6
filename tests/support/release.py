"""A repository of the project with a remote, and releases from it. Nothing in the project's own clone changes."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from scavenger_ops.toolchain import ROOT

from support.pages import repository_files

# Newer than any version of the project.
VERSION, NEXT_VERSION = "1000.0.0", "1000.1.0"
SCRIPT = ("ops/release.py", *(str(path.relative_to(ROOT)) for path in (ROOT / "ops/releasing").glob("*.py")))
# In place of the project's files: a build without downloads, and one of everything that a release changes.
SMALL_PROJECT = {
    **{path: (ROOT / path).read_text() for path in SCRIPT},
    ".gitattributes": (ROOT / ".gitattributes").read_text(),
    ".gitignore": "/dist/\n__pycache__/\n",
    "build.sh": '#!/usr/bin/env bash\nset -e\ncd "$(dirname "$0")"\nmkdir dist\ncp README.md dist/scavenger.zip\n',
    "lambda_src/scavenger/__init__.py": '"""It."""\n\n__version__ = "0.1.0"\n',
    "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- The first, at `?ref=v0.1.0`.\n",
    "README.md": "Use `git::https://github.com/staging-scavenger/staging-scavenger.git//modules/a?ref=v0.1.0`.\n",
    "install.md": "pip install 'staging-scavenger[local] @ git+https://example.com/staging-scavenger@v0.1.0'\n",
    "one/main.tf": 'source = "git::ssh://git@example.com/fork/staging-scavenger.git?depth=1&ref=v0.0.9"\n',
}


def git(folder: Path, *arguments: str) -> str:
    """Return the output of a Git command in a folder."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip("\n")


def make_repository(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """Make a repository whose main has the project's files as they are now, or other files, and return its folder.

    Its remote is next to it, and the changelog has an entry to release.
    """
    clone, remote = folder / "clone", folder / "remote.git"
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    git(folder, "init", "--quiet", "--initial-branch=main", str(clone))
    configure(clone)
    for path in () if files else repository_files():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, clone / path)
    commit(clone, files or {})
    add_entry(clone, "What is released.")
    git(clone, "remote", "add", "origin", str(remote))
    git(clone, "push", "--quiet", "origin", "main")
    return clone


def configure(clone: Path) -> None:
    """Tell Git who commits. tests/conftest.py keeps the settings of the person who runs the tests away."""
    git(clone, "config", "user.name", "Tester")
    git(clone, "config", "user.email", "tester@example.com")


def commit(clone: Path, files: Mapping[str, str]) -> None:
    """Write files, and commit everything that has changed."""
    for path, text in files.items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(text)
        (clone / path).chmod(0o755 if text.startswith("#!") else 0o644)
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Change the files")


def add_entry(clone: Path, entry: str) -> None:
    """Commit an entry below [Unreleased]: a release needs one."""
    changelog = (clone / "CHANGELOG.md").read_text()
    commit(clone, {"CHANGELOG.md": changelog.replace("## [Unreleased]\n", f"## [Unreleased]\n\n- {entry}\n", 1)})


def run_release(clone: Path, command: str, name: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the clone's own ops/release.py with this Python."""
    words = [sys.executable, str(clone / "ops" / "release.py"), command, name]
    return subprocess.run(words, cwd=clone, capture_output=True, text=True, check=False)


def release(clone: Path, version: str) -> None:
    """Make a release, and run the command that it prints, which pushes main and the tag to the remote."""
    made = run_release(clone, "make", version)
    assert made.returncode == 0, made.stderr
    (published,) = re.findall(r"^ *(git push .*)$", made.stdout, re.MULTILINE)
    subprocess.run(shlex.split(published), cwd=clone, capture_output=True, check=True)


def clone_of_tag(clone: Path, tag: str, folder: Path) -> Path:
    """Clone the remote of a repository, and check a tag out, as CI does it."""
    git(folder.parent, "clone", "--quiet", git(clone, "remote", "get-url", "origin"), str(folder))
    configure(folder)
    git(folder, "checkout", "--quiet", tag)
    return folder
