"""No result is lost silently, whatever happens to the command's streams and whichever signal comes."""

import ctypes
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from scavenger_ops.main import main
from scavenger_ops.redrive.objects import WORKERS
from scavenger_ops.toolchain import BIN
from support.endpoint import silence
from support.redrive_aws import OBJECT, RedriveAws, redrive_aws, wait_for
from support.schemas import check_result

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full and /proc")

SCAVENGER = str(BIN / "scavenger")
PLAN = ("plan", "--inserts", "10")
REDRIVE = ("redrive", "--bucket", "failures", "--function", "scavenger")
# With this, a command fails at once.
NO_AWS = {"AWS_ENDPOINT_URL": "none"}
LOST = "error: Part of the result could not be written to standard output"


def start(*arguments: str, redirection: str = "", **environment: str) -> subprocess.Popen[str]:
    """Start the command, with the shell's redirections."""
    return subprocess.Popen(
        ["/bin/bash", "-c", f'exec "$0" "$@" {redirection}', SCAVENGER, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str, redirection: str = "", **environment: str) -> tuple[int, str, str]:
    """Run the command to its end, and return its exit code, output and errors."""
    process = start(*arguments, redirection=redirection, **environment)
    output, errors = process.communicate(timeout=120)
    assert "Traceback" not in output + errors
    return process.returncode, output, errors


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_without_standard_error_the_result_comes(redirection: str) -> None:
    """Only the messages are lost."""
    code, output, _ = run(*PLAN, "--json", redirection=redirection)
    assert (code, bool(json.loads(output))) == (0, True)


@pytest.mark.parametrize("redirection", ["0<&- 2>&-", "2> >(exec true)"])
def test_without_standard_error_wrong_usage_has_its_exit_code(redirection: str) -> None:
    """Nothing else can show it."""
    assert run("nonsense", redirection=redirection)[:2] == (2, "")


@pytest.mark.parametrize(
    ("redirection", "arguments"),
    [
        (">&-", (*PLAN, "--json")),
        ("0<&- >&-", ("--version",)),
        (">/dev/full", ("plan", "--help")),
    ],
)
def test_a_result_that_cannot_be_written_is_an_error(redirection: str, arguments: tuple[str, ...]) -> None:
    """The error is one line."""
    code, output, errors = run(*arguments, redirection=redirection)
    assert (code, output) == (1, "")
    assert errors.startswith(LOST)
    assert len(errors.splitlines()) == 1


def test_who_reads_only_the_first_line_gets_no_error() -> None:
    """As with other programs. The exit code says that the rest was not written."""
    assert run(*PLAN, redirection="> >(exec true)") == (1, "", "")


@pytest.mark.parametrize("redirection", [">/dev/full 2>/dev/full", "0<&- >&- 2>&-"])
def test_without_both_streams_the_exit_code_shows_the_error(redirection: str) -> None:
    """Nothing else can show it."""
    assert run("--version", redirection=redirection) == (1, "", "")


@pytest.mark.parametrize("redirection", ["2>&-", ">/dev/full", "0<&- >&- 2>&-"])
def test_with_closed_streams_the_work_is_done_and_no_socket_gets_output(redirection: str) -> None:
    """A socket with the number of a closed stream would get the messages."""
    aws = RedriveAws({f"{number:03}": OBJECT for number in range(8)})
    with redrive_aws(aws) as url:
        code, output, errors = run(*REDRIVE, redirection=redirection, AWS_ENDPOINT_URL=url)
    assert aws.objects == {}
    if redirection == "2>&-":
        assert (code, "8 of 8 objects redriven" in output) == (0, True)
    else:
        assert code == 1
        assert LOST in errors or "2>" in redirection


ASCII = {"PYTHONIOENCODING": "ascii"}
POSIX = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.mark.parametrize(
    ("environment", "arguments"), [(POSIX, ("--help",)), (ASCII, (*PLAN, "--simulate", "steady"))], ids=["help", "plan"]
)
def test_output_works_in_a_small_character_set(environment: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    """Missing characters are replaced."""
    code, output, errors = run(*arguments, **environment)
    assert (code, bool(output)) == (0, True), errors


@pytest.mark.parametrize(
    ("environment", "arguments", "ended"),
    [
        (ASCII, (*REDRIVE, "--prefix", "ü\udcff"), (3, "error: ")),
        (POSIX, ("redrive", "--bucket", "ü", "--function", "\udcff"), (2, "Usage: ")),
    ],
    ids=["error", "usage"],
)
def test_a_missing_character_is_shown_as_an_escape(
    environment: Mapping[str, str], arguments: tuple[str, ...], ended: tuple[int, str]
) -> None:
    """The error is still shown."""
    code, _, errors = run(*arguments, **environment, **NO_AWS)
    assert (code, ended[1] in errors) == (ended[0], True), errors


@pytest.mark.parametrize("home", ["/nonexistent", ""])
def test_without_a_home_it_works(home: str) -> None:
    """In a container, a user may have none."""
    code, _, errors = run(*REDRIVE, HOME=home, **NO_AWS)
    assert (code, errors.startswith("error: ")) == (3, True)


def test_without_a_home_a_plan_is_made() -> None:
    """HOME is not even a folder."""
    assert run(*PLAN, HOME="/dev/null")[0] == 0


@pytest.fixture
def slow_aws() -> Iterator[RedriveAws]:
    """Return an AWS whose function has a long timeout."""
    aws = RedriveAws({f"{number:03}": OBJECT for number in range(20)}, timeout_s=600)
    yield aws
    aws.end.set()


ENDING = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (("status", "--name", "scavenger"), signal.SIGINT),
        ((*REDRIVE, "--json"), signal.SIGTERM),
        (("logs", "scavenger", "--json"), signal.SIGINT),
        (("reconcile", "--staging", "staging", "--messages", "messages"), signal.SIGHUP),
    ],
)
def test_a_signal_ends_the_wait_for_a_silent_server(arguments: tuple[str, ...], number: signal.Signals) -> None:
    """The message is one line, and does not promise to wait."""
    with silence() as (url, server):
        process = start(*arguments, AWS_ENDPOINT_URL=url)
        connection, _ = server.accept()
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
        connection.close()
    assert (process.returncode, errors) == (ENDING[number], "Interrupted.\n")
    check_interrupted(output, ENDING[number] if "--json" in arguments else None)


