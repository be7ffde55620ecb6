"""What an operator sees and can do while a command works, with and without a terminal."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

import pytest
from rich.console import Console
from scavenger_ops import command, interruption
from scavenger_ops.command import LINE_INTERVAL_S, SCHEMA_VERSION, progress_bar, progress_bars, show_json
from scavenger_ops.interruption import stopped_by_signals, stopped_for_clean_up

WORK = """
from scavenger_ops.command import progress_bar, show_json
with progress_bar("rows", 3) as advance:
    advance(3)
show_json({"is": "done"})
"""


def run(script: str, **environment: str) -> tuple[str, str]:
    """Run a script without a terminal, and return its standard output and error."""
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
    """The result is pure JSON, also in a CI system that asks for colors."""
    output, errors = run(WORK, **environment)
    assert output == '{\n  "schema_version": 1,\n  "is": "done"\n}\n'
    assert errors == "rows: 3 of 3\n"


def test_on_a_terminal_there_is_a_bar() -> None:
    """It runs to its end."""
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
        # On Linux, this says that nobody writes any more.
        pass
    os.close(ours)
    assert process.wait() == 0
    assert "━" in shown.decode()
    assert "3/3" in shown.decode()


def test_a_closed_standard_error_does_not_end_the_command() -> None:
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
    """Run a block that signals may stop, and return the exit code of the process."""
    try:
        with stopped_by_signals() as stop:
            block(stop)
    except SystemExit as end:
        return end.code
    return None


def test_the_first_signal_asks_to_stop_and_the_second_ends_the_wait() -> None:
    """The first signal, Ctrl-C or another, decides the exit code."""

    def block(stop: threading.Event) -> None:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert ended_by(block) == 143


def test_a_block_that_finishes_after_a_signal_has_the_signals_exit_code() -> None:
    """So a script knows that it was interrupted."""
    assert ended_by(lambda _: signal.raise_signal(signal.SIGINT)) == 130
    assert ended_by(lambda _: None) is None


def test_the_wait_for_work_in_progress_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """After that, it is as if a second signal came."""
    monkeypatch.setattr(interruption, "GRACE_S", 0.1)

    def block(_: threading.Event) -> None:
        signal.raise_signal(signal.SIGINT)
        threading.Event().wait(60)
        pytest.fail("it was waited for")

    assert ended_by(block) == 130


def test_an_ignored_signal_stays_ignored() -> None:
    """With nohup, the end of the terminal must not stop anything."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_clean_up_is_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first signal ends the work, and the second one changes nothing. Each is answered. A third one ends all."""
    said, ended = SimpleQueue[str](), list[int]()
    monkeypatch.setattr(interruption, "say", said.put)
    monkeypatch.setattr(interruption, "end_at_once", lambda number, _: ended.append(number))

    def clean_up() -> None:
        with stopped_for_clean_up(str) as stop:
            signal.raise_signal(signal.SIGTERM)
            assert stop.wait(60)
            signal.raise_signal(signal.SIGINT)
            assert {said.get(timeout=60), said.get(timeout=60)} == {"1", "2"}
            assert ended == []
            signal.raise_signal(signal.SIGINT)
            assert ended == [signal.SIGTERM]

    with pytest.raises(SystemExit) as end:
        clean_up()
    assert end.value.code == 143


def test_without_a_signal_a_clean_up_has_no_exit_code_of_its_own() -> None:
    """And the handlers are as before."""
    before = signal.getsignal(signal.SIGINT)
    with stopped_for_clean_up(str) as stop:
        assert signal.getsignal(signal.SIGINT) != before
    assert (signal.getsignal(signal.SIGINT), stop.is_set()) == (before, False)


class ShownProgress:
    """A standard error that is kept, with a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> None:
        self.now, self._file = 1000.0, io.StringIO()
        console = Console(file=self._file, width=80, force_terminal=is_terminal, color_system=None, soft_wrap=True)
        monkeypatch.setattr(command, "stderr_console", console)
        if not is_terminal:
            monkeypatch.setattr(time, "monotonic", lambda: self.now)

    @property
    def text(self) -> str:
        """What is shown."""
        return self._file.getvalue()


def test_a_line_of_progress_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one always. A corrected total is that of all lines after it."""
    shown = ShownProgress(monkeypatch, is_terminal=False)
    with progress_bar("rows", 3000) as advance:
        advance(1)
        assert shown.text == ""
        shown.now += LINE_INTERVAL_S
        advance(999)
        advance(1)
        assert shown.text == "rows: 1,000 of 3,000\n"
        shown.now += LINE_INTERVAL_S
        advance(500, 2500)
    assert shown.text == "rows: 1,000 of 3,000\nrows: 1,501 of 2,500\nrows: 1,501 of 2,500\n"


def test_the_bar_shows_the_corrected_total(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays on the terminal as it ended."""
    shown = ShownProgress(monkeypatch, is_terminal=True)
    with progress_bar("rows", 3) as advance:
        advance(2)
        advance(2, 5)
    assert "rows ━" in shown.text
    assert "4/5" in shown.text
    assert "rows: " not in shown.text


@pytest.mark.parametrize("is_terminal", [True, False])
def test_two_things_have_a_bar_each_or_share_a_line(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> None:
    """Each has a total of its own, which may be corrected."""
    shown = ShownProgress(monkeypatch, is_terminal=is_terminal)
    with progress_bars({"segments": 0, "rows": 1000}) as (advance_segments, advance_rows):
        shown.now += LINE_INTERVAL_S
        advance_segments(2, 20)
        advance_rows(300)
    if is_terminal:
        lines = shown.text.splitlines()[-3:-1]
        assert ["segments ━" in lines[0], "2/20" in lines[0]] == [True, True]
        assert ["rows " in lines[1], "300/1000" in lines[1]] == [True, True]
    else:
        assert shown.text == "segments: 2 of 20, rows: 0 of 1,000\nsegments: 2 of 20, rows: 300 of 1,000\n"


def test_json_is_a_document_or_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It is on standard output, so that no message is in it, and has the version of its fields."""
    for in_a_line, lines in ((False, 4), (True, 1)):
        show_json({"is": 1}, in_a_line=in_a_line)
        output = capsys.readouterr().out
        assert json.loads(output) == {"schema_version": SCHEMA_VERSION, "is": 1}
        assert len(output.splitlines()) == lines
