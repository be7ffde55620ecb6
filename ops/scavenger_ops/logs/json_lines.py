"""The lines as JSON, one object in each line of standard output."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from scavenger_ops.command import SCHEMA_VERSION, CommandError, say
from scavenger_ops.logs.line import LogLine
from scavenger_ops.logs.screen import time_of


def to_json(line: LogLine) -> dict[str, Any]:
    """Return a line for JSON. docs/reference/schemas/logs.schema.json describes it."""
    return {
        "time": time_of(line.time_ms).isoformat(timespec="milliseconds"),
        "level": line.level or None,
        "is_problem": line.is_problem,
        "message": line.message,
        "fields": dict(line.fields),
        "request_id": line.request_id,
    }


def write(facts: dict[str, Any]) -> None:
    """Write one object in a line."""
    typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, **facts}))


@contextmanager
def errors_in_a_line(*, is_used: bool) -> Iterator[None]:
    """Write a CommandError as the last line, and end the process with its exit code."""
    try:
        yield
    except CommandError as error:
        if not is_used:
            raise
        say(f"error: {error}", "red")
        write({"error": {"message": str(error), "exit_code": error.exit_code}})
        raise typer.Exit(error.exit_code) from error
