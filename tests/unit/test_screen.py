"""A screen has a size that something can be laid out in."""

import pytest
from rich.console import Console
from scavenger_ops.screen import USUAL_SIZE, open_console


@pytest.mark.parametrize("is_stderr", [False, True])
@pytest.mark.parametrize("name", ["COLUMNS", "LINES"])
def test_a_terminal_without_a_size_has_the_usual_one(
    name: str, monkeypatch: pytest.MonkeyPatch, *, is_stderr: bool
) -> None:
    """Nothing can be shown in no columns, and no words can be wrapped into them."""
    monkeypatch.setenv(name, "0")
    assert open_console(is_stderr=is_stderr).size == USUAL_SIZE


def test_any_other_terminal_keeps_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may also change, while the console is in use."""
    for columns in ("40", "120"):
        monkeypatch.setenv("COLUMNS", columns)
        assert open_console().width == int(columns) == Console().width