def check_interrupted(output: str, code: int | None) -> None:
    """Check that the output is JSON with this exit code in one line; None if there is no output."""
    if code is None:
        assert output == ""
    else:
        check_result("error", json.loads(output))
        assert json.loads(output)["error"] == {"message": "Interrupted.", "exit_code": code}


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    ends_at = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.005)


def handles_ctrl_c(process: subprocess.Popen[str]) -> bool:
    """Return whether the process handles Ctrl-C itself. Before that, Python does."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return bool(int(next(line for line in status.splitlines() if line.startswith("SigCgt"))[-8:], 16) & 1 << 14)


# Libraries that are loaded in turn while the command imports its modules. Some Pythons, as Debian's, have others built
# in.
@pytest.mark.parametrize("library", ["", "/_decimal.", "/_ssl."])
def test_ctrl_c_during_the_start_works_as_later(library: str) -> None:
    """It works from the command's first line on, also during imports."""
    process = start(*REDRIVE, "--json", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    wait_until(lambda: handles_ctrl_c(process) and library in Path(f"/proc/{process.pid}/maps").read_text())
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.splitlines()[-1]) == (130, "Interrupted.")
    check_interrupted(output, 130)
    assert "Traceback" not in errors


# The command, with another time to wait for work in progress.
WITH_GRACE = """
import sys
from scavenger_ops import interruption
interruption.GRACE_S = float(sys.argv.pop(1))
from scavenger_ops.main import main
main()
"""


@contextmanager
def started_with_grace(url: str, grace_s: float, errors: Path) -> Iterator[subprocess.Popen[str]]:
    """Start redrive, which writes its errors to a file, and kill it at the end of the block."""
    with (
        errors.open("w") as written,
        subprocess.Popen(
            [sys.executable, "-c", WITH_GRACE, str(grace_s), *REDRIVE, "--json"],
            env={**os.environ, "AWS_ENDPOINT_URL": url},
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


FOREVER_S = 600.0


def test_a_read_is_not_waited_for(slow_aws: RedriveAws, tmp_path: Path) -> None:
    """It changes nothing, so the report comes at once."""
    slow_aws.faults["get"] = "silence"
    errors = tmp_path / "errors"
    with redrive_aws(slow_aws) as url, started_with_grace(url, FOREVER_S, errors) as process:
        wait_for(slow_aws, "get")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(output)["counts"]["not_tried"]) == (130, 20)
    assert "Stopping" in errors.read_text()


def test_ctrl_c_works_on_whichever_thread_it_arrives(slow_aws: RedriveAws, tmp_path: Path) -> None:
    """Python runs the handler in the main thread, which must wake up for that while it waits for the others."""
    slow_aws.faults["get"] = "silence"
    errors = tmp_path / "errors"
    with redrive_aws(slow_aws) as url, started_with_grace(url, FOREVER_S, errors) as process:
        # By then, the main thread waits.
        wait_for(slow_aws, "get", WORKERS)
        other = max(int(thread.name) for thread in Path(f"/proc/{process.pid}/task").iterdir())
        assert other != process.pid
        assert ctypes.CDLL(None).tgkill(process.pid, other, signal.SIGINT) == 0
        output, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(output)["counts"]["not_tried"]) == (130, 20)


def test_a_list_request_is_not_waited_for(slow_aws: RedriveAws) -> None:
    """There is nothing to report then but the interruption."""
    slow_aws.faults["list"] = "silence"
    with redrive_aws(slow_aws) as url:
        process = start(*REDRIVE, "--json", AWS_ENDPOINT_URL=url)
        wait_for(slow_aws, "list")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 143
    check_interrupted(output, 143)
    assert "Traceback" not in errors


