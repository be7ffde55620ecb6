"""The options of `scavenger status`."""

import sys
from typing import Annotated

import typer

from scavenger_ops.options import OUTPUT, AsJson, Name, NameOption, Profile, Region, choose_name, use_aws

EXAMPLES = """\
scavenger status orders
scavenger status orders --watch
scavenger status orders --region eu-west-1 --json | jq .verdict
"""


def status(  # noqa: PLR0913 - one option each
    name: Name = None,
    *,
    name_option: NameOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", rich_help_panel=OUTPUT, help="Show it again every 10 seconds, until Ctrl-C.")
    ] = False,
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show whether a deployment works and, if not, what is wrong and how to fix it."""
    from scavenger_ops.status.run import run  # noqa: PLC0415 - the help does not need it

    if watch:
        _check_watch(as_json=as_json)
    use_aws(region, profile)
    raise typer.Exit(run(choose_name(name, name_option), as_json=as_json, is_watched=watch))


def _check_watch(*, as_json: bool) -> None:
    """Raise BadParameter if there is no screen to watch."""
    if as_json:
        reason = "a screen that is drawn again is not JSON. Call status --json as often as you need it."
        raise typer.BadParameter(reason, param_hint="--watch")
    if not sys.stdout.isatty():
        reason = "standard output is not a terminal, whose screen could be drawn again."
        raise typer.BadParameter(reason, param_hint="--watch")
