"""scavenger local runs a command with a local AWS, and ends as the command does."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.cli import app
from scavenger_ops.local import run as local
from scavenger_ops.local.ministack import LocalAwsError
from scavenger_ops.signals import ENDING
from scavenger_ops.toolchain import BIN
from typer.testing import CliRunner


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return what happens to the local AWS, which is none."""
    happened: list[str] = []
    handlers = {number: signal.getsignal(number) for number in ENDING}

    @contextmanager
    def local_aws(folder: Path) -> Iterator[dict[str, str]]:
        assert folder.is_dir()
        happened.append("started")
        try:
            yield {"PATH": "/usr/bin:/bin", "AWS_ENDPOINT_URL": "https://127.0.0.1:1"}
        finally:
            happened.append("ended")

    monkeypatch.setattr(local, "local_aws", local_aws)
    yield happened
    for number, handler in handlers.items():
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def run(*command: str) -> Any:
    """Run scavenger local with a command."""
    return CliRunner().invoke(app, ["local", *command])


def shell(script: str) -> Any:
    """Run scavenger local with a shell's script."""
    return run("sh", "-c", script)


def test_the_command_has_the_environment_of_the_local_aws(tmp_path: Path, aws: list[str]) -> None:
    """It finds this project's programs first. Terraform has a workspace of its own, another one each time."""
    seen = [tmp_path / "first", tmp_path / "second"]
    for file in seen:
        ran = shell(f"echo $AWS_ENDPOINT_URL $PATH ${{AWS_ACCESS_KEY_ID:-none}} $TF_WORKSPACE > {file}")
        assert (ran.exit_code, ran.output) == (0, "")
    (*first, one), (*second, other) = (file.read_text().split() for file in seen)
    assert first == second == ["https://127.0.0.1:1", f"{BIN}:/usr/bin:/bin", "none"]
    assert one.startswith("local-")
    assert one != other
    assert aws == ["started", "ended"] * 2


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)]
)
def test_the_exit_code_is_that_of_the_command(script: str, code: int, aws: list[str]) -> None:
    """As a shell shows it, if a signal ended the command."""
    assert (shell(script).exit_code, aws) == (code, ["started", "ended"])


def test_without_a_command_it_is_the_users_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told where it is, and what differs from AWS. A command is not."""
    own = tmp_path / "own-shell"
    own.write_text(f"#!/bin/sh\necho $# > {tmp_path}/called\n")
    own.chmod(0o700)
    monkeypatch.setenv("SHELL", str(own))
    ran = run()
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert ran.stderr.startswith("This shell has a local AWS")
    assert "docs/reference/local-aws.md" in ran.stderr
    assert (tmp_path / "called").read_text() == "0\n"


def test_options_are_those_of_the_command(tmp_path: Path) -> None:
    """Also those that this program has as well."""
    file = tmp_path / "options"
    assert run("sh", "-c", f'echo "$@" > {file}', "sh", "-x", "--json").exit_code == 0
    assert file.read_text() == "-x --json\n"


def test_a_command_that_does_not_exist_is_an_error(aws: list[str]) -> None:
    """Signals end this program again."""
    ran = run("there-is-none")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr.startswith("error: [Errno 2] No such file or directory: 'there-is-none'")
    assert aws == ["started", "ended"]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()).isdisjoint(ENDING)


def test_a_local_aws_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is not run."""

    def fail(_: Path) -> object:
        raise LocalAwsError("The local AWS (MiniStack) did not start.")

    monkeypatch.setattr(local, "local_aws", fail)
    ran = shell("exit 7")
    assert (ran.exit_code, ran.stderr) == (1, "error: The local AWS (MiniStack) did not start.\n")


def test_ctrl_c_is_the_commands_own(tmp_path: Path, aws: list[str]) -> None:
    """The terminal sends it to both; this program waits for the command. The command can handle it."""
    file = tmp_path / "handled"
    ran = shell(f"trap 'echo yes > {file}; exit 5' INT; kill -INT {os.getpid()}; kill -INT $$")
    assert (ran.exit_code, file.read_text(), aws) == (5, "yes\n", ["started", "ended"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_another_signal_ends_the_command_and_the_local_aws(
    number: int, aws: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is that of the signal, which comes while the command runs."""
    processes: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def start_and_signal(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        process = start(*arguments, **options)
        processes.append(process)
        # In this thread: it is the only one of the program, and the tests have others, in which no signal is blocked.
        monkeypatch.setattr(process, "wait", lambda: signal.raise_signal(number))
        return process

    monkeypatch.setattr(subprocess, "Popen", start_and_signal)
    ran = shell("exec sleep 600")
    (process,) = processes
    monkeypatch.undo()
    assert process.wait(timeout=60) == -signal.SIGTERM
    assert (ran.exit_code, aws) == (128 + number, ["started", "ended"])
