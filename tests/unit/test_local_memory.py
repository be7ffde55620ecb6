"""The local AWS reports the memory of the function's own process."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from ministack.core import lambda_runtime
from scavenger_ops.local import memory

ARN = "arn:aws:lambda:us-east-1:000000000000:function:orders"


def worker(process: int, arn: str = ARN) -> SimpleNamespace:
    """Return a worker of MiniStack's, which has a process for a function."""
    return SimpleNamespace(config={"FunctionArn": arn}, _proc=SimpleNamespace(pid=process))


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two processes have the memory of 64 and of 300 MB."""
    for process, peak in ((1, 64 * 1024), (2, 300 * 1024)):
        (tmp_path / str(process)).mkdir()
        (tmp_path / str(process) / "status").write_text(f"Name:\tpython\nVmHWM:\t   {peak} kB\nVmRSS:\t    1 kB\n")
    monkeypatch.setattr(memory, "PROCESSES", tmp_path)
    monkeypatch.setattr(memory, "PROBE", lambda _: 7)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("workers", "expected"),
    [([worker(1)], 64), ([worker(1), worker(2)], 300), ([worker(1), worker(2, ARN + "-2")], 64), ([worker(3)], 7)],
)
def test_the_memory_is_that_of_the_functions_processes(
    monkeypatch: pytest.MonkeyPatch, workers: list[SimpleNamespace], expected: int
) -> None:
    """Those of other functions do not count. If nothing is known, it is what MiniStack says."""
    monkeypatch.setattr(lambda_runtime, "_workers", {"key": workers})
    assert memory.peak_mb({"config": {"FunctionArn": ARN}}) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_a_process_that_runs_has_memory() -> None:
    """That of these tests has some MB."""
    assert memory.peak_kb(os.getpid()) > 1024
    assert memory.peak_kb(0) == 0
