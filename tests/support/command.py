"""Runs the `scavenger` command as an operator would."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from scavenger_ops.toolchain import BIN


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
    """Run the command to its end, and give its exit code and what it said on standard output and error."""
    process = start(environment, *arguments)
    output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


def run_for_json(environment: Mapping[str, str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command with --json, and give its exit code and result."""
    code, output, errors = run(environment, *arguments, "--json")
    assert output, errors
    # Shown by pytest if the test fails.
    print(errors)  # noqa: T201
    return code, json.loads(output)
