"""What can happen to the process of a command: signals, a terminal or streams that are closed, no room for files."""

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

# In a session of its own, with standard input as its terminal.
_ON_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
# Of a shell that is ended by a signal: 128 and its number.
_OF_A_SHELL = 128


# A code that no process has.
TOO_LONG = 1000


class Ended(NamedTuple):
    """How a process ended: its exit code, as a shell has it; what it said; and how long it took."""

    code: int
    output: str
    errors: str
    seconds: float


def as_of_shell(code: int | None) -> int:
    """Return the exit code that a shell has for a process that was ended by a signal, if it was."""
    return TOO_LONG if code is None else _OF_A_SHELL - code if code < 0 else code


class ProcessFault(NamedTuple):
    """What is done to a process: at its start, by a shell; and at a request, before and after it is carried out."""

    script: str = 'exec "$@"'
    before: Callable[["Process"], object] | None = None
    after: Callable[["Process"], object] | None = None
    # Exit codes that it may have, beside those of any run.
    codes: Sequence[int] = ()
    # Whether what it says can be read.
    is_heard: bool = True
    # In place of the folder for the command's own files.
    spoil: Callable[[Path], object] | None = None
    is_on_terminal: bool = False
    # Another one runs beside it: of the same user, or of another.
    beside: str = ""


@dataclass
class Process:
    """A command that is started once there is a proxy, and may be struck from the proxy's threads."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    most_s: float
    fault: "ProcessFault"
    _started: Event = field(default_factory=Event)
    _process: "subprocess.Popen[str] | None" = None
    _terminal: int | None = None

    def run(self) -> Ended:
        """Run it to its end; one that lasts too long is killed."""
        began_at = time.monotonic()
        self._process = self._start()
        self._started.set()
        try:
            output, errors = self._process.communicate(timeout=self.most_s)
            code = as_of_shell(self._process.returncode)
        except subprocess.TimeoutExpired:
            self._process.kill()
            output, errors = self._process.communicate()
            code = TOO_LONG
        finally:
            self.close_terminal()
        return Ended(code, output or "", errors or "", time.monotonic() - began_at)

    def _start(self) -> "subprocess.Popen[str]":
        command = ["/bin/sh", "-c", self.fault.script, "sh", str(BIN / "scavenger"), *self.arguments]
        if not self.fault.is_on_terminal:
            streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            return subprocess.Popen(command, env=self.environment, text=True, **streams)  # type: ignore[call-overload,no-any-return]
        self._terminal, inner = pty.openpty()
        command = [sys.executable, "-c", _ON_A_TERMINAL, str(BIN / "scavenger"), *self.arguments]
        process = subprocess.Popen(command, env=self.environment, text=True, stdin=inner, stdout=inner, stderr=inner)
        os.close(inner)
        return process

    def send(self, *numbers: int) -> None:
        """Send it signals."""
        self._started.wait()
        assert self._process
        for number in numbers:
            self._process.send_signal(number)

    def close_terminal(self) -> None:
        """Close its terminal, as a lost connection does."""
        self._started.wait()
        if self._terminal is not None:
            with suppress(OSError):
                os.close(self._terminal)
            self._terminal = None


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
    "stderr closed": ProcessFault(script='exec "$@" 2>&-'),
    "all closed": ProcessFault(script='exec "$@" <&- >&- 2>&-', is_heard=False),
    "stdout full": ProcessFault(script='exec "$@" >/dev/full', is_heard=False),
    "stderr full": ProcessFault(script='exec "$@" 2>/dev/full'),
    "no file may grow": ProcessFault(script='ulimit -f 0; exec "$@"'),
    "file for a folder": ProcessFault(spoil=lambda folder: (folder / "scavenger").write_text("")),
    "two at once": ProcessFault(beside="same user"),
    "two at once, elsewhere": ProcessFault(beside="other user"),
}
