"""The lines that `make breaks` breaks are those of today's code."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from scavenger_ops.toolchain import ROOT

BREAKS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests" / "breaks" / "breaks.toml").read_text())["break"]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: f"{Path(broken['file']).name}: {broken['before'][:40]}")
def test_a_broken_line_is_there_once_and_its_tests_exist(broken: dict[str, Any]) -> None:
    """`make breaks` runs only at night, and would fail after the line was changed."""
    assert (ROOT / broken["file"]).read_text().count(broken["before"]) == 1
    assert [test for test in broken["tests"] if not (ROOT / test.split("::")[0]).exists()] == []
