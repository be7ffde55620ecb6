"""The options of `scavenger local`."""

from typing import Annotated

import typer

EXAMPLES = """\
scavenger local
scavenger local terraform plan
"""


def local(
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="The command to run. Default: your shell.")
    ] = None,
) -> None:
    """Run a shell, or a command, with a local AWS, to try everything without an AWS account.

    The local AWS, and everything in it, ends with the shell or command.
    """
    from scavenger_ops.extras import require_local_aws  # noqa: PLC0415 - the help does not need it

    # Before the import of what needs it.
    require_local_aws("scavenger local")
    from scavenger_ops.local.run import run  # noqa: PLC0415 - likewise

    raise typer.Exit(run(command or []))
