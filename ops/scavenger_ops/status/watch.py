"""Shows the state of a deployment again and again, until Ctrl-C."""

import time
from collections.abc import Callable
from math import ceil

from reconciler.explained_error import ExplainedError
from rich.console import Console
from rich.text import Text

from scavenger_ops.status.report import StatusReport
from scavenger_ops.status.screen import show_screen

# Metrics change once a minute, states at any time.
INTERVAL_S = 10.0
_HOME_AND_CLEAR = "\x1b[H\x1b[J"


def watch(read: Callable[[], StatusReport], console: Console, wait: Callable[[float], None] = time.sleep) -> None:
    """Read and show the state, and again after a pause, for ever: a signal ends the process.

    Raises ExplainedError if the first read fails. A later failure is shown, since it may pass.
    """
    text = _screen(read(), console)
    while True:
        # In one go, so that it does not flicker.
        console.file.write(_HOME_AND_CLEAR + fit(text, console.width, console.height))
        console.file.flush()
        wait(INTERVAL_S)
        try:
            text = _screen(read(), console)
        except ExplainedError as error:
            text = f"error: {error}"


def _screen(report: StatusReport, console: Console) -> str:
    with console.capture() as captured:
        show_screen(report, console)
    return captured.get()


def fit(text: str, width: int, height: int) -> str:
    """Return the lines that fit on a terminal with the cursor below them: the verdict is first, and must stay."""
    lines, left = [], height - 1
    for line in text.splitlines():
        left -= max(1, ceil(Text.from_ansi(line).cell_len / width))
        if left < 0:
            break
        lines.append(line)
    return "".join(f"{line}\n" for line in lines)
