"""Runs the `scavenger` command as an operator would."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
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


def peak_memory_mb(pid: int) -> float | None:
    """Give the most memory that a running process has had, where the system tells it; that is on Linux.

    What wait4 tells includes the memory of whoever started the process.
    """
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return int(found[1]) / 1024 if found else None
