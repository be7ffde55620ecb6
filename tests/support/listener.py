"""Runs a module of tests/support that listens on a socket."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parents[1]


@contextmanager
def listening(module: str, *arguments: str) -> Iterator[None]:
    """Run a module for the time of the block. It prints a line when it listens, and ends with its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout
        assert process.stdout.readline(), "it does not listen"
        yield
    finally:
        process.communicate()
