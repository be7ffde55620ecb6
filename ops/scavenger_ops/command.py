"""What the commands share: exit codes, errors, messages and progress on standard error, and JSON as the result."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import typer
from reconciler.explained_error import ExplainedError

from scavenger_ops.screen import open_console

EXIT_OK = 0
# Something is left, wrong or not known.
EXIT_NOT_OK = 1
# AWS could not be asked: no credentials, no network, no such Region.
EXIT_NO_AWS = 3

# Of the JSON of all commands. It changes when a script would have to: a field is gone, or means something else.
SCHEMA_VERSION = 1

# Without a terminal, a progress line this often takes the place of a bar.
LINE_INTERVAL_S = 10.0


class Advance(Protocol):
    """Adds to the progress that is shown, and may correct its total."""

    def __call__(self, count: int, total: int | None = None) -> None:
        """Count `count` more as done."""


# Messages go to standard error, so that they never mix with the result.
stderr_console = open_console(is_stderr=True)


def say(text: str, style: str | None = None) -> None:
    """Write a message, which is not the result, to standard error."""
    stderr_console.print(text, markup=False, style=style)


def show_json(facts: Mapping[str, Any], *, in_a_line: bool = False) -> None:
    """Write the result, or a line of it, to standard output as JSON, with the version of its fields."""
    typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, **facts}, indent=None if in_a_line else 2))


def show_json_error(text: str, exit_code: int, *, in_a_line: bool = False) -> None:
    """Write an error to standard output as JSON, in place of a result. `in_a_line`: as JSON lines have it."""
    show_json({"error": _error_fields(text, exit_code)}, in_a_line=in_a_line)


def error_facts(error: ExplainedError | None) -> dict[str, Any] | None:
    """Return the error that ended a command, as a field of its result; None if none did."""
    return _error_fields(str(error), exit_code_of(error)) if error else None


def _error_fields(text: str, exit_code: int) -> dict[str, Any]:
    return {"message": text, "exit_code": exit_code}


def exit_code_of(error: ExplainedError) -> int:
    """Return the exit code of the command that this error ends."""
    return EXIT_NO_AWS if error.is_unasked else EXIT_NOT_OK


def can_ask() -> bool:
    """Return whether somebody at a terminal can answer a question."""
    return bool(sys.stdin and sys.stdin.isatty())


def say_error(error: ExplainedError) -> None:
    """Write an error to standard error."""
    say(f"error: {error}", "red")


@contextmanager
def reporting_errors(*, as_json: bool, in_a_line: bool = False) -> Iterator[None]:
    """Show an ExplainedError, and end the process with its exit code."""
    try:
        yield
    except ExplainedError as error:
        say_error(error)
        if as_json:
            show_json_error(str(error), exit_code_of(error), in_a_line=in_a_line)
        raise typer.Exit(exit_code_of(error)) from error


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Advance]:
    """Show progress on standard error: a bar on a terminal, elsewhere a line every LINE_INTERVAL_S."""
    with progress_bars({what: total}) as (advance,):
        yield advance


@contextmanager
def progress_bars(totals: Mapping[str, int]) -> Iterator[Sequence[Advance]]:
    """Show the progress of several things, by their totals: a bar each, or all in a line. Yield an Advance for each."""
    if stderr_console.is_terminal:
        # Imported here: most commands show no progress.
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=stderr_console) as bars:

            def advance_bar(bar: Any, count: int, total: int | None = None) -> None:  # noqa: ANN401 - Rich's TaskID
                bars.update(bar, advance=count, total=total)

            yield [partial(advance_bar, bars.add_task(what, total=total)) for what, total in totals.items()]
        return
    done, most, said_at = dict.fromkeys(totals, 0), dict(totals), time.monotonic()

    def in_words() -> str:
        return ", ".join(f"{what}: {done[what]:,} of {most[what]:,}" for what in totals)

    def advance(what: str, count: int, total: int | None = None) -> None:
        nonlocal said_at
        done[what] += count
        most[what] = most[what] if total is None else total
        if time.monotonic() - said_at >= LINE_INTERVAL_S:
            said_at = time.monotonic()
            say(in_words())

    yield [partial(advance, what) for what in totals]
    say(in_words())
