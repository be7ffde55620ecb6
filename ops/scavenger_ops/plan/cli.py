"""The options of `scavenger plan`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from scavenger_ops.options import OUTPUT, AsJson
from scavenger_ops.plan.checks import check_load, read_simulation
from scavenger_ops.plan.load import (
    FEWEST_INSERTS,
    MOST_INSERTS,
    MOST_ITEM_BYTES,
    MOST_KEY_BYTES,
    USUAL_KEY_BYTES,
    BillingMode,
    EventName,
    PipelineSettings,
    PlannedLoad,
    PlannedPipeline,
    ScenarioName,
    StreamViewType,
)

EXAMPLES = """\
scavenger plan --inserts 200 --peak 800
scavenger plan --inserts 200 --peak 800 --explain
scavenger plan --inserts 200 --write-capacity 600 --check
scavenger plan --inserts 200 --write-capacity 600 --simulate throttled --picture lag.svg
scavenger plan --inserts 200 --json | jq .better.settings
"""

LOAD, SIMULATION = "Load", "Simulation"
SETTINGS = "Settings (Terraform variables of the same names)"

# The settings that `plan` assumes where it gets no option.
DEFAULTS = PipelineSettings()


def _inserts(what: str) -> Any:  # noqa: ANN401 - as Typer has it
    """Return an option for a rate of inserts."""
    return typer.Option(min=FEWEST_INSERTS, max=MOST_INSERTS, metavar="N", rich_help_panel=LOAD, help=what)


def _bytes(what: str, most: int, default: str | None = None) -> Any:  # noqa: ANN401 - as Typer has it
    """Return an option for a size; `default` describes a default that is worked out."""
    return typer.Option(
        min=1, max=most, metavar="N", rich_help_panel=LOAD, help=what, show_default=default or default is None
    )


def _whole(what: str, least: int, most: int | None = None) -> Any:  # noqa: ANN401 - as Typer has it
    """Return an option for a setting that is a whole number."""
    return typer.Option(min=least, max=most, metavar="N", rich_help_panel=SETTINGS, help=what)


def _choice(what: str, metavar: str, group: str = SETTINGS) -> Any:  # noqa: ANN401 - as Typer has it
    """Return an option for one of the values that the help names."""
    return typer.Option(metavar=metavar, rich_help_panel=group, help=what)


def _flag(name: str, what: str, group: str = OUTPUT) -> Any:  # noqa: ANN401 - as Typer has it
    """Return an option without a value, by default one that changes the output."""
    return typer.Option(name, rich_help_panel=group, help=what)


def plan(  # noqa: PLR0913 - one option each
    *,
    inserts: Annotated[
        float, _inserts("Items inserted into the messages table each second, on average. Updates: --event-names.")
    ],
    peak: Annotated[float | None, _inserts("Items inserted each second at peak. Default: the average.")] = None,
    item_bytes: Annotated[int, _bytes("Bytes of an item.", MOST_ITEM_BYTES)] = 1000,
    key_bytes: Annotated[
        int | None,
        _bytes("Bytes of its key, including the names of the attributes.", MOST_KEY_BYTES, str(USUAL_KEY_BYTES)),
    ] = None,
    stream_view_type: Annotated[
        StreamViewType, _choice("KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES.", "V")
    ] = DEFAULTS.stream_view_type,
    billing_mode: Annotated[BillingMode, _choice("PROVISIONED or PAY_PER_REQUEST.", "M")] = DEFAULTS.billing_mode,
    write_capacity: Annotated[
        int, _whole("Write capacity units of the staging table, if provisioned.", 1)
    ] = DEFAULTS.write_capacity,
    batch_size: Annotated[int, _whole("Maximum number of records in a batch.", 1, 10_000)] = DEFAULTS.batch_size,
    maximum_batching_window_in_seconds: Annotated[
        int, _whole("Seconds that a batch has to fill.", 0, 300)
    ] = DEFAULTS.maximum_batching_window_in_seconds,
    parallelization_factor: Annotated[
        int, _whole("Batches of one shard in progress at the same time.", 1, 10)
    ] = DEFAULTS.parallelization_factor,
    memory_size: Annotated[int, _whole("Memory of the function in MB.", 128, 10_240)] = DEFAULTS.memory_size,
    timeout: Annotated[int, _whole("Maximum duration of an invocation in seconds.", 15, 900)] = DEFAULTS.timeout,
    max_requests_in_flight: Annotated[
        int, _whole("Maximum number of requests in flight of one invocation.", 1, 50)
    ] = DEFAULTS.max_requests_in_flight,
    match_attributes: Annotated[
        bool,
        _flag("--match-attributes", "Delete a row only while it equals the message. A row is a request.", SETTINGS),
    ] = DEFAULTS.match_attributes,
    event_names: Annotated[
        list[EventName],
        _choice("INSERT or MODIFY; repeat it for both. With MODIFY, --inserts also counts the updates.", "E"),
    ] = list(DEFAULTS.event_names),  # noqa: B006 - only read
    simulate: Annotated[
        ScenarioName | None, _choice("Also simulate it: steady, burst, throttled or poison.", "S", SIMULATION)
    ] = None,
    hours: Annotated[Literal[1, 24] | None, _choice("Hours to simulate: 1 or 24. Default: 1.", "H", SIMULATION)] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            rich_help_panel=SIMULATION,
            help="Draw lag and backlog of the simulation, as SVG or PNG. Needs the extra `plot`.",
        ),
    ] = None,
    explain: Annotated[
        bool, _flag("--explain", "Also show the alternatives, the prices and the assumptions. JSON always has them.")
    ] = False,
    check: Annotated[bool, _flag("--check", "Exit with 1 if the settings do not keep up, also in the simulation.")] = (
        False
    ),
    as_json: AsJson = False,
) -> None:
    """Plan a deployment for a load: whether its settings keep up, better settings, lag and cost.

    It needs no AWS account.
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
        match_attributes=match_attributes,
        event_names=tuple(event_names),
    )
    # Imported here: the help does not need it.
    from scavenger_ops.plan.run import PlanOutput, run  # noqa: PLC0415

    output = PlanOutput(as_json=as_json, is_explained=explain, is_checked=check)
    raise typer.Exit(run(PlannedPipeline(load, settings), simulation, output))
