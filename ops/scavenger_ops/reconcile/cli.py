"""The options of `scavenger reconcile`."""

from typing import Annotated, Any

import typer

from scavenger_ops.duration import format_duration
from scavenger_ops.options import (
    AsJson,
    Name,
    NameOption,
    Profile,
    Region,
    choose_name,
    read_duration,
    read_name,
    use_aws,
)
from scavenger_ops.reconcile.options import AGE_ATTRIBUTE, OLDER_THAN_S, OptionsOnAws, ReconcileOptions

EXAMPLES = """\
scavenger reconcile orders
scavenger reconcile orders --apply --older-than 2h
scavenger reconcile --staging orders-staging --messages orders-messages
scavenger reconcile orders --on-aws --apply
"""

# More than any table has.
MOST_UNITS = 1_000_000_000
CAPACITY = "Capacity"
TABLES = "Tables, if they are not those of a deployment"


def _units(what: str) -> Any:  # noqa: ANN401 - the type that Typer returns
    """Return an option for capacity units a second."""
    help_ = f"{what} Default: a quarter of the table's capacity."
    return typer.Option(min=0.1, max=MOST_UNITS, metavar="N", rich_help_panel=CAPACITY, help=help_)


def _attribute(text: str) -> str:
    """Return the name of an attribute. Raises BadParameter if it is empty."""
    if not text:
        raise typer.BadParameter("the name of an attribute must have at least one character.")
    return text


def _check_on_aws(staging: str | None, messages: str | None, *, restart: bool) -> None:
    """Raise BadParameter if --on-aws is given with an option for a comparison on this machine."""
    given = {"--staging": staging, "--messages": messages, "--restart": restart}
    if others := " and ".join(option for option, value in given.items() if value):
        raise typer.BadParameter(
            f"it compares the tables of a deployment, from the beginning. Leave out {others}.", param_hint="--on-aws"
        )


def _is_given(ctx: typer.Context, parameter: str) -> bool:
    """Return whether the user gave an option. On AWS, its default is another one."""
    source = ctx.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


def reconcile(  # noqa: PLR0913 - one option each
    ctx: typer.Context,
    name: Name = None,
    *,
    name_option: NameOption = None,
    apply: Annotated[bool, typer.Option("--apply", help="Delete the rows. Without it, rows are only counted.")] = False,
    older_than: Annotated[
        int,
        typer.Option(
            parser=read_duration,
            metavar="AGE",
            help="Skip rows younger than this, which the function may still delete: 90s, 15m, 1h, 2d; 0 skips none.",
        ),
    ] = format_duration(OLDER_THAN_S),  # type: ignore[assignment] # Typer parses the default like an argument
    age_attribute: Annotated[
        str,
        typer.Option(parser=_attribute, metavar="A", help="Attribute with a row's time, as epoch time or in ISO 8601."),
    ] = AGE_ATTRIBUTE,
    on_aws: Annotated[
        bool,
        typer.Option(
            "--on-aws",
            help="Compare in the deployment's state machine (create_reconciler), for large tables. The defaults of all "
            "options are then those of its configuration.",
        ),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Start from the beginning, not where an interrupted run stopped.")
    ] = False,
    max_write_units: Annotated[
        float | None, _units("Most write capacity units a second to use of the staging table.")
    ] = None,
    max_read_units: Annotated[float | None, _units("Most read capacity units a second to use of each table.")] = None,
    staging: Annotated[
        str | None,
        typer.Option(parser=read_name, metavar="S", rich_help_panel=TABLES, help="Name of the staging table."),
    ] = None,
    messages: Annotated[
        str | None,
        typer.Option(parser=read_name, metavar="M", rich_help_panel=TABLES, help="Name of the messages table."),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            rich_help_panel=TABLES,
            help="Delete without asking, even if no function links the two tables, the event filter looks at OldImage, "
            "messages count only by an update, or no row seems to have an age.",
        ),
    ] = False,
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Find rows that are in both tables because the stream never reported them, and delete them from staging.

    Rows that are only in staging are unprocessed: they are counted by age, and never deleted.

    You can stop it. The next run continues. With --on-aws, it goes on after Ctrl-C.
    """
    # Imported here: the help does not need it.
    from scavenger_ops.reconcile.chosen_tables import choose_tables  # noqa: PLC0415
    from scavenger_ops.reconcile.on_aws.run import run_on_aws  # noqa: PLC0415
    from scavenger_ops.reconcile.run import run  # noqa: PLC0415

    use_aws(region, profile)
    if on_aws:
        _check_on_aws(staging, messages, restart=restart)
        deployment = choose_name(name, name_option)
        age = older_than if _is_given(ctx, "older_than") else None
        attribute = age_attribute if _is_given(ctx, "age_attribute") else None
        options_on_aws = OptionsOnAws(apply, age, attribute, max_read_units, max_write_units, yes)
        raise typer.Exit(run_on_aws(deployment, options_on_aws, as_json=as_json))
    options = ReconcileOptions(apply, older_than, age_attribute, max_read_units, max_write_units, restart, yes)
    chosen = choose_tables(staging, messages, name, name_option)
    code = run(chosen.staging, chosen.messages, options, as_json=as_json, deployment=chosen.deployment)
    raise typer.Exit(code)
