"""The options of the command: their ranges, and what of them cannot go together."""

import os
from pathlib import Path
from typing import Any

import typer

from scavenger_ops.plan.pipeline import Load
from scavenger_ops.plan.run import Simulation
from scavenger_ops.plan.simulation.arrivals import Scenario
from scavenger_ops.plan.simulation.picture import UNDATED

# From a hundred a day, for which any settings will do, to more than is asked of any table.
FEWEST_INSERTS, MOST_INSERTS = 0.001, 10_000_000
# DynamoDB's: an item has 400 KB at most, and a key two names of 255 bytes and values of 2,048 and 1,024. Source:
# Constraints.html.
MOST_ITEM_BYTES, MOST_KEY_BYTES = 400 * 1024, 2 * 255 + 2048 + 1024
# What most keys take, with their names; a smaller item is nothing but its key.
USUAL_KEY_BYTES = 60
PICTURES = tuple(UNDATED)


def inserts_a_second(what: str) -> Any:  # noqa: ANN401 - as Typer has it
    """Make an option for a rate of inserts."""
    return typer.Option(min=FEWEST_INSERTS, max=MOST_INSERTS, metavar="N", help=what)


def whole(what: str, least: int, most: int | None = None, default: str | None = None) -> Any:  # noqa: ANN401 - as Typer has it
    """Make an option for a whole number; a default is named if it is worked out."""
    return typer.Option(min=least, max=most, metavar="N", help=what, show_default=default or True)


def check_load(load: Load) -> None:
    """Refuse a load that contradicts itself."""
    if load.peak_inserts_a_second < load.inserts_a_second:
        what = f"{load.peak_inserts_a_second:g} is less than --inserts, {load.inserts_a_second:g}: a peak is no less."
        raise typer.BadParameter(what, param_hint="--peak")
    if load.key_bytes > load.item_bytes:
        what = f"{load.key_bytes} is more than --item-bytes, {load.item_bytes}: the key is part of the item."
        raise typer.BadParameter(what, param_hint="--key-bytes")


def read_simulation(
    load: Load, scenario: Scenario | None, hours: int | None, picture: Path | None
) -> Simulation | None:
    """Give what to simulate, if anything; by default, for an hour."""
    if scenario is None and (hours or picture):
        raise typer.BadParameter("is of use with --simulate only.", param_hint="--hours" if hours else "--picture")
    if scenario == "burst" and load.peak_inserts_a_second == load.inserts_a_second:
        raise typer.BadParameter("burst needs a --peak that is more than --inserts.", param_hint="--simulate")
    if picture:
        _check_picture(picture)
    return Simulation(scenario, hours or 1, picture) if scenario else None


def _check_picture(picture: Path) -> None:
    """Refuse a file that cannot be drawn: nobody should wait for a simulation to hear of it."""
    if picture.suffix.lower() not in PICTURES:
        raise typer.BadParameter(f"{picture} does not end in one of: {', '.join(PICTURES)}.", param_hint="--picture")
    if not os.access(picture if picture.exists() else picture.parent, os.W_OK):
        raise typer.BadParameter(
            f"{picture} cannot be written: name a file in a folder of yours.", param_hint="--picture"
        )