def test_an_invocation_in_progress_is_waited_for(slow_aws: RedriveAws, tmp_path: Path) -> None:
    """An object that the function finishes is removed, and counted."""
    slow_aws.faults["invoke"] = "drip"
    errors = tmp_path / "errors"
    with redrive_aws(slow_aws) as url, started_with_grace(url, FOREVER_S, errors) as process:
        wait_for(slow_aws, "invoke")
        process.send_signal(signal.SIGINT)
        wait_until(lambda: "Stopping" in errors.read_text())
        assert slow_aws.objects.keys() == {f"{number:03}" for number in range(20)}
        output, _ = process.communicate(timeout=60)
    redriven = json.loads(output)["counts"]["redriven"]
    assert (process.returncode, redriven) == (130, 20 - len(slow_aws.objects))
    assert 0 < redriven < 20


@pytest.mark.parametrize(("signals", "grace_s"), [(1, 0.1), (2, FOREVER_S), (3, FOREVER_S)])
def test_the_wait_ends_after_some_seconds_or_at_a_second_signal(
    slow_aws: RedriveAws, tmp_path: Path, signals: int, grace_s: float
) -> None:
    """An invocation may last minutes. In both cases the report comes; after a third signal there is none."""
    slow_aws.faults["invoke"] = "silence"
    errors = tmp_path / "errors"
    with redrive_aws(slow_aws) as url, started_with_grace(url, grace_s, errors) as process:
        wait_for(slow_aws, "invoke")
        process.send_signal(signal.SIGINT)
        if signals > 1:
            # The second signal must come after the first is handled, or they would be one.
            wait_until(lambda: "Stopping" in errors.read_text())
        for _ in range(1, signals):
            process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors.read_text()
    if signals < 3 or output:
        result = json.loads(output)
        # One object may have been read, and not yet sent.
        assert result["counts"]["not_tried"] + result["counts"]["left"] == 20
    assert len(slow_aws.objects) == 20


def test_a_closed_terminal_leaves_the_objects(slow_aws: RedriveAws) -> None:
    """It sends SIGHUP, and accepts no more output."""
    slow_aws.faults["invoke"] = "silence"
    ours, theirs = pty.openpty()
    with redrive_aws(slow_aws) as url:
        process = subprocess.Popen(
            [SCAVENGER, *REDRIVE],
            env={**os.environ, "TERM": "xterm", "AWS_ENDPOINT_URL": url},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        wait_for(slow_aws, "invoke")
        os.close(ours)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=60) == 129
    assert len(slow_aws.objects) == 20


def test_a_suspended_command_continues(slow_aws: RedriveAws) -> None:
    """The user suspends it with Ctrl-Z, and continues it with fg."""
    with redrive_aws(slow_aws) as url:
        process = start(*REDRIVE, "--json", AWS_ENDPOINT_URL=url)
        wait_for(slow_aws, "get")
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: "State:\tT" in Path(f"/proc/{process.pid}/status").read_text())
        process.send_signal(signal.SIGCONT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, json.loads(output)["counts"]["redriven"]) == (0, 20), errors


def test_what_nohup_ignores_stays_ignored(slow_aws: RedriveAws) -> None:
    """The end of the terminal must not end the command."""
    with redrive_aws(slow_aws) as url:
        process = subprocess.Popen(
            ["nohup", SCAVENGER, *REDRIVE],  # noqa: S607 - the system's nohup
            env={**os.environ, "AWS_ENDPOINT_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_for(slow_aws, "configuration")
        process.send_signal(signal.SIGHUP)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, "20 of 20 objects redriven" in output) == (0, True), errors


@pytest.mark.parametrize(
    ("code", "ended", "said"), [(None, 0, ""), (3, 3, ""), ("no\nway", 1, "no\nway\n"), ("", 1, "\n")]
)
def test_an_exit_with_a_text_shows_the_text(
    code: str | int | None, ended: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python does so for any program."""
    monkeypatch.setattr("scavenger_ops.cli.app", lambda: sys.exit(code))
    monkeypatch.setattr("scavenger_ops.process.open_streams", lambda: None)
    codes: list[int] = []
    monkeypatch.setattr("scavenger_ops.process.end", codes.append)
    monkeypatch.setattr("scavenger_ops.main.handle", lambda _: None)
    main()
    assert (codes, capsys.readouterr().err) == ([ended], said)


def test_a_defect_is_json_too() -> None:
    """A script gets one document, and a person the traceback."""
    script = "from scavenger_ops import cli, main; cli.app = lambda: 1 / 0; main.main()"
    ran = subprocess.run(
        [sys.executable, "-c", script, "status", "--json"], capture_output=True, text=True, check=False
    )
    check_result("error", json.loads(ran.stdout))
    assert (ran.returncode, "ZeroDivisionError" in ran.stderr) == (1, True)
