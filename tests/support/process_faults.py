"""Faults of a command's process: signals, a closed terminal, closed streams, no room for files."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import NamedTuple

from scavenger_ops.toolchain import BIN

from support.command_server import CommandServer

# Runs a command in its own session, with standard input as its terminal.
_ON_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
# A shell's exit code of a command that a signal ended is this plus the signal's number.
_OF_A_SHELL = 128


# A code that no process returns.
TOO_LONG = 1000


class Ended(NamedTuple):
    """The end of a process: its exit code, as a shell shows it, its output and errors, and its duration."""

    code: int
    output: str
    errors: str
    seconds: float


def shell_exit_code(code: int | None) -> int:
    """Return the exit code that a shell shows; TOO_LONG for a process that was killed for its duration."""
    return TOO_LONG if code is None else _OF_A_SHELL - code if code < 0 else code


class ProcessFault(NamedTuple):
    """What is done to a process: by a shell at its start, and before and after a request is carried out."""

    script: str = 'exec "$@"'
    before: Callable[["Process"], object] | None = None
    after: Callable[["Process"], object] | None = None
    # Exit codes that are allowed, beside those of any run.
    codes: Sequence[int] = ()
    # Whether the result can be read, and the reason if there is none.
    is_heard: bool = True
    is_explained: bool = True
    # What is done to the folder of the command's files.
    spoil: Callable[[Path], object] = lambda _: None
    is_on_terminal: bool = False
    # Whether another process runs at the same time: of the same user, or of another.
    beside: str = ""


NO_FAULT = ProcessFault()


@dataclass
class Process:
    """A command that starts once there is a proxy, and that the proxy's threads may act on."""

    server: CommandServer
    arguments: Sequence[str]
    environment: Mapping[str, str]
    most_s: float
    fault: ProcessFault = NO_FAULT
    _started: Event = field(default_factory=Event)
    _pid: int = 0
    _terminal: "subprocess.Popen[bytes] | None" = None

    def run(self) -> Ended:
        """Run it to its end, or kill it after `most_s`. A shell is needed only for faults at its start."""
        began_at = time.monotonic()
        is_plain = self.fault.script == NO_FAULT.script and not self.fault.is_on_terminal
        code, output, errors = self._run_by_server() if is_plain else self._run_by_shell()
        return Ended(shell_exit_code(code), output, errors, time.monotonic() - began_at)

    def _run_by_server(self) -> tuple[int | None, str, str]:
        return self.server.run(self.arguments, self.environment, self.most_s, self._note)

    def _run_by_shell(self) -> tuple[int | None, str, str]:
        process = self._start()
        self._note(process.pid)
        try:
            output, errors = process.communicate(timeout=self.most_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, "", ""
        finally:
            self.close_terminal()
        return process.returncode, output or "", errors or ""

    def _start(self) -> "subprocess.Popen[str]":
        command = ["/bin/sh", "-c", self.fault.script, "sh", str(BIN / "scavenger"), *self.arguments]
        if not self.fault.is_on_terminal:
            streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            return subprocess.Popen(command, env=self.environment, text=True, **streams)  # type: ignore[call-overload,no-any-return]
        outer, inner = pty.openpty()
        # Read the terminal, or the command would block.
        self._terminal = subprocess.Popen(
            ["cat"],  # noqa: S607 - any cat
            stdin=outer,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(outer)
        command = [sys.executable, "-c", _ON_A_TERMINAL, str(BIN / "scavenger"), *self.arguments]
        process = subprocess.Popen(command, env=self.environment, text=True, stdin=inner, stdout=inner, stderr=inner)
        os.close(inner)
        return process

    def _note(self, pid: int) -> None:
        self._pid = pid
        self._started.set()

    def send(self, *numbers: int) -> None:
        """Send it signals."""
        self._started.wait()
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def close_terminal(self) -> None:
        """Close its terminal, as a lost connection does."""
        self._started.wait()
        if self._terminal is not None:
            self._terminal.kill()
            self._terminal.wait()


def _signals(*numbers: int, codes: Sequence[int]) -> ProcessFault:
    return ProcessFault(before=lambda process: process.send(*numbers), codes=codes)


PROCESS_FAULTS: Mapping[str, ProcessFault] = {
    "kill -9": ProcessFault(before=lambda process: process.send(signal.SIGKILL), codes=(137,)),
    "kill -9 once done": ProcessFault(after=lambda process: process.send(signal.SIGKILL), codes=(137,)),
    "SIGTERM": _signals(signal.SIGTERM, codes=(143,)),
    "SIGINT": _signals(signal.SIGINT, codes=(130,)),
    "SIGINT twice": _signals(signal.SIGINT, signal.SIGINT, codes=(130,)),
    "SIGHUP": _signals(signal.SIGHUP, codes=(129,)),
    "stopped": ProcessFault(
        before=lambda process: process.send(signal.SIGSTOP), after=lambda process: process.send(signal.SIGCONT)
    ),
    "terminal closed": ProcessFault(
        before=lambda process: process.close_terminal(), codes=(129,), is_heard=False, is_on_terminal=True
    ),
    "stdin closed": ProcessFault(script='exec "$@" <&-'),
    "stdout closed": ProcessFault(script='exec "$@" >&-', is_heard=False),
    "stderr closed": ProcessFault(script='exec "$@" 2>&-', is_explained=False),
    "all closed": ProcessFault(script='exec "$@" <&- >&- 2>&-', is_heard=False),
    "stdout full": ProcessFault(script='exec "$@" >/dev/full', is_heard=False),
    "stderr full": ProcessFault(script='exec "$@" 2>/dev/full', is_explained=False),
    "no file may grow": ProcessFault(script='ulimit -f 0; exec "$@"'),
    "file for a folder": ProcessFault(spoil=lambda folder: (folder / "scavenger").write_text("")),
    "two at once": ProcessFault(beside="same user"),
    "two at once, elsewhere": ProcessFault(beside="other user"),
}
