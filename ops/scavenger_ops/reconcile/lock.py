"""Lets only one run at a time do the same comparison on this machine."""

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path

from reconciler.explained_error import ExplainedError


def lock(path: Path, stack: ExitStack) -> None:
    """Lock the file of a comparison until the stack ends. Raises OSError, and ExplainedError if another run has it.

    The lock is on a second file: each save replaces the first one by a new file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path = path.with_suffix(".lock")
    try:
        _lock(path, stack)
    except BlockingIOError:
        raise ExplainedError(
            "Another run of the same comparison is in progress on this machine. Wait until it ends, or stop it, then "
            "run this again: it continues from there."
        ) from None
    stack.callback(path.unlink, missing_ok=True)


def _lock(path: Path, stack: ExitStack) -> None:
    while True:
        file = stack.enter_context(path.open("w"))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another run that ended may have removed the file between open and lock.
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return
