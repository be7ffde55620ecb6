"""The options of `scavenger demo`."""

from typing import Annotated

import typer

EXAMPLES = """\
scavenger demo
scavenger demo --messages 10000
"""


def demo(
    messages: Annotated[
        int, typer.Option(min=1, max=1_000_000, metavar="N", help="Number of messages to stage.")
    ] = 1000,
) -> None:
    """Try everything on a local AWS: deploy, stage messages, process nine in ten, and watch the staging table drain."""
    from rich.console import Console  # noqa: PLC0415 - the help does not need it

    from scavenger_ops.demo.run import run  # noqa: PLC0415

    raise typer.Exit(run(messages, Console(highlight=False)))
