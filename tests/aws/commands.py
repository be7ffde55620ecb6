"""Runs the `scavenger` command as a user does."""

import json
import subprocess
from tempfile import TemporaryDirectory
from typing import Any

from scavenger_ops.toolchain import BIN

from aws.account import Aws

TIMEOUT_S = 600


def scavenger(aws: Aws, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command with --json, and return its exit code and result. pytest shows the rest if the test fails."""
    with TemporaryDirectory() as folder:
        result = subprocess.run(
            [BIN / "scavenger", *arguments, "--json"],
            # Where it keeps what an interrupted command continues.
            env={**aws.environment, "XDG_CONFIG_HOME": folder},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    print(result.stdout, result.stderr)  # noqa: T201 - see above
    return result.returncode, json.loads(result.stdout)
