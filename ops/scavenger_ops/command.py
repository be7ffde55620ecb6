"""What the commands share: exit codes, errors, Ctrl-C, messages and progress on standard error, and the result."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scavenger_ops.signals import SIGNALLED, end_at_once, handle

EXIT_OK = 0
# Something is not done, or wrong.
EXIT_NOT_OK = 1

# How long a command waits, after Ctrl-C, for work in progress, before it writes its report.
GRACE_S = 5.0

# Without a terminal, a progress line this often takes the place of a bar.
LINE_INTERVAL_S = 10.0

_STOPPING = "Stopping. Work in progress gets a few seconds to finish; press Ctrl-C again to end it now."

Advance = Callable[[int], None]


class CommandError(Exception):
    """A command cannot continue. The text says why, and what to do."""


# Messages go to standard error, so that they never mix with the result. Whether that is a terminal is set here: many CI
# systems set FORCE_COLOR, which Rich takes for a terminal.
stderr_console = Console(stderr=True, highlight=False, soft_wrap=True, force_terminal=sys.stderr.isatty())


def say(text: str, style: str | None = None) -> None:
    """Write a message, which is not the result, to standard error."""
    stderr_console.print(text, markup=False, style=style)


def show(lines: Iterable[str], facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Write the result to standard output: as lines, or the facts as JSON."""
    typer.echo(json.dumps(facts, indent=2) if as_json else "\n".join(lines))


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Show a CommandError, and end the process with exit code 1."""
    try:
        yield
    except CommandError as error:
        say(f"error: {error}", "red")
        raise typer.Exit(EXIT_NOT_OK) from error


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C (or SIGTERM, SIGHUP) sets, so that the block can finish its work and stop.

    After GRACE_S, or at a second signal, the block gets a KeyboardInterrupt, so that it can report and end. A third
    signal ends the process at once. After a signal, unless the block raises an error, the process ends with 128 plus
    the number of the first signal.
    """
    stop, received = threading.Event(), list[int]()

    def on_signal(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 2:  # noqa: PLR2004 - see the docstring
            end_at_once(received[0], None)
        signal.setitimer(signal.ITIMER_REAL, GRACE_S)
        if len(received) > 1:
            raise KeyboardInterrupt
        stop.set()
        # In a thread: the interrupted thread may be writing to standard error.
        threading.Thread(target=say, args=(_STOPPING,), daemon=True).start()

    before = handle(on_signal, signal.SIGALRM)
    try:
        yield stop
    except KeyboardInterrupt:
        if not received:
            raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        raise SystemExit(SIGNALLED + received[0])


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Advance]:
    """Show progress on standard error: a bar on a terminal, elsewhere a line every LINE_INTERVAL_S."""
    if stderr_console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=stderr_console) as bars:
            bar = bars.add_task(what, total=total)
            yield lambda count: bars.advance(bar, count)
        return
    done, said_at = 0, time.monotonic()

    def advance(count: int) -> None:
        nonlocal done, said_at
        done += count
        if time.monotonic() - said_at >= LINE_INTERVAL_S:
            said_at = time.monotonic()
            say(f"{what}: {done:,} of {total:,}")

    yield advance
    say(f"{what}: {done:,} of {total:,}")
