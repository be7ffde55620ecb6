"""The options of `scavenger plan reconcile`."""

from typing import Annotated, Any

import typer

from scavenger_ops.options import AsJson
from scavenger_ops.plan.load import MOST_ITEM_BYTES
from scavenger_ops.plan.reconcile.load import MOST_ROWS, ReconcileLoad, ReconcileSettings

EXAMPLES = """\
scavenger plan reconcile --rows 1e9
scavenger plan reconcile --rows 1e9 --row-bytes 400 --obsolete 5%
scavenger plan reconcile --rows 1e9 --max-read-units 20000 --workers 20 --memory-size 1769
scavenger plan reconcile --rows 1e9 --json | jq .estimate.duration_s
"""

TABLES = "Tables"
SETTINGS = "Settings of the reconciler (Terraform variables)"

DEFAULTS = ReconcileSettings()


def read_share(text: str) -> float:
    """Return the share that a percentage such as 1% is. Raises BadParameter if it is none."""
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:  # noqa: PLR2004 - all of them
        raise typer.BadParameter(f"{text!r} is no percentage. Give one from 0% to 100%, such as 1%.")
    return percent / 100


def _number(what: str, group: str, least: float, most: float | None = None, default: str | None = None) -> Any:  # noqa: ANN401 - as Typer has it
    """Return an option for a number; `default` describes a default that is worked out."""
    return typer.Option(
        min=least, max=most, metavar="N", rich_help_panel=group, help=what, show_default=default or default is None
    )


def plan_reconcile(  # noqa: PLR0913 - one option each
    *,
    rows: Annotated[float, _number("Rows in the staging table, such as 1e9.", TABLES, 1, MOST_ROWS)],
    row_bytes: Annotated[int, _number("Bytes of a row.", TABLES, 1, MOST_ITEM_BYTES)] = 1000,
    message_bytes: Annotated[
        int | None, _number("Bytes of a message.", TABLES, 1, MOST_ITEM_BYTES, "as many as a row")
    ] = None,
    obsolete: Annotated[
        float,
        typer.Option(
            parser=read_share,
            metavar="P",
            rich_help_panel=TABLES,
            help="Percentage of the rows that are deleted. 0: a run that only counts.",
        ),
    ] = "1%",  # type: ignore[assignment]  # Typer parses the default, too
    max_read_units: Annotated[
        float,
        _number("Most read capacity units a second to use of each table, over all workers.", SETTINGS, 0.1, 10**9),
    ] = DEFAULTS.max_read_units,
    max_write_units: Annotated[
        float,
        _number("Most write capacity units a second to use of the staging table, likewise.", SETTINGS, 0.1, 10**9),
    ] = DEFAULTS.max_write_units,
    workers: Annotated[
        int, _number("Most workers at the same time (max_concurrency).", SETTINGS, 1, 1000)
    ] = DEFAULTS.max_concurrency,
    memory_size: Annotated[int, _number("Memory of a worker in MB.", SETTINGS, 128, 10_240)] = DEFAULTS.memory_size,
    as_json: AsJson = False,
) -> None:
    """Plan a run of the reconciler on AWS: how long it takes, what it costs, and what limits it.

    It needs no AWS account.
    """
    load = ReconcileLoad(
        rows=round(rows),
        row_bytes=row_bytes,
        message_bytes=row_bytes if message_bytes is None else message_bytes,
        obsolete_share=obsolete,
    )
    settings = ReconcileSettings(max_read_units, max_write_units, workers, memory_size)
    # Imported here: the help does not need it.
    from scavenger_ops.plan.reconcile.run import run  # noqa: PLC0415

    raise typer.Exit(run(load, settings, as_json=as_json))
