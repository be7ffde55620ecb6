"""The `scavenger` command."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from scavenger import __version__

from scavenger_ops.command import explained
from scavenger_ops.demo.run import run as run_demo
from scavenger_ops.local.run import run as run_local
from scavenger_ops.plan.load import (
    MOST_ITEM_BYTES,
    MOST_KEY_BYTES,
    USUAL_KEY_BYTES,
    BillingMode,
    PipelineSettings,
    PlannedLoad,
    PlannedPipeline,
    ScenarioName,
    StreamViewType,
    check_load,
    inserts_a_second,
    read_simulation,
    whole,
)
from scavenger_ops.plan.run import run as run_plan
from scavenger_ops.reconcile.duration import parse_duration
from scavenger_ops.reconcile.run import Options
from scavenger_ops.reconcile.run import run as run_reconcile
from scavenger_ops.redrive.run import run as run_redrive
from scavenger_ops.status.run import run as show_status

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

# Beyond any table's.
MOST_UNITS = 1_000_000_000
AS_JSON = typer.Option("--json", help="Give the result as JSON, for scripts.")


def units(what: str) -> Any:  # noqa: ANN401 - as Typer has it
    """Make an option for units a second."""
    return typer.Option(min=0.1, max=MOST_UNITS, metavar="N", help=f"{what} By default a quarter of what there is.")


def name(text: str) -> str:
    """Refuse what cannot be the name of anything in AWS."""
    if not text.strip() or not text.isprintable():
        raise typer.BadParameter("a name has at least one character, and none that cannot be printed.")
    return text


def attribute(text: str) -> str:
    """Refuse an empty name of an attribute."""
    if not text:
        raise typer.BadParameter("an attribute's name has at least one character.")
    return text


def duration(text: str) -> int:
    """Read a duration, or say that it is a wrong usage."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def show_version(*, is_asked_for: bool) -> None:
    """Show the version, and nothing else."""
    if is_asked_for:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def scavenger(
    *,
    version: Annotated[  # noqa: ARG001 - show_version has seen to it
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Operate a staging scavenger.

    Credentials, profile, Region and endpoint are those of the standard AWS settings.

    Exit codes: 0 done or well, 1 something is left or wrong, 2 usage, 130 interrupted (Ctrl-C).
    """
    # The setting of all SDKs, which boto3 alone does not know.
    if region := os.environ.get("AWS_REGION"):
        os.environ["AWS_DEFAULT_REGION"] = region


@app.command()
def demo(
    messages: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many messages to stage.")] = 1000,
) -> None:
    """Deploy to a local AWS, stage messages, process nine in ten, and watch the staging table drain."""
    raise typer.Exit(run_demo(messages, Console(highlight=False)))


@app.command(context_settings={"ignore_unknown_options": True})
def local(
    command: Annotated[list[str] | None, typer.Argument(metavar="[COMMAND]...", help="By default, your shell.")] = None,
) -> None:
    """Run a shell, or a command, with a local AWS of its own, to try anything without an account."""
    raise typer.Exit(run_local(command or []))


@app.command()
def redrive(  # noqa: PLR0913 - one option each
    *,
    bucket: Annotated[str, typer.Option(parser=name, metavar="B", help="The failure bucket.")],
    function: Annotated[str, typer.Option(parser=name, metavar="F", help="The function that its records are for.")],
    prefix: Annotated[str, typer.Option(metavar="P", help="Take only objects whose names begin so.")] = "",
    of: Annotated[
        str | None,
        typer.Option(
            parser=name, metavar="NAME", help="Take objects of this function, too; by default only the named one's."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read the objects, and say what is in them.")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Take what is in the failure bucket back to the function, and remove each object once all of it is done.

    May be stopped, repeated, and run beside another. What cannot be read or done is named and left.
    """
    with explained():
        raise typer.Exit(run_redrive(bucket, function, prefix, of, is_dry_run=dry_run, as_json=as_json))


@app.command()
def reconcile(  # noqa: PLR0913 - one option each
    *,
    staging: Annotated[str, typer.Option(parser=name, metavar="S", help="The staging table.")],
    messages: Annotated[str, typer.Option(parser=name, metavar="M", help="The messages table.")],
    apply: Annotated[bool, typer.Option("--apply", help="Delete; without it, rows are only counted.")] = False,
    older_than: Annotated[
        int,
        typer.Option(
            parser=duration, metavar="AGE", help="Leave younger rows to the function: 90s, 15m, 1h, 2d; 0 leaves none."
        ),
    ] = "1h",  # type: ignore[assignment] # Typer parses it like what is typed
    age_attribute: Annotated[
        str, typer.Option(parser=attribute, metavar="A", help="Attribute with the time of a row: epoch or ISO 8601.")
    ] = "createdAt",
    max_write_units: Annotated[float | None, units("Write units a second of S to take.")] = None,
    max_read_units: Annotated[float | None, units("Read units a second of each table to take.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete although no function ties the tables together, and ask nothing.")
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Do not go on where an interrupted run stopped.")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Find rows that are in both tables, which the stream never reported, and delete them from staging.

    Rows that are only in staging are unprocessed: counted by age, and never touched. May be stopped, and goes on when
    run again.
    """
    options = Options(apply, older_than, age_attribute, max_read_units, max_write_units, restart, yes)
    with explained():
        raise typer.Exit(run_reconcile(staging, messages, options, as_json=as_json))


@app.command()
def status(
    *,
    function: Annotated[
        str,
        typer.Option("--name", parser=name, metavar="F", help="Name of the function, which is that of the deployment."),
    ],
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show on one screen whether it works and, if not, what is wrong and how to fix it."""
    with explained():
        raise typer.Exit(show_status(function, as_json=as_json))


@app.command()
def plan(  # noqa: PLR0913 - one option each
    *,
    inserts: Annotated[float, inserts_a_second("Items inserted into the messages table each second, on average.")],
    peak: Annotated[float | None, inserts_a_second("Items inserted each second at peak. Default: the average.")] = None,
    item_bytes: Annotated[int, whole("Bytes of an item.", 1, MOST_ITEM_BYTES)] = 1000,
    key_bytes: Annotated[
        int | None,
        whole("Bytes of its key, including the names of the attributes.", 1, MOST_KEY_BYTES, str(USUAL_KEY_BYTES)),
    ] = None,
    stream_view_type: Annotated[
        StreamViewType,
        typer.Option(metavar="V", help="KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES."),
    ] = "NEW_AND_OLD_IMAGES",
    billing_mode: Annotated[
        BillingMode, typer.Option(metavar="M", help="PROVISIONED or PAY_PER_REQUEST.")
    ] = "PROVISIONED",
    write_capacity: Annotated[int, whole("Write capacity units of the staging table, if provisioned.", 1)] = 5,
    batch_size: Annotated[int, whole("Maximum number of records in a batch.", 1, 10_000)] = 100,
    maximum_batching_window_in_seconds: Annotated[int, whole("Seconds that a batch has to fill.", 0, 300)] = 60,
    parallelization_factor: Annotated[int, whole("Batches of one shard in progress at the same time.", 1, 10)] = 1,
    memory_size: Annotated[int, whole("Memory of the function in MB.", 128, 10_240)] = 256,
    timeout: Annotated[int, whole("Maximum duration of an invocation in seconds.", 15, 900)] = 60,
    max_requests_in_flight: Annotated[int, whole("Maximum number of requests in flight of one invocation.", 1, 50)] = 8,
    simulate: Annotated[
        ScenarioName | None,
        typer.Option(metavar="S", help="Also simulate it: steady, burst, throttled or poison."),
    ] = None,
    hours: Annotated[
        Literal[1, 24] | None, typer.Option(metavar="H", help="Hours to simulate: 1 or 24. Default: 1.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Draw lag and backlog of the simulation, as SVG or PNG. Needs matplotlib.",
        ),
    ] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Plan a deployment for a load: shards, lag, write units, cost, and better settings.

    The options from --stream-view-type to --max-requests-in-flight are the Terraform variables of the same names. The
    command needs no AWS account.
    """
    load = PlannedLoad(
        inserts_a_second=inserts,
        peak_inserts_a_second=inserts if peak is None else peak,
        item_bytes=item_bytes,
        key_bytes=min(USUAL_KEY_BYTES, item_bytes) if key_bytes is None else key_bytes,
    )
    check_load(load)
    simulation = read_simulation(load, simulate, hours, picture)
    settings = PipelineSettings(
        stream_view_type=stream_view_type,
        billing_mode=billing_mode,
        write_capacity=write_capacity,
        batch_size=batch_size,
        maximum_batching_window_in_seconds=maximum_batching_window_in_seconds,
        parallelization_factor=parallelization_factor,
        memory_size=memory_size,
        max_requests_in_flight=max_requests_in_flight,
        timeout=timeout,
    )
    with explained():
        raise typer.Exit(run_plan(PlannedPipeline(load, settings), simulation, as_json=as_json))
