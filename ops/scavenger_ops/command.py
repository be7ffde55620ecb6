"""What the operator's commands have in common: errors, Ctrl-C, and what they show while they work."""

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
# Something is left or wrong.
EXIT_NOT_OK = 1

# So long is what is under way waited for after Ctrl-C, and after that the report is written.
GRACE_S = 5.0

# Where no terminal shows a bar, a line as often as this says how far it is.
LINE_INTERVAL_S = 10.0

_STOPPING = "Stopping: what is under way is finished first, for a few seconds. Ctrl-C again ends it now."

Advance = Callable[[int], None]


class CommandError(Exception):
    """A command cannot do what it was asked to; the text says why, and what to do."""


# Standard error, for what is said on the way, so that it never mixes with the result. A terminal only where there is
# one: Rich takes FORCE_COLOR, which many CI systems set, for one too.
stderr_console = Console(stderr=True, highlight=False, soft_wrap=True, force_terminal=sys.stderr.isatty())


def say(text: str, style: str | None = None) -> None:
    """Say something that is not the result."""
    stderr_console.print(text, markup=False, style=style)


def show(lines: Iterable[str], facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Write the result on standard output: as lines, or as JSON."""
    typer.echo(json.dumps(facts, indent=2) if as_json else "\n".join(lines))


@contextmanager
def reporting_errors() -> Iterator[None]:
    """End the process with 1 and the reason where a command cannot go on."""
    try:
        yield
    except CommandError as error:
        say(f"error: {error}", "red")
        raise typer.Exit(EXIT_NOT_OK) from error


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C, or another signal to end, sets, so that what is under way can be finished.

    If that takes too long, or with a second signal, the block gets a KeyboardInterrupt, to report and end. A third ends
    the process at once. However the block ends after a signal, but by an error, the process then ends with 128 and the
    signal's number.
    """
    stop, received = threading.Event(), list[int]()

    def heed(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 2:  # noqa: PLR2004 - as told above
            end_at_once(received[0], None)
        signal.setitimer(signal.ITIMER_REAL, GRACE_S)
        if len(received) > 1:
            raise KeyboardInterrupt
        stop.set()
        # In a thread: this one may just now be writing to standard error.
        threading.Thread(target=say, args=(_STOPPING,), daemon=True).start()

    before = handle(heed, signal.SIGALRM)
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
def progress(what: str, total: int) -> Iterator[Advance]:
    """Show how far it is: a bar on a terminal, now and then a line elsewhere."""
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
