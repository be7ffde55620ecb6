"""Runs a shell or another command with a local AWS, so that all of it can be tried without an account."""

import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scavenger_ops.command import EXIT_NOT_OK, say
from scavenger_ops.local_aws import LocalAwsError, local_aws
from scavenger_ops.signals import ENDING, SIGNALLED, handle, unwind
from scavenger_ops.toolchain import BIN


def run(command: Sequence[str]) -> int:
    """Run the command, or the user's shell, in an environment that leads to a new local AWS; give its exit code.

    With the command ends the local AWS, and all that was deployed to it. Terraform keeps its state in a workspace
    apart, so that it never touches that of a real deployment.
    """
    handle(unwind)
    argv = list(command) or [os.environ.get("SHELL", "/bin/sh")]
    try:
        # What its processes still write while they end may come after the folder was emptied.
        with tempfile.TemporaryDirectory(prefix="scavenger-local-", ignore_cleanup_errors=True) as folder:
            return _run_locally(argv, Path(folder), is_shell=not command)
    except (LocalAwsError, OSError) as error:
        say(f"error: {error}", "red")
        return EXIT_NOT_OK


def _run_locally(argv: Sequence[str], folder: Path, *, is_shell: bool) -> int:
    with local_aws(folder) as environment:
        if is_shell:
            say("This shell has a local AWS, for Terraform and all else in it. Leave it (exit), and it is gone.")
        own = {
            "PATH": f"{BIN}{os.pathsep}{environment.get('PATH', '')}",
            "TF_WORKSPACE": f"local-{secrets.token_hex(4)}",
        }
        return _run(argv, environment | own)


def _run(argv: Sequence[str], environment: dict[str, str]) -> int:
    # Ctrl-C is for what the shell runs. When the terminal is closed, or this is ended, the local AWS has to end too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # Not while the command is being started, when there is nothing yet to end.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        process = subprocess.Popen(argv, env=environment, preexec_fn=_heed_signals)  # noqa: PLW1509 - no thread is running
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            code = process.wait()
        except SystemExit:
            process.terminate()
            raise
        # As a shell says it of what a signal has ended.
        return SIGNALLED - code if code < 0 else code
    finally:
        # It may not have been started at all.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _heed_signals() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
