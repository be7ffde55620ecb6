"""The `scavenger` command line: a function for each command, whose docstring and options are its `--help`.

To add a command:

1. Create a folder ops/scavenger_ops/<command>/ with a run.py. Its `run` does the work and returns the exit code. It
   writes messages and progress to standard error and the result to standard output, with command.py's functions.
2. Add a function here that calls `run` within `reporting_errors`.
3. Describe the command in docs/reference/commands.md, and run `make docs`, which writes docs/cli.md.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from scavenger import __version__

from scavenger_ops.command import reporting_errors
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
from scavenger_ops.reconcile.run import ReconcileOptions
from scavenger_ops.reconcile.run import run as run_reconcile
from scavenger_ops.redrive.run import run as run_redrive
from scavenger_ops.status.run import run as show_status

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

# More than any table has.
MOST_UNITS = 1_000_000_000
# The settings that `plan` assumes where it gets no option.
PLAN_DEFAULTS = PipelineSettings()
AS_JSON = typer.Option("--json", help="Write the result as JSON, for scripts.")


def units(what: str) -> Any:  # noqa: ANN401 - the type that Typer returns
    """Return an option for capacity units a second."""
    return typer.Option(
        min=0.1, max=MOST_UNITS, metavar="N", help=f"{what} Default: a quarter of the table's capacity."
    )


def name(text: str) -> str:
    """Return the name of an AWS resource. Raises BadParameter if it is empty or has unprintable characters."""
    if not text.strip() or not text.isprintable():
        raise typer.BadParameter("a name must have at least one character, and only printable ones.")
    return text


def attribute(text: str) -> str:
    """Return the name of an attribute. Raises BadParameter if it is empty."""
    if not text:
        raise typer.BadParameter("the name of an attribute must have at least one character.")
    return text


def duration(text: str) -> int:
    """Return the seconds of a duration such as 15m. Raises BadParameter if it is not a duration."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def show_version(*, is_requested: bool) -> None:
    """Show the version and exit, if --version is given."""
    if is_requested:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def scavenger(
    *,
    version: Annotated[  # noqa: ARG001 - show_version handles it
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Operate, plan and try a staging scavenger.

    It uses the standard AWS settings for credentials, profile, Region and endpoint.

    Exit codes: 0 = done or healthy, 1 = something failed or is not done, 2 = wrong usage, 130 = interrupted (Ctrl-C).
    """
    # Unlike other AWS SDKs, boto3 does not read AWS_REGION.
    if region := os.environ.get("AWS_REGION"):
        os.environ["AWS_DEFAULT_REGION"] = region


@app.command()
def demo(
    messages: Annotated[int, typer.Option(min=1, max=1_000_000, help="Number of messages to stage.")] = 1000,
) -> None:
    """Try everything on a local AWS: deploy, stage messages, process nine in ten, and watch the staging table drain."""
    raise typer.Exit(run_demo(messages, Console(highlight=False)))


@app.command(context_settings={"ignore_unknown_options": True})
def local(
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="The command to run. Default: your shell.")
    ] = None,
) -> None:
    """Run a shell, or a command, with a local AWS, to try everything without an AWS account.

    The local AWS, and everything in it, ends with the shell or command.
    """
    raise typer.Exit(run_local(command or []))


@app.command()
def redrive(  # noqa: PLR0913 - one option each
    *,
    bucket: Annotated[str, typer.Option(parser=name, metavar="B", help="Name of the failure bucket.")],
    function: Annotated[
        str, typer.Option(parser=name, metavar="F", help="Name or ARN of the function to send the records to.")
    ],
    prefix: Annotated[str, typer.Option(metavar="P", help="Redrive only objects whose keys begin with P.")] = "",
    of: Annotated[
        str | None,
        typer.Option(
            parser=name,
            metavar="NAME",
            help="Redrive also objects of this function, which F replaces. Default: only objects of F.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read the objects and show what is in them. Send and remove nothing.")
    ] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Send the records in the failure bucket to the function again, and remove each object that is done.

    You can stop it, run it again, and run it in parallel. It names each object that it cannot finish, and keeps it.
    """
    with reporting_errors():
        raise typer.Exit(run_redrive(bucket, function, prefix, of, is_dry_run=dry_run, as_json=as_json))


@app.command()
def reconcile(  # noqa: PLR0913 - one option each
    *,
    staging: Annotated[str, typer.Option(parser=name, metavar="S", help="Name of the staging table.")],
    messages: Annotated[str, typer.Option(parser=name, metavar="M", help="Name of the messages table.")],
    apply: Annotated[bool, typer.Option("--apply", help="Delete the rows. Without it, rows are only counted.")] = False,
    older_than: Annotated[
        int,
        typer.Option(
            parser=duration,
            metavar="AGE",
            help="Skip rows younger than this, which the function may still delete: 90s, 15m, 1h, 2d; 0 skips none.",
        ),
    ] = "1h",  # type: ignore[assignment] # Typer parses the default like an argument
    age_attribute: Annotated[
        str,
        typer.Option(parser=attribute, metavar="A", help="Attribute with a row's time, as epoch time or in ISO 8601."),
    ] = "createdAt",
    max_write_units: Annotated[float | None, units("Most write capacity units a second to use of S.")] = None,
    max_read_units: Annotated[float | None, units("Most read capacity units a second to use of each table.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete without asking, even if no function links the two tables.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Start from the beginning, not where an interrupted run stopped.")
    ] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Find rows that are in both tables because the stream never reported them, and delete them from staging.

    Rows that are only in staging are unprocessed: they are counted by age, and never deleted.

    You can stop it. The next run continues.
    """
    options = ReconcileOptions(apply, older_than, age_attribute, max_read_units, max_write_units, restart, yes)
    with reporting_errors():
        raise typer.Exit(run_reconcile(staging, messages, options, as_json=as_json))


@app.command()
def status(
    *,
    function: Annotated[
        str,
        typer.Option("--name", parser=name, metavar="F", help="Name or ARN of the deployment's function."),
    ],
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show on one screen whether a deployment works and, if not, what is wrong and how to fix it."""
    with reporting_errors():
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
    ] = PLAN_DEFAULTS.stream_view_type,
    billing_mode: Annotated[
        BillingMode, typer.Option(metavar="M", help="PROVISIONED or PAY_PER_REQUEST.")
    ] = PLAN_DEFAULTS.billing_mode,
    write_capacity: Annotated[
        int, whole("Write capacity units of the staging table, if provisioned.", 1)
    ] = PLAN_DEFAULTS.write_capacity,
    batch_size: Annotated[int, whole("Maximum number of records in a batch.", 1, 10_000)] = PLAN_DEFAULTS.batch_size,
    maximum_batching_window_in_seconds: Annotated[
        int, whole("Seconds that a batch has to fill.", 0, 300)
    ] = PLAN_DEFAULTS.maximum_batching_window_in_seconds,
    parallelization_factor: Annotated[
        int, whole("Batches of one shard in progress at the same time.", 1, 10)
    ] = PLAN_DEFAULTS.parallelization_factor,
    memory_size: Annotated[int, whole("Memory of the function in MB.", 128, 10_240)] = PLAN_DEFAULTS.memory_size,
    timeout: Annotated[int, whole("Maximum duration of an invocation in seconds.", 15, 900)] = PLAN_DEFAULTS.timeout,
    max_requests_in_flight: Annotated[
        int, whole("Maximum number of requests in flight of one invocation.", 1, 50)
    ] = PLAN_DEFAULTS.max_requests_in_flight,
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
    with reporting_errors():
        raise typer.Exit(run_plan(PlannedPipeline(load, settings), simulation, as_json=as_json))
