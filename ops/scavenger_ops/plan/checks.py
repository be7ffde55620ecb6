"""Refuses options that contradict each other, and a picture that cannot be drawn."""

import os
from importlib.util import find_spec
from pathlib import Path

import typer

from scavenger_ops.extras import PLOT, install_command
from scavenger_ops.plan.load import PlannedLoad, ScenarioName, SimulationOptions

# Repeated from picture.py, which loads more than a plan needs; a test compares them.
PICTURE_SUFFIXES = (".svg", ".png")


def check_load(load: PlannedLoad) -> None:
    """Refuse a load that contradicts itself."""
    if load.peak_inserts_a_second < load.inserts_a_second:
        average = f"--inserts, {load.inserts_a_second:g}"
        what = f"{load.peak_inserts_a_second:g} is less than {average}: the peak is at least as high."
        raise typer.BadParameter(what, param_hint="--peak")
    if load.key_bytes > load.item_bytes:
        what = f"{load.key_bytes} is more than --item-bytes, {load.item_bytes}: the key is part of the item."
        raise typer.BadParameter(what, param_hint="--key-bytes")


def read_simulation(
    load: PlannedLoad, scenario: ScenarioName | None, hours: int | None, picture: Path | None
) -> SimulationOptions | None:
    """Return what to simulate, by default for an hour; None if nothing is to be simulated."""
    if scenario is None and (hours or picture):
        raise typer.BadParameter("works only with --simulate.", param_hint="--hours" if hours else "--picture")
    if scenario == "burst" and load.peak_inserts_a_second == load.inserts_a_second:
        raise typer.BadParameter("burst needs a --peak that is higher than --inserts.", param_hint="--simulate")
    if picture:
        _check_picture(picture)
    return SimulationOptions(scenario, hours or 1, picture) if scenario else None


def _check_picture(picture: Path) -> None:
    """Refuse a picture that cannot be drawn, before anybody waits for the simulation."""
    if picture.suffix.lower() not in PICTURE_SUFFIXES:
        what = f"{picture} does not end in one of: {', '.join(PICTURE_SUFFIXES)}."
        raise typer.BadParameter(what, param_hint="--picture")
    # os.path.exists, unlike Path.exists, raises no error for a path that is too long.
    if not os.access(picture if os.path.exists(picture) else picture.parent, os.W_OK):  # noqa: PTH110 - see above
        what = f"{picture} cannot be written. Name a file in a folder that you can write to."
        raise typer.BadParameter(what, param_hint="--picture")
    if find_spec("matplotlib") is None:
        what = f"matplotlib, which draws it, is not installed. Install it: {install_command(PLOT)}"
        raise typer.BadParameter(what, param_hint="--picture")
