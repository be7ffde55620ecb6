"""What an operator sees and can do while a command works, on a terminal and without one."""

import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from scavenger_ops import command
from scavenger_ops.command import stopped_by_signals

WORK = """
from scavenger_ops.command import progress, show
with progress("rows", 3) as advance:
    advance(3)
show(["done"], {"is": "done"}, as_json=True)
"""


def run(script: str, **environment: str) -> tuple[str, str]:
    """Run a script without a terminal, and give what it wrote to standard output and error."""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout, ran.stderr


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1"}])
def test_without_a_terminal_there_are_plain_lines(environment: dict[str, str]) -> None:
    """Beside a result that is nothing but JSON; also in a CI system that asks for colours."""
    output, errors = run(WORK, **environment)
    assert output == '{\n  "is": "done"\n}\n'
    assert errors == "rows: 3 of 3\n"


def test_on_a_terminal_there_is_a_bar() -> None:
    """Which comes to its end."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", WORK],
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:
        # So Linux says that nobody writes any more.
        pass
    os.close(ours)
    assert process.wait() == 0
    assert "━" in shown.decode()
    assert "3/3" in shown.decode()


def test_the_end_of_who_reads_what_is_said_ends_nothing() -> None:
    """The result still comes."""
    script = """
from scavenger_ops.process import end, open_streams
open_streams()
from scavenger_ops.command import say
for _ in range(1000):
    say('x' * 1000)
print('done')
end(0)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.close()
        assert process.stdout.read() == "done\n"


def ended_by(block: Callable[[threading.Event], None]) -> object:
    """Run a block that signals may stop, and return the exit code that it ends the process with."""
    try:
        with stopped_by_signals() as stop:
            block(stop)
    except SystemExit as end:
        return end.code
    return None


def test_the_first_signal_says_that_it_is_to_stop_and_the_second_ends_the_wait() -> None:
    """Be it Ctrl-C or another one; the first decides on the exit code."""

    def block(stop: threading.Event) -> None:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert ended_by(block) == 143


def test_what_is_finished_after_a_signal_ends_with_its_exit_code_too() -> None:
    """A script that was interrupted is told so."""
    assert ended_by(lambda _: signal.raise_signal(signal.SIGINT)) == 130
    assert ended_by(lambda _: None) is None


def test_what_is_under_way_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The block is told as by a second signal."""
    monkeypatch.setattr(command, "GRACE_S", 0.1)

    def block(_: threading.Event) -> None:
        signal.raise_signal(signal.SIGINT)
        threading.Event().wait(60)
        pytest.fail("it was waited for")

    assert ended_by(block) == 130


def test_what_was_ignored_before_stays_ignored() -> None:
    """With nohup, the end of the terminal is to stop nothing."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)
