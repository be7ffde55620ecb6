"""The options of `scavenger verify`."""

from pathlib import Path
from typing import Annotated

import typer

from scavenger_ops.options import AsJson, Name, NameOption, Profile, Region, choose_name, read_duration, use_aws

EXAMPLES = """\
scavenger verify orders
scavenger verify orders --yes --json
scavenger verify orders --message message.json --timeout 15m
"""


def _read_timeout(text: str) -> int:
    """Return a time-out in seconds. Raises BadParameter if it is not a duration, or none at all."""
    if timeout_s := read_duration(text):
        return timeout_s
    raise typer.BadParameter("it must be at least 1s.")


def verify(  # noqa: PLR0913 - one option each
    name: Name = None,
    *,
    name_option: NameOption = None,
    timeout: Annotated[
        int | None,
        typer.Option(
            parser=_read_timeout,
            metavar="TIME",
            help="How long to wait until the row is deleted: 90s, 15m. Default: 5m, and at least two minutes more than "
            "the batching window.",
        ),
    ] = None,
    message: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="A message of your own in DynamoDB's JSON, for filters and indexes that need certain attributes. "
            "Default: one is made from the function's settings.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write the two items without asking.")] = False,
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a deployment works: write a row and its message, and wait until the row is deleted.

    It says what it will write, and asks. At the end it removes what it wrote, also after Ctrl-C or an error.
    """
    # Imported here: the help does not need it.
    from scavenger_ops.verify.options import VerifyOptions  # noqa: PLC0415
    from scavenger_ops.verify.run import run  # noqa: PLC0415

    use_aws(region, profile)
    options = VerifyOptions(timeout, message, yes)
    raise typer.Exit(run(choose_name(name, name_option), options, as_json=as_json))
