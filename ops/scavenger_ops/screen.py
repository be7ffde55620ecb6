"""What the screens of all commands share: a console, and the verdict in the first line."""

import sys
from typing import Literal

from rich.console import Console, ConsoleDimensions
from rich.text import Text

Verdict = Literal["good", "bad", "unknown"]

_MARKS: dict[Verdict, str] = {"good": "✓", "bad": "✗", "unknown": "?"}
# For terminals that have only ASCII characters.
_PLAIN_MARKS: dict[Verdict, str] = {"good": "OK:", "bad": "PROBLEM:", "unknown": "UNKNOWN:"}
STYLES: dict[Verdict, str] = {"good": "bold green", "bad": "bold red", "unknown": "bold yellow"}


# A terminal that says that it is smaller, such as by COLUMNS=0, does not know its size. It counts as one of USUAL_SIZE.
_LEAST_WIDTH, _LEAST_HEIGHT = 20, 5
USUAL_SIZE = ConsoleDimensions(80, 25)


def open_console(*, is_stderr: bool = False) -> Console:
    """Return a console on standard output or error. Its size is the terminal's, and it has colors only on a terminal.

    Standard error is for messages, which are not wrapped. Whether it is a terminal is set here: many CI systems set
    FORCE_COLOR, which Rich takes for a terminal.
    """
    is_terminal = sys.stderr.isatty() if is_stderr else None
    console = Console(highlight=False, stderr=is_stderr, soft_wrap=is_stderr, force_terminal=is_terminal)
    if console.width < _LEAST_WIDTH or console.height < _LEAST_HEIGHT:
        console.size = USUAL_SIZE
    return console


def show_verdict(console: Console, verdict: Verdict, *parts: str) -> None:
    """Write the first line of a screen: the mark of the verdict, and its parts, of which the last says it in words."""
    *before, said = parts
    separator = " · " if has_symbols(console) else " - "
    mark = (_MARKS if has_symbols(console) else _PLAIN_MARKS)[verdict]
    line = Text(f"{mark} ", style=STYLES[verdict])
    line.append(separator.join([*before, ""]), style="not bold default")
    line.append(said)
    console.print(line)


def has_symbols(console: Console) -> bool:
    """Return whether the terminal's encoding has the symbols that the screens use."""
    try:
        "✓✗·—│".encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
