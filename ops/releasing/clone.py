"""What both commands of ops/release.py need of the clone: Git, worktrees, version, changelog, tags and package."""

import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "dist/scavenger.zip"
CHANGELOG = "CHANGELOG.md"
# pyproject.toml and the function read the version from it.
VERSION_FILE = "lambda_src/scavenger/__init__.py"
ASSIGNMENT = re.compile(r'^(__version__ = )"(.*)"$', re.MULTILINE)
NUMBER = r"(?:0|[1-9][0-9]*)"
VERSION = re.compile(rf"{NUMBER}\.{NUMBER}\.{NUMBER}")
# In the source of a Terraform module.
REFERENCE = re.compile(r"([?&]ref=v)([0-9]+\.[0-9]+\.[0-9]+)")
INTERRUPTIONS = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}


class ReleaseError(Exception):
    """A release cannot be made, or is not as it should be. The text says what to do."""


def in_clone(path: str) -> Path:
    """Return a file of the clone, by its path from the root."""
    return ROOT / path


def run_git(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a Git command, which may fail, in the clone or in a worktree of it."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder or ROOT, capture_output=True, text=True, check=False)


def git(*arguments: str, folder: Path | None = None) -> str:
    """Return the output of a Git command. Raises ReleaseError if it fails."""
    ran = run_git(*arguments, folder=folder)
    if ran.returncode:
        raise ReleaseError(f"git {arguments[0]} failed: {last_line(ran)}. Remove the reason, and run this again.")
    return ran.stdout.strip("\n")


def last_line(ran: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that a failed command wrote, or its exit code."""
    return (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]


def is_ancestor(commit: str, descendant: str) -> bool:
    """Return whether the second commit is, or comes after, the first. The clone may not have the first."""
    return not run_git("merge-base", "--is-ancestor", commit, descendant).returncode


def has_tag(tag: str) -> bool:
    """Return whether the clone has a tag."""
    return not run_git("rev-parse", "--verify", "--quiet", f"refs/tags/{tag}").returncode


def check_clean() -> None:
    """Refuse changed files. Files that Git does not track do not matter: they are in no commit."""
    if changed := git("status", "--porcelain", "--untracked-files=no").splitlines():
        name = changed[0].split(maxsplit=1)[1]
        raise ReleaseError(f"{name} has changes that are not committed. Commit them, or run: git stash")


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


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """Check a commit out into a temporary folder, which is removed in any case."""
    with TemporaryDirectory(prefix="release-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary, "worktree")
        try:
            git("worktree", "add", "--detach", str(folder), commit)
            yield folder
        finally:
            with uninterrupted():
                # Forced twice, since Git locks a worktree while it creates it.
                run_git("worktree", "remove", "--force", "--force", str(folder))


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let signals wait, also for the processes that are started meanwhile: they inherit the mask."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def build(folder: Path) -> str:
    """Build the package of a worktree, and return its SHA-256."""
    # If build.sh is killed, it cannot remove its temporary files. The folder around the worktree is removed.
    environment = {**os.environ, "PYTHON": sys.executable, "TMPDIR": str(folder.parent)}
    if subprocess.run([folder / "build.sh"], env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        raise ReleaseError("build.sh failed, for the reason above. Remove the reason, and run this again.")
    return hashlib.sha256((folder / PACKAGE).read_bytes()).hexdigest()


def show(line: str) -> None:
    """Print a line of the result."""
    print(line, flush=True)  # noqa: T201 - for the person who releases
