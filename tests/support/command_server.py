"""Runs the `scavenger` command many times without a start of Python each time, which takes most of a run's time.

A server imports everything that the command needs, and forks for each run: `python -m support.command_server SOCKET`.
"""

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import botocore.session
from scavenger_ops.toolchain import BIN

from support.listener import listening


class CommandServer(NamedTuple):
    """The socket on which the server listens."""

    path: Path

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], most_s: float, note: Callable[[int], object]
    ) -> tuple[int | None, str, str]:
        """Run the command, and return its exit code, output and errors.

        The exit code is negative for a signal, and None if the command was killed after `most_s` seconds. `note` gets
        the process ID when it runs.
        """
        output, errors = (self.path.with_name(f"{uuid4().hex}.{stream}") for stream in ("output", "errors"))
        request = {"arguments": arguments, "environment": environment, "output": str(output), "errors": str(errors)}
        code: int | None
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(most_s)
            connection.connect(str(self.path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answers = connection.makefile()
            pid = int(answers.readline())
            note(pid)
            try:
                code = int(answers.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                code = None
        said = output.read_text(errors="replace"), errors.read_text(errors="replace")
        output.unlink()
        errors.unlink()
        return code, *said


@contextmanager
def command_server(folder: Path) -> Iterator[CommandServer]:
    """Run the server for the time of the block."""
    path = folder / "socket"
    with listening("support.command_server", str(path)):
        yield CommandServer(path)


def serve(path: str) -> None:
    """Listen until standard input ends. For each command, a process forks it, and sends its ID and its exit code."""
    (entry,) = entry_points(group="console_scripts", name="scavenger")
    command = entry.load()
    # Modules that the command imports late.
    for name in ("scavenger_ops.process", "scavenger_ops.cli", "pydantic.type_adapter", "encodings.idna"):
        import_module(name)
    _read_services()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(128)
    print("listening", flush=True)  # noqa: T201 - the parent process waits for it
    while sys.stdin not in (ready := select.select([listener, sys.stdin], [], [])[0]):
        assert ready
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _attend(connection, command)
        connection.close()


def _read_services() -> None:
    """Let botocore read the models of AWS's services once. That takes most of a short command's time."""
    botocore.session.create_loader = cache(botocore.session.create_loader)
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    for service in ("cloudwatch", "dynamodb", "lambda", "s3", "stepfunctions"):
        session.client(service)


def _attend(connection: socket.socket, command: Callable[[], Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request = json.loads(connection.makefile().readline())
    opened = [os.open(request[stream], os.O_WRONLY | os.O_CREAT, 0o600) for stream in ("output", "errors")]
    if (pid := os.fork()) == 0:
        connection.close()
        _run(command, request, opened)
    with suppress(OSError):
        connection.sendall(f"{pid}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        connection.sendall(f"{code}\n".encode())
    os._exit(0)


def _run(command: Callable[[], Any], request: Mapping[str, Any], opened: Sequence[int]) -> None:
    os.environ.clear()
    os.environ.update(request["environment"])
    # The command shows this name in its messages.
    sys.argv = [str(BIN / "scavenger"), *request["arguments"]]
    for number, stream in enumerate((os.open(os.devnull, os.O_RDONLY), *opened)):
        os.dup2(stream, number)
        os.close(stream)
    # Not os._exit: threads and streams must end as in a process of its own.
    sys.exit(command())


if __name__ == "__main__":
    serve(sys.argv[1])
