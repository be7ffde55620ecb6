"""The first stage: the load, the settings by Terraform's names, and what is to be simulated."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from pathlib import Path
from typing import Literal, NamedTuple

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

BYTES_OF_A_WRITE_UNIT = 1024


class EventName(StrEnum):
    """A change of a message that may make its row obsolete."""

    INSERT = "INSERT"
    MODIFY = "MODIFY"


@dataclass(frozen=True)
class PlannedLoad:
    """Inserts into the messages table a second, on average and at peak; bytes of an item and, of those, of its key.

    Updates that make a row obsolete count as inserts.
    """

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

    Of match_attributes, they only have whether there are any. The defaults are those of the Terraform variables:
    tests/unit/test_plan_command.py compares them.
    """

    stream_view_type: StreamViewType = "NEW_AND_OLD_IMAGES"
    billing_mode: BillingMode = "PROVISIONED"
    write_capacity: int = 5
    batch_size: int = 100
    maximum_batching_window_in_seconds: int = 60
    parallelization_factor: int = 1
    memory_size: int = 256
    max_requests_in_flight: int = 16
    timeout: int = 60
    match_attributes: bool = False
    event_names: tuple[EventName, ...] = (EventName.INSERT,)

    @property
    def is_provisioned(self) -> bool:
        """Return whether the tables have provisioned write units."""
        return self.billing_mode == "PROVISIONED"

    @property
    def has_new_image(self) -> bool:
        """Return whether the stream has new images."""
        return self.stream_view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")

    @property
    def has_updates(self) -> bool:
        """Return whether an update of a message makes its row obsolete."""
        return EventName.MODIFY in self.event_names


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
