"""What the operator's commands have in common: their end, Ctrl-C, and what they show while they work."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from scavenger.redaction import redact

DONE = 0
# Something is left or wrong, or the command was interrupted.
LEFT = 1

# S3's and CloudWatch's code, and that of the others.
_DENIALS = ("AccessDenied", "AccessDeniedException")

# Where no terminal shows a bar, a line as often as this says how far it is.
LINE_INTERVAL_S = 10.0

Advance = Callable[[int], None]


class CommandError(Exception):
    """A command cannot do what it was asked to; the text says why, and what to do."""


class _Aside(Console):
    """Standard error, for what is said on the way: so it never mixes with the result, and its end ends nothing."""

    def on_broken_pipe(self) -> None:
        """Say no more when nobody reads it; Rich would end the process, and silence standard output too."""
        self.quiet = True


# A terminal only where there is one: Rich takes FORCE_COLOR, which many CI systems set, for one too.
aside = _Aside(stderr=True, highlight=False, soft_wrap=True, force_terminal=sys.stderr.isatty())


def say(text: str, style: str | None = None) -> None:
    """Say something that is not the result."""
    aside.print(text, markup=False, style=style)


def show(lines: Iterable[str], facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Give the result on standard output: as lines, or as JSON."""
    typer.echo(json.dumps(facts, indent=2) if as_json else "\n".join(lines))


@contextmanager
def explained() -> Iterator[None]:
    """End the process with 1 and the reason where a command cannot go on; with AWS's own words where it refuses."""
    try:
        yield
    except CommandError as error:
        say(f"error: {error}", "red")
        raise typer.Exit(LEFT) from error
    except (BotoCoreError, ClientError) as error:
        say(f"error: {redact(error)}", "red")
        raise typer.Exit(LEFT) from error


def is_denial(error: Exception) -> bool:
    """Say whether AWS has refused something for want of a permission."""
    return isinstance(error, ClientError) and error.response["Error"].get("Code") in _DENIALS


def leave(code: int) -> NoReturn:
    """End the process at once; at a plain exit, Python would wait for threads that still wait for an answer."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and a signal to end set, so that what is under way can be finished.

    A second one raises KeyboardInterrupt.
    """
    stop = threading.Event()

    def handle(_: int, __: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say("Stopping: what is under way is finished first. Ctrl-C again leaves at once.")

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # What is ignored stays so: nohup asks for that.
    heeded = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
    """Show how far it is: a bar on a terminal, now and then a line elsewhere."""
    if aside.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=aside) as bars:
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
