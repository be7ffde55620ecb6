"""The screens of plan in the docs are the same each time."""

from io import StringIO

import pytest
from rich.console import Console

from bench.pictures.screens.plan import SCREENS


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_fits_its_width_and_is_the_same_each_time(name: str, width: int) -> None:
    """It depends on nothing but its facts, and begins with the verdict."""
    screens = []
    for _ in range(2):
        output = StringIO()
        SCREENS[name](Console(file=output, width=width, force_terminal=False))
        screens.append(output.getvalue())
    first, second = screens
    assert first == second
    assert max(len(line) for line in first.splitlines()) <= width
    assert first.lstrip()[0] in "✓✗"
