"""The options of `scavenger redrive`."""

from typing import Annotated

import typer

from scavenger_ops.options import AsJson, Name, NameOption, Profile, Region, choose_name, read_name, use_aws

EXAMPLES = """\
scavenger redrive orders --dry-run
scavenger redrive orders
scavenger redrive orders --of old-orders
"""


def redrive(  # noqa: PLR0913 - one option each
    name: Name = None,
    *,
    name_option: NameOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read the objects and show what is in them. Send and remove nothing.")
    ] = False,
    prefix: Annotated[str, typer.Option(metavar="P", help="Redrive only objects whose keys begin with P.")] = "",
    of: Annotated[
        str | None,
        typer.Option(
            parser=read_name,
            metavar="F",
            help="Redrive also objects of function F, which NAME replaces. Default: only objects of NAME.",
        ),
    ] = None,
    bucket: Annotated[
        str | None,
        typer.Option(parser=read_name, metavar="B", help="Name of the failure bucket. Default: the deployment's."),
    ] = None,
    function: Annotated[
        str | None, typer.Option(parser=read_name, metavar="F", help="The same as --name.", hidden=True)
    ] = None,
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Send the records in the failure bucket to the function again, and remove each object that is done.

    You can stop it, run it again, and run it in parallel. It names each object that it cannot finish, and keeps it.
    """
    from scavenger_ops.redrive.run import run  # noqa: PLC0415 - the help does not need it

    use_aws(region, profile)
    chosen = choose_name(name, name_option or function)
    raise typer.Exit(run(chosen, bucket, prefix, of, is_dry_run=dry_run, as_json=as_json))
