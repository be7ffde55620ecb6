"""Git in the clone: commands, commits, tags and worktrees."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from releasing.messages import ReleaseError

ROOT = Path(__file__).resolve().parents[2]
# In full: a tag may have the same short name, and Git would prefer it.
MAIN, MAIN_OF_ORIGIN = "refs/heads/main", "refs/remotes/origin/main"
INTERRUPTIONS = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}


def in_clone(path: str) -> Path:
    """Return a file of the clone, by its path from the root."""
    return ROOT / path


def run_git(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a Git command, which may fail, in the clone or in a worktree of it."""
    # Hooks such as pre-commit's look for .venv, which a worktree does not have. `make test` runs the same checks.
    command = ["git", "-c", f"core.hooksPath={os.devnull}", *arguments]
    return subprocess.run(
        command, cwd=folder or ROOT, capture_output=True, encoding="utf-8", errors="surrogateescape", check=False
    )


def git(*arguments: str, folder: Path | None = None) -> str:
    """Return the output of a Git command. Raises ReleaseError if it fails."""
    ran = run_git(*arguments, folder=folder)
    if ran.returncode:
        raise ReleaseError(f"git {arguments[0]} failed: {reason(ran)}. Remove the reason, and run this again.")
    return ran.stdout.strip("\n")


def reason(ran: subprocess.CompletedProcess[str]) -> str:
    """Return why a command failed: its first line with an error, else its last line, else its exit code."""
    lines = ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"]
    errors = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return [*errors, lines[-1]][0].rstrip(".:")


def commit_of(ref: str) -> str:
    """Return the commit of a branch or tag, by its full name, or nothing if the clone does not have it."""
    return run_git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").stdout.strip()


def is_ancestor(commit: str, descendant: str) -> bool:
    """Return whether the second commit is, or comes after, the first. The clone may have neither."""
    return not run_git("merge-base", "--is-ancestor", commit, descendant).returncode


def check_clean() -> None:
    """Refuse changed files, and a merge. Files that Git does not track do not matter: they are in no commit."""
    if changed := git("status", "--porcelain", "--untracked-files=no").splitlines():
        name = changed[0].split(maxsplit=1)[1]
        raise ReleaseError(f"{name} has changes that are not committed. Commit them, or run: git stash")
    if commit_of("MERGE_HEAD"):
        raise ReleaseError("A merge is not finished. Run: git commit, or git merge --abort")


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
