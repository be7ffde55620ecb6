"""The options of `scavenger logs`."""

from typing import Annotated

import typer

from scavenger_ops.options import OUTPUT, Name, NameOption, Profile, Region, choose_name, read_duration, use_aws

EXAMPLES = """\
scavenger logs orders
scavenger logs orders --errors --since 1d
scavenger logs orders --follow
scavenger logs orders --json | jq 'select(.is_problem) | .message'
"""


def logs(  # noqa: PLR0913 - one option each
    name: Name = None,
    *,
    name_option: NameOption = None,
    since: Annotated[
        int, typer.Option(parser=read_duration, metavar="AGE", help="How far back to begin: 90s, 15m, 1h, 2d.")
    ] = "1h",  # type: ignore[assignment] # Typer parses the default like an argument
    errors: Annotated[
        bool, typer.Option("--errors", help="Show only warnings, errors, and batches and invocations that failed.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Also show new lines as they come, until Ctrl-C.")] = False,
    region: Region = None,
    profile: Profile = None,
    as_json: Annotated[
        bool, typer.Option("--json", rich_help_panel=OUTPUT, help="Write each line, also an error, as a line of JSON.")
    ] = False,
) -> None:
    """Show the lines of a deployment's log, without attributes of items."""
    from scavenger_ops.logs.run import run  # noqa: PLC0415 - the help does not need it

    use_aws(region, profile)
    run(choose_name(name, name_option), since, only_problems=errors, follows=follow, as_json=as_json)
