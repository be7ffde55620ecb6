"""Writes docs/reference/screens.md: what each command shows at three widths, as pictures and as text without colors."""

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from scavenger_ops.toolchain import ROOT

from bench.pictures.terminal import Show, draw, record, text_of

PAGE = ROOT / "docs" / "reference" / "screens.md"
FOLDER = ROOT / "docs" / "images" / "screens"
COMMANDS = ("status", "verify", "logs", "redrive", "reconcile", "plan", "plan reconcile", "demo")
# Half a screen, the width that a terminal has at its start, and a wide one.
WIDTHS = (60, 80, 120)

_INTRODUCTION = """\
# Screens

For those who want to see what the commands show before they run them. Each screen is drawn from a fixed report, at 60,
80 and 120 columns: in colors as pictures, and without colors as text. `make pictures` draws them with the code of the
commands: do not edit this page. [commands.md](commands.md) explains them.
"""


class Screen(NamedTuple):
    """What a command shows in one state."""

    command: str
    state: str
    show: Show

    def picture(self, columns: int) -> Path:
        """Return the path of its picture at that width."""
        return FOLDER / f"{f'{self.command} {self.state}'.replace(' ', '-')}-{columns}.svg"


def find_screens() -> list[Screen]:
    """Return the screens of all commands."""
    modules = {command: import_module(f"bench.pictures.screens.{command.replace(' ', '_')}") for command in COMMANDS}
    return [Screen(command, *screen) for command, module in modules.items() for screen in module.SCREENS.items()]


def draw_screens() -> None:
    """Draw all pictures, and write the page."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    for screen in find_screens():
        for columns in WIDTHS:
            draw(record(screen.show, columns), f"scavenger {screen.command}", screen.picture(columns))
    PAGE.write_text(screens_page())


def screens_page() -> str:
    """Return the page as it should be."""
    parts = [_INTRODUCTION]
    command = None
    for screen in find_screens():
        if screen.command != command:
            command = screen.command
            parts.append(f"## {command}\n")
        parts.append(f"### {command}: {screen.state}\n")
        parts += [f"![{columns} columns](../images/screens/{screen.picture(columns).name})\n" for columns in WIDTHS]
        parts += [_text(screen, columns) for columns in WIDTHS]
    return "\n".join(parts)


def _text(screen: Screen, columns: int) -> str:
    shown = text_of(screen.show, columns)
    return f"<details>\n<summary>{columns} columns, without colors</summary>\n\n```text\n{shown}\n```\n\n</details>\n"
