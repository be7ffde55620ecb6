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
    from scavenger_ops.extras import require_local_aws  # noqa: PLC0415 - the help does not need it

    # Before the import of what needs it.
    require_local_aws("scavenger demo")
    from scavenger_ops.demo.run import run  # noqa: PLC0415 - likewise
    from scavenger_ops.screen import open_console  # noqa: PLC0415 - likewise

    raise typer.Exit(run(messages, open_console()))
