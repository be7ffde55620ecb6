"""The options of `scavenger plan`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from scavenger_ops.options import AsJson
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

EXAMPLES = """\
scavenger plan --inserts 200 --peak 800
scavenger plan --inserts 200 --write-capacity 600 --simulate throttled --picture lag.svg
"""

# The settings that `plan` assumes where it gets no option.
DEFAULTS = PipelineSettings()


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
    ] = DEFAULTS.stream_view_type,
    billing_mode: Annotated[
        BillingMode, typer.Option(metavar="M", help="PROVISIONED or PAY_PER_REQUEST.")
    ] = DEFAULTS.billing_mode,
    write_capacity: Annotated[
        int, whole("Write capacity units of the staging table, if provisioned.", 1)
    ] = DEFAULTS.write_capacity,
    batch_size: Annotated[int, whole("Maximum number of records in a batch.", 1, 10_000)] = DEFAULTS.batch_size,
    maximum_batching_window_in_seconds: Annotated[
        int, whole("Seconds that a batch has to fill.", 0, 300)
    ] = DEFAULTS.maximum_batching_window_in_seconds,
    parallelization_factor: Annotated[
        int, whole("Batches of one shard in progress at the same time.", 1, 10)
    ] = DEFAULTS.parallelization_factor,
    memory_size: Annotated[int, whole("Memory of the function in MB.", 128, 10_240)] = DEFAULTS.memory_size,
    timeout: Annotated[int, whole("Maximum duration of an invocation in seconds.", 15, 900)] = DEFAULTS.timeout,
    max_requests_in_flight: Annotated[
        int, whole("Maximum number of requests in flight of one invocation.", 1, 50)
    ] = DEFAULTS.max_requests_in_flight,
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
    as_json: AsJson = False,
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
    # Imported here: the help does not need it.
    from scavenger_ops.plan.run import run  # noqa: PLC0415

    raise typer.Exit(run(PlannedPipeline(load, settings), simulation, as_json=as_json))
