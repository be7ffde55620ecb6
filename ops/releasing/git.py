"""Git in the clone: commands, commits, tags and worktrees."""

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


def commit_of(ref: str) -> str:
    """Return the commit of a branch or tag, by its full name, or nothing if the clone does not have it."""
    return run_git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").stdout.strip()


def is_ancestor(commit: str, descendant: str) -> bool:
    """Return whether the second commit is, or comes after, the first. The clone may have neither."""
    return not run_git("merge-base", "--is-ancestor", commit, descendant).returncode


def has_tag(tag: str) -> bool:
    """Return whether the clone has a tag."""
    return not run_git("rev-parse", "--verify", "--quiet", f"refs/tags/{tag}").returncode


def check_clean() -> None:
    """Refuse changed files. Files that Git does not track do not matter: they are in no commit."""
    if changed := git("status", "--porcelain", "--untracked-files=no").splitlines():
        name = changed[0].split(maxsplit=1)[1]
        raise ReleaseError(f"{name} has changes that are not committed. Commit them, or run: git stash")


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
