"""The first stage: the load, the settings by Terraform's names, and the options that both are read from."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any, Literal, NamedTuple

import typer

BillingMode = Literal["PAY_PER_REQUEST", "PROVISIONED"]
StreamViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
ScenarioName = Literal["steady", "burst", "throttled", "poison"]

# From a hundred a day, for which any settings will do, to more than any table is asked for.
FEWEST_INSERTS, MOST_INSERTS = 0.001, 10_000_000
# DynamoDB's: an item has 400 KB at most, and a key two names of 255 bytes and values of 2,048 and 1,024. Source:
# Constraints.html.
MOST_ITEM_BYTES, MOST_KEY_BYTES = 400 * 1024, 2 * 255 + 2048 + 1024
# What most keys take, with their names; a smaller item is nothing but its key.
USUAL_KEY_BYTES = 60
# Repeated from picture.py, which loads more than a plan needs; a test compares them.
PICTURE_SUFFIXES = (".svg", ".png")

BYTES_OF_A_WRITE_UNIT = 1024


@dataclass(frozen=True)
class PlannedLoad:
    """Inserts into the messages table a second, on average and at peak; bytes of an item and, of those, of its key."""

    inserts_a_second: float
    peak_inserts_a_second: float
    item_bytes: int
    key_bytes: int

    @property
    def write_units_an_item(self) -> int:
        """Return the write units that it takes to put or to delete an item. Source: ProvisionedThroughput.html."""
        return ceil(self.item_bytes / BYTES_OF_A_WRITE_UNIT)

    def write_units(self, items_a_second: float) -> float:
        """Return the write units a second that it takes to put, or to delete, so many items a second."""
        return items_a_second * self.write_units_an_item


@dataclass(frozen=True)
class PipelineSettings:
    """The settings that speed and cost depend on; write_capacity is the staging table's, without effect on demand.

    The defaults are those of the Terraform variables: tests/unit/test_plan_command.py compares them.
    """

    stream_view_type: StreamViewType = "NEW_AND_OLD_IMAGES"
    billing_mode: BillingMode = "PROVISIONED"
    write_capacity: int = 5
    batch_size: int = 100
    maximum_batching_window_in_seconds: int = 60
    parallelization_factor: int = 1
    memory_size: int = 256
    max_requests_in_flight: int = 8
    timeout: int = 60

    @property
    def is_provisioned(self) -> bool:
        """Return whether the tables have provisioned write units."""
        return self.billing_mode == "PROVISIONED"


@dataclass(frozen=True)
class PlannedPipeline:
    """A load, and the settings of the deployment that is to take it."""

    load: PlannedLoad
    settings: PipelineSettings


class SimulationOptions(NamedTuple):
    """What to simulate, for how long, and where to draw it, if anywhere."""

    scenario: ScenarioName
    hours: int
    picture: Path | None


def inserts_a_second(what: str) -> Any:  # noqa: ANN401 - as Typer has it
    """Return an option for a rate of inserts."""
    return typer.Option(min=FEWEST_INSERTS, max=MOST_INSERTS, metavar="N", help=what)


def whole(what: str, least: int, most: int | None = None, default: str | None = None) -> Any:  # noqa: ANN401 - as Typer has it
    """Return an option for a whole number; `default` describes a default that is worked out."""
    return typer.Option(min=least, max=most, metavar="N", help=what, show_default=default or True)


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
    if not os.access(picture if picture.exists() else picture.parent, os.W_OK):
        what = f"{picture} cannot be written. Name a file in a folder that you can write to."
        raise typer.BadParameter(what, param_hint="--picture")
    if find_spec("matplotlib") is None:
        what = "matplotlib, which draws it, is not installed. Install the extra `plot`, or run: pip install matplotlib"
        raise typer.BadParameter(what, param_hint="--picture")
