"""The options of `scavenger status`."""

import typer

from scavenger_ops.options import AsJson, Name, NameOption, Profile, Region, choose_name, use_aws

EXAMPLES = """\
scavenger status orders
scavenger status orders --region eu-west-1 --json | jq .verdict
"""


def status(
    name: Name = None,
    *,
    name_option: NameOption = None,
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show whether a deployment works and, if not, what is wrong and how to fix it."""
    from scavenger_ops.status.run import run  # noqa: PLC0415 - the help does not need it

    use_aws(region, profile)
    raise typer.Exit(run(choose_name(name, name_option), as_json=as_json))
