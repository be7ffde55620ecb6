"""The demo does the main job, and always cleans up."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
from scavenger_ops.toolchain import BIN
from support.soak import is_soak


@contextmanager
def demo(folder: Path, messages: int) -> Iterator[subprocess.Popen[str]]:
    """Start the demo in its own process group, with a folder for temporary files."""
    process = subprocess.Popen(
        [BIN / "scavenger", "demo", "--messages", str(messages)],
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def assert_nothing_is_left(folder: Path) -> None:
    """Check that there is no file, and no process that was started with this folder."""
    assert list(folder.iterdir()) == []
    if sys.platform == "linux":
        environments = [_read(process / "environ") for process in Path("/proc").glob("[0-9]*")]
        assert not [environment for environment in environments if str(folder).encode() in environment]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        # The process has ended, or belongs to another user.
        return b""


def test_the_demo_drains_the_staging_table(tmp_path: Path) -> None:
    """It exits with 0 after the table of results, the verdict, and commands to go on with."""
    with demo(tmp_path, 100) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in output.splitlines() if line.startswith("│")]
    figures = {row[0]: row[1:] for row in rows}
    assert figures["staged"] == ["100"] * 3
    assert figures["processed"] == ["90"] * 3
    assert figures["deleted from staging"] == ["90"] * 3
    assert figures["left in staging"] == ["10"] * 3
    assert figures["delete requests"][1:] == ["90", "4"]
    assert re.search(
        r"^  \d\d resources created in .*^  \d\d resources destroyed in ", output, re.MULTILINE | re.DOTALL
    )
    verdict, _, *following = output.split("\n✓ demo · ")[1].splitlines()
    assert verdict == "90 of 100 rows were deleted from staging, exactly those of processed messages"
    assert {line.strip() for line in following} >= {f"{BIN}/scavenger local", f"{BIN}/scavenger plan --inserts 100"}
    assert_nothing_is_left(tmp_path)


# What the demo shows while Terraform runs, and while messages are written. `make soak` tries each signal at both.
DEPLOYING, STAGING = "Deploying", "Staging"
INTERRUPTIONS = (
    list(product([DEPLOYING, STAGING], [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]))
    if is_soak()
    else [(DEPLOYING, signal.SIGINT), (STAGING, signal.SIGTERM)]
)


@pytest.mark.parametrize(("sign", "signal_number"), INTERRUPTIONS)
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, sign: str, signal_number: signal.Signals) -> None:
    """No files and no processes, also none of Terraform and the local AWS."""
    with demo(tmp_path, 50_000) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(sign):
                break
        process.send_signal(signal_number)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal_number, rest
    assert "Interrupted" in rest
    assert_nothing_is_left(tmp_path)
