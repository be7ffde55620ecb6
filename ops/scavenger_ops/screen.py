"""What the screens of all commands share: a console, and the verdict in the first line."""

from typing import Literal

from rich.console import Console
from rich.text import Text

Verdict = Literal["good", "bad", "unknown"]

_MARKS: dict[Verdict, str] = {"good": "✓", "bad": "✗", "unknown": "?"}
# For terminals that have only ASCII characters.
_PLAIN_MARKS: dict[Verdict, str] = {"good": "OK:", "bad": "PROBLEM:", "unknown": "UNKNOWN:"}
STYLES: dict[Verdict, str] = {"good": "bold green", "bad": "bold red", "unknown": "bold yellow"}


def open_console() -> Console:
    """Return a console on standard output. Its width is the terminal's, and it has colors only on a terminal."""
    return Console(highlight=False)


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
