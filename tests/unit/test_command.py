"""What an operator sees and can do while a command works, on a terminal and without one."""

import os
import pty
import signal
import subprocess
import sys

import pytest
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
    script = "from scavenger_ops.command import say\nfor _ in range(1000):\n    say('x' * 1000)\nprint('done')"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.close()
        assert process.stdout.read() == "done\n"


def test_the_first_signal_says_that_it_is_to_stop_and_the_second_ends_the_wait() -> None:
    """Be it Ctrl-C or another one."""
    with stopped_by_signals() as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_what_was_ignored_before_stays_ignored() -> None:
    """With nohup, the end of the terminal is to stop nothing."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)
