"""Runs a shell or another command with a local AWS, so that all of it can be tried without an account."""

import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from scavenger_ops.command import LEFT, say
from scavenger_ops.local_aws import LocalAwsError, local_aws
from scavenger_ops.toolchain import BIN

# What a shell adds to the number of the signal that has ended a command.
SIGNALLED = 128
# What a terminal that is closed sends, and who ends a process.
ENDING = (signal.SIGHUP, signal.SIGTERM)


def run(command: Sequence[str]) -> int:
    """Run the command, or the user's shell, in an environment that leads to a new local AWS; give its exit code.

    With the command ends the local AWS, and all that was deployed to it. Terraform keeps its state in a workspace
    apart, so that it never touches that of a real deployment.
    """
    argv = list(command) or [os.environ.get("SHELL", "/bin/sh")]
    with tempfile.TemporaryDirectory(prefix="scavenger-local-", ignore_cleanup_errors=True) as folder:
        try:
            with local_aws(Path(folder)) as environment:
                if not command:
                    say(
                        "This shell has a local AWS, for Terraform and all else in it. Leave it (exit), and it is gone."
                    )
                own = {
                    "PATH": f"{BIN}{os.pathsep}{environment.get('PATH', '')}",
                    "TF_WORKSPACE": f"local-{secrets.token_hex(4)}",
                }
                return _run(argv, environment | own)
        except (LocalAwsError, FileNotFoundError) as error:
            say(f"error: {error}", "red")
            return LEFT


def _run(argv: Sequence[str], environment: dict[str, str]) -> int:
    # Ctrl-C is for what the shell runs. When the terminal is closed, or this is ended, the local AWS has to end too.
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    before |= {number: signal.signal(number, _leave) for number in ENDING}
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
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(SIGNALLED + number)


def _heed_signals() -> None:
    for number in (signal.SIGINT, *ENDING):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
