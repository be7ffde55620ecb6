"""Runs the `scavenger` command as an operator does."""

import atexit
import json
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scavenger_ops.toolchain import BIN

from support.command_server import CommandServer, command_server

TIMEOUT_S = 300
# For reconcile: on the local AWS, no application needs the capacity.
FAST = ("--max-write-units", "100000", "--max-read-units", "100000")


@cache
def server() -> CommandServer:
    """Return the command server of this process. It starts once, and ends with the process."""
    ending = ExitStack()
    atexit.register(ending.close)
    folder = ending.enter_context(TemporaryDirectory())
    return ending.enter_context(command_server(Path(folder)))


def start(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start the command, without a terminal."""
    return subprocess.Popen(
        [BIN / "scavenger", *arguments],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(environment: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """Run the command to its end, and return its exit code, standard output and error."""
    code, output, errors = server().run(arguments, dict(environment), TIMEOUT_S, lambda _: None)
    assert code is not None, f"{arguments} ran for more than {TIMEOUT_S} s: {errors}"
    return code, output, errors


def run_for_json(environment: Mapping[str, str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command with --json, and return its exit code and result."""
    code, output, errors = run(environment, *arguments, "--json")
    assert output, errors
    # pytest shows it if the test fails.
    print(errors)  # noqa: T201
    return code, json.loads(output)
