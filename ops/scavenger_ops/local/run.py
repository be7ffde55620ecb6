"""The `local` command: runs a shell or another command with a local AWS, to try everything without an account."""

import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scavenger_ops.command import EXIT_NOT_OK, say
from scavenger_ops.local.ministack import LocalAwsError, local_aws
from scavenger_ops.local.welcome import welcome
from scavenger_ops.signals import ENDING, SIGNALLED, handle, unwind
from scavenger_ops.toolchain import BIN


def run(command: Sequence[str]) -> int:
    """Run the command, or the user's shell, with a new local AWS, and return its exit code.

    The local AWS, and everything deployed to it, ends with the command. Terraform uses a workspace of its own, so that
    it never touches the state of a real deployment.
    """
    handle(unwind)
    argv = list(command) or [os.environ.get("SHELL", "/bin/sh")]
    try:
        # Its processes may still write while they end, after the folder was emptied.
        with tempfile.TemporaryDirectory(prefix="scavenger-local-", ignore_cleanup_errors=True) as folder:
            return _run_locally(argv, Path(folder), is_shell=not command)
    except (LocalAwsError, OSError) as error:
        say(f"error: {error}", "red")
        return EXIT_NOT_OK


def _run_locally(argv: Sequence[str], folder: Path, *, is_shell: bool) -> int:
    with local_aws(folder) as environment:
        if is_shell:
            say(welcome())
        own = {
            "PATH": f"{BIN}{os.pathsep}{environment.get('PATH', '')}",
            "TF_WORKSPACE": f"local-{secrets.token_hex(4)}",
        }
        return _run(argv, environment | own)


def _run(argv: Sequence[str], environment: dict[str, str]) -> int:
    # Ctrl-C is for what the shell runs. A closed terminal, or `kill`, must also end the local AWS.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # Block signals until the command has started: before, there is nothing to end.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        process = subprocess.Popen(argv, env=environment, preexec_fn=_restore_signals)  # noqa: PLW1509 - no thread is running
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            code = process.wait()
        except SystemExit:
            process.terminate()
            raise
        # A shell's exit code of a command that a signal ended.
        return SIGNALLED - code if code < 0 else code
    finally:
        # The command may not have started.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _restore_signals() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
