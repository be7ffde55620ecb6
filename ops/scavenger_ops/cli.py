"""The `scavenger` command."""

from typing import Annotated

import typer

from scavenger_ops import demo as demonstration

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def scavenger() -> None:
    """Operate a staging scavenger."""


@app.command()
def demo(
    messages: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many messages to stage.")] = 1000,
) -> None:
    """Deploy to a local AWS, stage messages, process nine in ten, and watch the staging table drain."""
    raise typer.Exit(demonstration.run(messages))
